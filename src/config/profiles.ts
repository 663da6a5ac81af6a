import type { ToolFilter } from '../protocol/tool-filter.js';
import type { AgentConfig } from './agent-section.js';
import type { DraftServer } from './draft-links.js';
import { type ClientOptions, isFilter } from './grouping.js';
import { ownOf } from './server-options.js';

/** An agent without an endpoint: a set of servers, for clients of the gateway. */
export interface ProfilePlan extends ClientOptions {
  /** Unique among agents and servers. */
  name: string;
  /** Names of its servers in the plan, at least one, in the order of the configuration. */
  servers: readonly [string, ...string[]];
  /** See `EveryLinkPlan`. */
  readOnly?: boolean;
  /** See `EveryLinkPlan`. */
  tools: Readonly<Record<string, ToolFilter>>;
}

/** The profiles that have servers. @param common The options that count where a profile has none. */
export function profilesOf(
  servers: readonly DraftServer[],
  agents: readonly AgentConfig[],
  common: ClientOptions,
): ProfilePlan[] {
  return agents.flatMap((agent): ProfilePlan[] => {
    if (agent.noEndpoint === undefined) return [];
    const own = servers.filter(({ addresses }) => addresses.some((address) => address.agent === agent));
    const [first, ...others] = own.map(({ resolved }) => resolved.name);
    if (first === undefined) return [];
    const { name, prefix, separator, toolNames, settings, readOnly } = agent;
    return [
      {
        ...{ name, servers: [first, ...others], tools: filtersOf(agent, own) },
        ...(readOnly ? { readOnly } : {}),
        prefix: prefix ?? common.prefix,
        separator: separator ?? common.separator,
        toolNames: toolNames ?? common.toolNames,
        settings: { ...common.settings, ...settings },
      },
    ];
  });
}

function filtersOf({ tools }: AgentConfig, servers: readonly DraftServer[]): Record<string, ToolFilter> {
  return Object.fromEntries(
    servers.flatMap(({ resolved: { name, entry } }) => {
      const filter = entry && ownOf(tools, entry.name);
      return filter === undefined || !isFilter(filter) ? [] : [[name, filter]];
    }),
  );
}
