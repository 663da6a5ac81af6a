import { createHash } from 'node:crypto';
import type { Endpoint } from '../protocol/endpoint.js';
import type { Finding } from '../protocol/errors.js';
import { type LinkKind, servesOf } from '../protocol/link-kind.js';
import type { AddressOrigin } from './endpoint-choice.js';
import { warningAt } from './finding.js';
import {
  budgetsOf,
  connect,
  groupByToken,
  isFilter,
  type LinkWhy,
  type TokenGroup,
  type TokenOptions,
} from './grouping.js';
import { jwtClaimsOf } from './jwt-claims.js';
import type { LoadedConfig } from './load.js';
import type { Mode } from './mode.js';
import type { Place } from './place.js';
import type { ToolFilter } from './server-options.js';
import type { ResolvedServer } from './target.js';

/** A server, the endpoint that was chosen for it, and the environment of its process. */
export interface DraftServer {
  resolved: ResolvedServer;
  /** Undefined when the server has no endpoint, or its address cannot be used. */
  endpoint: Endpoint | undefined;
  /** Where the server's address stands. */
  origin: AddressOrigin | undefined;
  /** The complete environment of its process. */
  env: Record<string, string>;
}

/** One planned connection, with its servers. */
export interface DraftLink {
  kind: LinkKind;
  name: string;
  /** In the order of the configuration, or of their turns. */
  servers: readonly [DraftServer, ...DraftServer[]];
  endpoint: Endpoint;
  tokenOptions: TokenOptions;
  mayRegroup: boolean;
  why: LinkWhy;
  /** The highest priority among its servers. */
  priority: number;
  /** Undefined when no cap is set, or the configuration names no account for it. */
  account: Account | undefined;
}

/** Links whose connections are counted together, whatever their tokens are. */
export interface Account {
  name: string;
  /** How many connections the links of the account may have at once. */
  connections: number;
}

/** What the command line sets for every token: `--mode`, `--rotate-every`. */
export interface Overrides {
  mode?: Mode | undefined;
  rotateEveryMs?: number | undefined;
}

/** The parts of a server that the grouping reads. */
type DraftMember = {
  name: string;
  endpoint: Endpoint;
  tools: ToolFilter;
  server: DraftServer;
  at: number;
};

/** Puts the servers that have an endpoint on links, in the order of their first servers. */
export function draftLinks(
  servers: readonly DraftServer[],
  config: LoadedConfig,
  overrides: Overrides,
): { links: DraftLink[]; findings: Finding[] } {
  const members = servers.flatMap((server, at): DraftMember[] => {
    const { resolved, endpoint } = server;
    const { name, options } = resolved;
    return endpoint ? [{ name, tools: options.tools, endpoint, server, at }] : [];
  });
  const findings: Finding[] = [];
  const drafts = groupByToken(members).flatMap((group) => {
    const { tokenOptions, place } = tokenOptionsOf(group, config, overrides);
    const { links, why } = connect(group, tokenOptions);
    const { account, findings: ofAccount } = accountOf(group, tokenOptions, config);
    findings.push(...ofAccount);
    const { kind } = links[0]!;
    if (servesOf(kind) !== 'together') findings.push(...notKept(group, kind, tokenOptions, place, config));
    return links.map((link) => ({ ...link, endpoint: group.endpoint, tokenOptions, why, account }));
  });
  drafts.sort((a, b) => a.servers[0].at - b.servers[0].at);
  const known = [...config.servers.map(({ name }) => name), ...members.map(({ name }) => name)];
  const nextName = names(known);
  const links = drafts.map((draft): DraftLink => {
    const [first, ...others] = draft.servers;
    return {
      ...draft,
      // A link that may later carry other servers is not named after one of them.
      name: others.length === 0 && !draft.mayRegroup ? first.name : nextName(draft.kind),
      servers: inTurn(draft.kind, [first.server, ...others.map(({ server }) => server)]),
      priority: Math.max(...draft.servers.map(({ server }) => server.resolved.options.priority)),
    };
  });
  return { links, findings };
}

/** The account that `tokens` names, else the first server's entry, else the token itself. */
function accountOf(
  { endpoint, servers }: TokenGroup<DraftMember>,
  { accountGroup, settings }: TokenOptions,
  config: LoadedConfig,
): { account: Account | undefined; findings: Finding[] } {
  const groups = servers.flatMap(({ name, server }) => {
    const said = server.resolved.options.accountGroup;
    return said === undefined ? [] : [{ name, said }];
  });
  const counts = accountGroup ?? groups[0]?.said;
  const findings = groups
    .filter(({ said }) => said !== counts)
    .map(({ name, said }) => {
      const entry = config.servers.find((server) => server.name === name);
      const place = entry?.placeOf('accountGroup') ?? { file: '', path: name, line: undefined };
      const { fingerprint } = endpoint;
      return warningAt(place, 'accounts-differ', { fingerprint, name, said, counts: counts! });
    });
  const connections = Math.floor(settings.connectionsPerAccount);
  const name = connections < 1 ? undefined : (counts ?? userOf(endpoint));
  return { account: name === undefined ? undefined : { name, connections }, findings };
}

