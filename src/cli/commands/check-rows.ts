import type { CheckResult } from '../../config/check/check.js';
import type { CheckedServer } from '../../config/check/facts.js';
import type { Account } from '../../config/draft-links.js';
import { kindOf } from '../../config/kinds/kinds.js';
import type { WhyConnected } from '../../messages/parts.js';
import type { CallLimits } from '../../protocol/call-limits.js';
import type { Endpoint } from '../../protocol/endpoint.js';
import type { Holding } from '../../protocol/launch-facts.js';
import type { LinkKind } from '../../protocol/link-kind.js';

/** One server of the plan, without arguments that could be secret. */
export interface CheckRow {
  name: string;
  /** Undefined, like `link`, while the server has no endpoint. */
  kind: LinkKind | undefined;
  /** Name of its first link; several servers may have the same. */
  link: string | undefined;
  /** Names of all of its links: one for each agent that has it, or for each address. */
  links: string[];
  /** Names of the agents that have it. */
  agents: string[];
  enabled: boolean;
  /** What is started or reached: for a process its program and arguments; `…` is one that may not be shown. */
  shown: string[];
  /** The fields of `--json` for it. */
  inJson: object;
  /** The first address, without its token. */
  endpoint: string | undefined;
  /** How many different addresses it is connected to. */
  endpoints: number;
  fingerprint: string | undefined;
  /** Undefined for the default, 0. */
  priority: number | undefined;
  /** Limits of its calls; undefined: none. */
  calls: CallLimits | undefined;
  /** What holds it; undefined: nothing. */
  held: Holding | undefined;
  /** The account that its link's connections are counted for, and the limit. */
  account: Account | undefined;
  /** Names of other servers with the same token. */
  sharedWith: string[];
  startable: boolean;
}

/** Servers that share a token stand together; disabled ones come last. */
export function checkRows({
  servers,
  links,
  profiles,
  disabled,
  startable,
  holdings,
}: CheckResult): CheckRow[] {
  const linksOf = groupBy(links, ({ servers: names }) => names);
  const canStart = new Set(startable);
  const identitiesOf = ({ addresses }: CheckedServer) => [
    ...new Set(addresses.flatMap(({ endpoint }) => endpoint?.identity ?? [])),
  ];
  const onToken = groupBy(servers, identitiesOf);
  // A server without an endpoint shares no token.
  const groups = groupBy(servers, (server) => [identitiesOf(server)[0] ?? `no endpoint for ${server.name}`]);
  const rowOf = (server: CheckedServer): CheckRow => {
    const { name, addresses } = server;
    const own = linksOf.get(name) ?? [];
    const identities = identitiesOf(server);
    const endpoint = addresses.find((address) => address.endpoint !== undefined)?.endpoint;
    const kind = kindOf(server);
    const shown = kind.shown(server);
    const sharing = new Set(identities.flatMap((identity) => onToken.get(identity) ?? []));
    return {
      name,
      kind: own[0]?.kind,
      link: own[0]?.name,
      links: own.map((link) => link.name),
      agents: [
        ...new Set([
          ...own.flatMap((link) => link.agent ?? []),
          ...profiles.flatMap((profile) => (profile.servers.includes(name) ? profile.name : [])),
        ]),
      ],
      enabled: true,
      shown,
      inJson: kind.inJson(shown),
      endpoint: endpoint && shownEndpoint(endpoint),
      endpoints: identities.length,
      fingerprint: endpoint?.fingerprint,
      priority: server.priority || undefined,
      calls: server.calls,
      held: holdings?.get(name),
      account: own[0]?.account,
      sharedWith: [...sharing].filter((other) => other !== server).map((other) => other.name),
      startable: canStart.has(name),
    };
  };
  const grouped = [...groups.values()].flatMap((group) => group.map(rowOf));
  const off = disabled.map(
    (name): CheckRow => ({
      name,
      kind: undefined,
      link: undefined,
      links: [],
      agents: [],
      enabled: false,
      shown: [],
      inJson: { command: null, args: [] },
      endpoint: undefined,
      endpoints: 0,
      fingerprint: undefined,
      priority: undefined,
      calls: undefined,
      held: undefined,
      account: undefined,
      sharedWith: [],
      startable: false,
    }),
  );
  return [...grouped, ...off];
}

function groupBy<T>(items: readonly T[], keysOf: (item: T) => readonly string[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    for (const key of keysOf(item)) {
      const group = groups.get(key);
      if (group) group.push(item);
      else groups.set(key, [item]);
    }
  }
  return groups;
}

/** An address to be shown beside its fingerprint. */
export function shownEndpoint(endpoint: Endpoint): string {
  return String(endpoint).replace(/\?token=#.*$/, '');
}

/** Why the servers of each token are grouped as they are, one line per token. */
export function whyLines({ links }: CheckResult, say: (why: WhyConnected) => string): Map<string, string> {
  const lines = new Map<string, string>();
  const servers = new Map<string, string[]>();
  for (const { endpoint, servers: own } of links) {
    const known = servers.get(endpoint.identity);
    if (known) known.push(...own);
    else servers.set(endpoint.identity, [...own]);
  }
  for (const link of links) {
    const key = link.endpoint.identity;
    if (lines.has(key)) continue;
    const { token, fingerprint } = link.endpoint;
    const { mode, connections, atOnce, reads } = link.why;
    lines.set(
      key,
      say({
        agent: link.agent,
        servers: servers.get(key)!,
        kind: link.kind,
        mode,
        connections,
        atOnce,
        reads,
        dwellMs: link.dwellMs,
        token: token === '' ? undefined : fingerprint,
      }),
    );
  }
  return lines;
}
