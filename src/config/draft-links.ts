import { createHash } from 'node:crypto';
import type { Endpoint } from '../protocol/endpoint.js';
import type { Finding } from '../protocol/errors.js';
import { type LinkKind, servesOf } from '../protocol/link-kind.js';
import type { ToolFilter } from '../protocol/tool-filter.js';
import type { AgentConfig } from './agent-section.js';
import { type AddressOptions, type ChosenServer, has } from './draft-servers.js';
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
import { bothFilters, ownOf } from './server-options.js';
import { defined } from './token-section.js';

/** A server, its addresses, and the environment of its process. */
export interface DraftServer extends ChosenServer {
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
  /** The agent that it belongs to. */
  agent: string | undefined;
  /** The agent may only use tools that change nothing. */
  readOnly: boolean;
  /** The filters of the agent, by the server's name; empty when it filters nothing. */
  tools: Readonly<Record<string, ToolFilter>>;
  /** The names of the entries of all servers of the token, by the names of servers that have another one. */
  labels: Readonly<Record<string, string>>;
}

/** Links whose connections are counted together, whatever their tokens are. */
export interface Account {
  name: string;
  /** How many connections the links of the account may have at once. */
  connections: number;
}

/** What the command line sets for every token: `--mode`, `--rotate-every`. */
export interface Overrides extends Pick<AddressOptions, 'endpointFor'> {
  mode?: Mode | undefined;
  rotateEveryMs?: number | undefined;
}

/** A server on one of its addresses. */
interface DraftMember {
  name: string;
  endpoint: Endpoint;
  origin: AddressOrigin | undefined;
  /** The filters of server and agent. */
  tools: ToolFilter;
  server: DraftServer;
  /** Position among the servers. */
  at: number;
  agent: AgentConfig | undefined;
}

/** Puts the servers on links: those with addresses of their own by their first servers, then those of each agent. */
export function draftLinks(
  servers: readonly DraftServer[],
  config: LoadedConfig,
  overrides: Overrides,
): { links: DraftLink[]; findings: Finding[] } {
  const members = membersOf(servers, config);
  const findings: Finding[] = [];
  const drafts = groupByToken(members).flatMap((all) => {
    const agents = agentsOn(all, config);
    const group = withoutRepeats(all);
    if (agents.length > 0 && !overrides.endpointFor) findings.push(...sharedByAgents(all, agents));
    const { tokenOptions, place } = tokenOptionsOf(all, agents[0], config, overrides);
    const { links, why } = connect(group, tokenOptions);
    const { account, findings: ofAccount } = accountOf(group, tokenOptions);
    findings.push(...ofAccount);
    const { kind } = links[0]!;
    if (servesOf(kind) !== 'together') findings.push(...notKept(group, kind, tokenOptions, place, config));
    const { endpoint } = group;
    const labels = Object.fromEntries(
      group.servers.flatMap((one) => (entryOf(one) === one.name ? [] : [[one.name, entryOf(one)]])),
    );
    return links.map((link) => ({ ...link, endpoint, tokenOptions, why, account, labels, agent: agents[0] }));
  });
  const rank = (agent: AgentConfig | undefined) => (agent ? config.agents.indexOf(agent) : -1);
  drafts.sort((a, b) => rank(a.agent) - rank(b.agent) || a.servers[0].at - b.servers[0].at);
  const nextName = names([
    ...config.servers.map(({ name }) => name),
    ...members.map(({ name }) => name),
    ...config.agents.map(({ name }) => name),
  ]);
  const links = drafts.map((draft): DraftLink => {
    const [first, ...others] = draft.servers;
    // A link that may later carry other servers is not named after one of them.
    const ofServer = others.length === 0 && !draft.mayRegroup ? first.name : undefined;
    const own = draft.agent?.name ?? ofServer;
    return {
      ...draft,
      name: own === undefined ? nextName(draft.kind) : nextName(own, true),
      servers: inTurn(draft.kind, [first.server, ...others.map(({ server }) => server)]),
      priority: Math.max(...draft.servers.map(({ server }) => server.resolved.options.priority)),
      agent: draft.agent?.name,
      readOnly: draft.agent?.readOnly ?? false,
      tools: filtersOf(draft.servers),
    };
  });
  return { links, findings };
}

/** Every server on every one of its addresses: addresses of the servers themselves first, then those of each agent. */
function membersOf(servers: readonly DraftServer[], { agents }: LoadedConfig): DraftMember[] {
  const members = servers.flatMap((server, at) => {
    const { name, options, entry } = server.resolved;
    return server.addresses.flatMap(({ endpoint, origin, agent }): DraftMember[] => {
      if (endpoint === undefined) return [];
      const tools = bothFilters(options.tools, agent && entry && ownOf(agent.tools, entry.name));
      return [{ name, endpoint, origin, tools, server, at, agent }];
    });
  });
  return [undefined, ...agents].flatMap((agent) => members.filter((member) => member.agent === agent));
}

