import { type Grant, grantsAgent, grantsServer } from '../protocol/grant.js';
import type { ToolFilter } from '../protocol/tool-filter.js';
import { type ClientOptions, readsOf } from './grouping.js';
import type { Prefix } from './mode.js';
import type { LinkPlan, Plan, ServerPlan } from './plan.js';
import type { ProfilePlan } from './profiles.js';
import { bothFilters, ownOf } from './server-options.js';

/** Which servers a client wants; by default all that are not an agent's own. */
export interface WantedServers {
  /** Names of servers in the configuration. */
  servers?: readonly string[] | undefined;
  /** The servers of this agent, with its filters. */
  agent?: string | undefined;
  /** Instead of the configuration's. */
  prefix?: Prefix;
  /** What it may have: what is outside is as unknown as what the plan does not have. */
  grant?: Grant | undefined;
}

/** A link for a client that connects to mcp-pipe: a pipe for one server, a mux for several. */
export interface ClientPlan extends ClientOptions {
  kind: 'pipe' | 'mux';
  servers: readonly [string, ...string[]];
  /** See `MuxPlan`. */
  labels: Readonly<Record<string, string>>;
  /** See `EveryLinkPlan`. */
  readOnly?: boolean;
  /** See `EveryLinkPlan`. */
  tools: Readonly<Record<string, ToolFilter>>;
  /** The agent whose servers they are. */
  agent?: string | undefined;
  /** Agents' own processes, which the client does not get, because it has named no agent. */
  leftOut: readonly string[];
}

/** What cannot be had: servers or an agent that the plan does not have, or nothing at all. */
export interface NotPlanned {
  unknown: readonly string[];
  /** Every name that could have been said. */
  known: readonly string[];
}

/** Decides what a client gets. Pure. */
export function clientPlan(plan: Plan, wanted: WantedServers): ClientPlan | NotPlanned {
  const { grant } = wanted;
  const agents = agentsOf(plan);
  if (wanted.agent !== undefined && !grantsAgent(grant, wanted.agent))
    return { unknown: [wanted.agent], known: agentsOf(plan, grant) };
  const sets = wanted.agent === undefined ? [] : setsOf(plan, wanted.agent);
  if (wanted.agent !== undefined && sets.length === 0)
    return { unknown: [wanted.agent], known: agentsOf(plan, grant) };
  const isOwn = (server: ServerPlan) => isOfAgent(server, agents);
  const own = new Set(sets.flatMap(({ servers }) => servers));
  const available = plan.servers.filter((server) =>
    wanted.agent === undefined ? !isOwn(server) && grantsServer(grant, server.name) : own.has(server.name),
  );
  const nameOf = ({ name }: ServerPlan) =>
    wanted.agent !== undefined && name.endsWith(`@${wanted.agent}`)
      ? name.slice(0, -wanted.agent.length - 1)
      : name;
  const known = available.map(nameOf);
  const unknown = (wanted.servers ?? []).filter((name) => !known.includes(name));
  const chosen = available.filter(
    (server) => wanted.servers === undefined || wanted.servers.includes(nameOf(server)),
  );
  const [first, ...others] = chosen;
  if (first === undefined || unknown.length > 0) return { unknown, known };
  const tools: Record<string, ToolFilter> = Object.assign({}, ...sets.map((set) => set.tools ?? {}));
  const options = { ...optionsFor(sets, plan), ...(wanted.prefix ? { prefix: wanted.prefix } : {}) };
  const alone = bothFilters(first.options.tools, ownOf(tools, first.name));
  const isPipe = others.length === 0 && readsOf({ tools: alone }, { mode: 'auto', ...options }).length === 0;
  return {
    kind: isPipe ? 'pipe' : 'mux',
    servers: [first.name, ...others.map(({ name }) => name)],
    ...options,
    labels: Object.fromEntries(
      chosen.flatMap((server) => (nameOf(server) === server.name ? [] : [[server.name, nameOf(server)]])),
    ),
    tools,
    ...(sets.some(({ readOnly }) => readOnly) ? { readOnly: true } : {}),
    agent: wanted.agent,
    leftOut:
      wanted.agent === undefined && grant === undefined
        ? plan.servers.filter(isOwn).map(({ name }) => name)
        : [],
  };
}

/** An agent's own process holds what that agent has told it: only its agent gets it. */
// D189
function isOfAgent({ name, options }: ServerPlan, agents: readonly string[]): boolean {
  return options.share === 'agent' && agents.some((agent) => name.endsWith(`@${agent}`));
}

/** The parts of a plan that agents have. */
interface WithAgents {
  links: readonly { agent?: string | undefined }[];
  profiles?: readonly { name: string }[];
}

/** The names of the agents whose servers a client can have, with what it may have. */
export function agentsOf({ links, profiles = [] }: WithAgents, grant?: Grant): readonly string[] {
  const all = [...links.flatMap(({ agent }) => agent ?? []), ...profiles.map(({ name }) => name)];
  return [...new Set(all)].filter((name) => grantsAgent(grant, name));
}

/** What an agent has: its links, or, without an endpoint, its profile. */
function setsOf({ links, profiles = [] }: Plan, name: string): (LinkPlan | ProfilePlan)[] {
  return [
    ...links.filter(({ agent }) => agent === name),
    ...profiles.filter((profile) => profile.name === name),
  ];
}

/** An agent's own options go before those of all. */
function optionsFor(sets: readonly (LinkPlan | ProfilePlan)[], { forClients }: Plan): ClientOptions {
  if (forClients === undefined) throw new Error('the plan was not made for clients');
  const { prefix, separator, toolNames } = sets.find((set) => 'prefix' in set) ?? forClients;
  return { prefix, separator, toolNames, settings: sets[0]?.settings ?? forClients.settings };
}