/** The user that the token names, as a fingerprint; undefined when it names none. */
function userOf({ token, host }: Endpoint): string | undefined {
  const claims = jwtClaimsOf(token);
  if (!claims || claims === 'damaged' || claims.user === undefined) return undefined;
  return `user #${createHash('sha256').update(`${host}\n${claims.user}`).digest('hex').slice(0, 8)}`;
}

/** How long the turn of a server lasts, in milliseconds. */
export function dwellMsOf({ resolved }: DraftServer, { settings }: TokenOptions): number {
  return resolved.options.rotate.dwellMs ?? settings.rotateEveryMs;
}

/** Sorts servers by `rotate.order`. */
function inTurn(
  kind: LinkKind,
  servers: readonly [DraftServer, ...DraftServer[]],
): readonly [DraftServer, ...DraftServer[]] {
  if (kind !== 'rotate') return servers;
  const order = ({ resolved }: DraftServer) => resolved.options.rotate.order ?? 0;
  return [...servers].sort((a, b) => order(a) - order(b)) as [DraftServer, ...DraftServer[]];
}

/** Names for links: `mux`, `mux-2`, … but never the name of a server. */
function names(servers: readonly string[]): (kind: LinkKind) => string {
  const taken = new Set(servers);
  const counts = new Map<LinkKind, number>();
  return (kind) => {
    for (;;) {
      const count = (counts.get(kind) ?? 0) + 1;
      counts.set(kind, count);
      const name = count === 1 ? kind : `${kind}-${count}`;
      if (!taken.has(name)) return name;
    }
  };
}

/** The options of a token: `--mode` first, then its entry in `tokens`, then the options beside the servers. */
function tokenOptionsOf(
  { endpoint, servers }: TokenGroup<DraftMember>,
  config: LoadedConfig,
  { mode: override, rotateEveryMs }: Overrides,
): { tokenOptions: TokenOptions; place: Place } {
  const keys = new Set([
    endpoint.fingerprint,
    ...servers.flatMap(({ server }) => server.origin?.variables ?? []),
  ]);
  let tokenOptions: TokenOptions = config;
  let place = config.placeOf('settings');
  for (const { key, place: at, settings, ...own } of config.tokens) {
    if (!keys.has(key)) continue;
    place = at;
    tokenOptions = { ...tokenOptions, ...own, settings: { ...tokenOptions.settings, ...settings } };
  }
  const { mode, prefix, separator, toolNames, accountGroup } = tokenOptions;
  const settings = { ...tokenOptions.settings, ...(rotateEveryMs === undefined ? {} : { rotateEveryMs }) };
  return {
    tokenOptions: { mode: override ?? mode, prefix, separator, toolNames, accountGroup, settings },
    place,
  };
}

/** Warnings for configured options that links without parsing of messages cannot follow. */
function notKept(
  { endpoint: { fingerprint }, servers }: TokenGroup<DraftMember>,
  kind: LinkKind,
  tokenOptions: TokenOptions,
  place: Place,
  config: LoadedConfig,
): Finding[] {
  const { mode } = tokenOptions;
  const found: Finding[] = [];
  const all = servers.map(({ name }) => name);
  if (all.length > 1 && kind === 'pipe') {
    const where = { file: config.file ?? '', path: 'mcpServers', line: undefined };
    found.push(warningAt(where, 'shared-token', { fingerprint, servers: all }));
  }
  for (const { name, tools } of servers) {
    if (!isFilter(tools)) continue;
    const entry = config.servers.find((server) => server.name === name);
    found.push(
      warningAt(entry?.place ?? place, 'not-kept-by-pipe', { servers: [name], keys: ['tools'], mode }),
    );
  }
  const keys = budgetsOf(tokenOptions);
  if (keys.length > 0) found.push(warningAt(place, 'not-kept-by-pipe', { servers: all, keys, mode }));
  return found;
}

/** Warnings for entries of `tokens` that no server's address belongs to. */
export function unknownTokens(
  config: LoadedConfig,
  all: readonly { endpoint: Endpoint | undefined; variables: readonly string[] }[],
): Finding[] {
  const variables = all.flatMap((one) => one.variables);
  const fingerprints = all.flatMap(({ endpoint }) => (endpoint ? [endpoint.fingerprint] : []));
  const known = [...new Set([...variables, ...fingerprints])];
  return config.tokens
    .filter(({ key }) => !known.includes(key))
    .map(({ key, place }) => warningAt(place, 'unknown-token', { key, known }));
}