/** The agents of a token, in the order of the configuration. */
function agentsOn({ servers }: TokenGroup<DraftMember>, { agents }: LoadedConfig): AgentConfig[] {
  const found = new Set(servers.map(({ agent }) => agent));
  return agents.filter((agent) => found.has(agent));
}

/** The group with each server once: as its first agent has it, because only that one's filters count. */
function withoutRepeats({ endpoint, servers }: TokenGroup<DraftMember>): TokenGroup<DraftMember> {
  const once = new Map<string, DraftMember>();
  for (const member of servers) {
    const key = entryOf(member);
    const known = once.get(key);
    if (known === undefined || (known.agent === undefined && member.agent !== undefined))
      once.set(key, member);
  }
  const [first, ...others] = [...once.values()].sort((a, b) => a.at - b.at);
  return { endpoint, servers: [first!, ...others] };
}

/** The name of the entry: the processes of two agents have one entry. */
function entryOf({ name, server }: DraftMember): string {
  return server.resolved.entry?.name ?? name;
}

/** A warning for a token that several agents have, or servers that its agent does not have. */
function sharedByAgents(
  { endpoint, servers }: TokenGroup<DraftMember>,
  agents: readonly AgentConfig[],
): Finding[] {
  const [first, ...others] = agents;
  const strange = servers.filter((member) => member.agent === undefined && !has(first!, entryOf(member)));
  if (others.length === 0 && strange.length === 0) return [];
  const at = (others[0] ?? first)!;
  const { place } = servers.find(({ agent }) => agent === at)?.origin ?? at;
  const params = {
    fingerprint: endpoint.fingerprint,
    agents: agents.map(({ name }) => name),
    servers: [...new Set(strange.map(entryOf))],
  };
  return [warningAt(place, 'agents-share-token', params)];
}

/** The filters that the agent has for the servers of a link, by the names of the servers. */
function filtersOf(members: readonly DraftMember[]): Record<string, ToolFilter> {
  return Object.fromEntries(
    members.flatMap((member) => {
      const filter = member.agent && ownOf(member.agent.tools, entryOf(member));
      return filter !== undefined && isFilter(filter) ? [[member.name, filter]] : [];
    }),
  );
}

/** The account that `tokens` names, else the first server's entry, else the token itself. */
function accountOf(
  { endpoint, servers }: TokenGroup<DraftMember>,
  { accountGroup, settings }: TokenOptions,
): { account: Account | undefined; findings: Finding[] } {
  const groups = servers.flatMap(({ name, server }) => {
    const said = server.resolved.options.accountGroup;
    return said === undefined ? [] : [{ name, said }];
  });
  const counts = accountGroup ?? groups[0]?.said;
  const findings = groups
    .filter(({ said }) => said !== counts)
    .map(({ name, said }) => {
      const entry = servers.find((one) => one.name === name)?.server.resolved.entry;
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

/**
 * Names for links: `mux`, `mux-2`, … but never a reserved one, except for the link that it is reserved for (`isOwn`): the first
 * of an agent, or of a server.
 */
function names(reserved: readonly string[]): (wanted: string, isOwn?: boolean) => string {
  const taken = new Set(reserved);
  const counts = new Map<string, number>();
  return (wanted, isOwn = false) => {
    for (;;) {
      const count = (counts.get(wanted) ?? 0) + 1;
      counts.set(wanted, count);
      const name = count === 1 ? wanted : `${wanted}-${count}`;
      if (taken.has(name) && !(isOwn && count === 1)) continue;
      taken.add(name);
      return name;
    }
  };
}

/** The options of a token: `--mode` first, then its agent's, then its entry in `tokens`, then those beside the servers. */
function tokenOptionsOf(
  { endpoint, servers }: TokenGroup<DraftMember>,
  agent: AgentConfig | undefined,
  config: LoadedConfig,
  { mode: override, rotateEveryMs }: Overrides,
): { tokenOptions: TokenOptions; place: Place } {
  const keys = new Set([endpoint.fingerprint, ...servers.flatMap(({ origin }) => origin?.variables ?? [])]);
  let tokenOptions: TokenOptions = config;
  let place = config.placeOf('settings');
  for (const { key, place: at, settings, ...own } of config.tokens) {
    if (!keys.has(key)) continue;
    place = at;
    tokenOptions = { ...tokenOptions, ...own, settings: { ...tokenOptions.settings, ...settings } };
  }
  if (agent !== undefined) {
    place = agent.place;
    tokenOptions = {
      ...tokenOptions,
      ...optionsOf(agent),
      settings: { ...tokenOptions.settings, ...agent.settings },
    };
  }
  const { mode, prefix, separator, toolNames, onListChange, accountGroup } = tokenOptions;
  const settings = { ...tokenOptions.settings, ...(rotateEveryMs === undefined ? {} : { rotateEveryMs }) };
  const own = { prefix, separator, toolNames, onListChange, accountGroup };
  return { tokenOptions: { mode: override ?? mode, ...own, settings }, place };
}

/** The options of a token that an agent sets. */
function optionsOf({ mode, prefix, separator, toolNames, onListChange, accountGroup }: AgentConfig) {
  return defined({ mode, prefix, separator, toolNames, onListChange, accountGroup });
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
