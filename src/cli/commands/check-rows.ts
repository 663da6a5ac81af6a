import type { CheckResult } from '../../config/check/check.js';
import type { CheckedServer } from '../../config/check/facts.js';
import type { Account } from '../../config/draft-links.js';
import { kindOf } from '../../config/kinds/kinds.js';
import type { WhyConnected } from '../../messages/parts.js';
import type { Endpoint } from '../../protocol/endpoint.js';
import type { LinkKind } from '../../protocol/link-kind.js';

/** One server of the plan, without arguments that could be secret. */
export interface CheckRow {
  name: string;
  /** Undefined, like `link`, while the server has no endpoint. */
  kind: LinkKind | undefined;
  /** Name of its link; several servers may have the same. */
  link: string | undefined;
  enabled: boolean;
  /** What is started or reached: for a process its program and arguments; `…` is one that may not be shown. */
  shown: string[];
  /** The fields of `--json` for it. */
  inJson: object;
  /** The address without its token. */
  endpoint: string | undefined;
  fingerprint: string | undefined;
  /** Undefined for the default, 0. */
  priority: number | undefined;
  /** The account that its link's connections are counted for, and the limit. */
  account: Account | undefined;
  /** Names of other servers with the same token. */
  sharedWith: string[];
  startable: boolean;
}

/** Servers that share a token stand together; disabled ones come last. */
export function checkRows({ servers, links, disabled, startable }: CheckResult): CheckRow[] {
  const linkOf = new Map(links.flatMap((link) => link.servers.map((name) => [name, link])));
  const canStart = new Set(startable);
  const groups = new Map<string, CheckedServer[]>();
  for (const server of servers) {
    // A server without an endpoint shares no token.
    const key = server.endpoint?.identity ?? `no endpoint for ${server.name}`;
    const group = groups.get(key);
    if (group) group.push(server);
    else groups.set(key, [server]);
  }
  const rowOf = (server: CheckedServer, group: readonly CheckedServer[]): CheckRow => {
    const { name, endpoint } = server;
    const link = linkOf.get(name);
    const kind = kindOf(server);
    const shown = kind.shown(server);
    return {
      name,
      kind: link?.kind,
      link: link?.name,
      enabled: true,
      shown,
      inJson: kind.inJson(shown),
      endpoint: endpoint && shownEndpoint(endpoint),
      fingerprint: endpoint?.fingerprint,
      priority: server.priority || undefined,
      account: link?.account,
      sharedWith:
        group.length === 1 ? [] : group.filter((other) => other !== server).map((other) => other.name),
      startable: canStart.has(name),
    };
  };
  const grouped = [...groups.values()].flatMap((group) => group.map((server) => rowOf(server, group)));
  const off = disabled.map(
    (name): CheckRow => ({
      name,
      kind: undefined,
      link: undefined,
      enabled: false,
      shown: [],
      inJson: { command: null, args: [] },
      endpoint: undefined,
      fingerprint: undefined,
      priority: undefined,
      account: undefined,
      sharedWith: [],
      startable: false,
    }),
  );
  return [...grouped, ...off];
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
