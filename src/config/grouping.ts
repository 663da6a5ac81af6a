import type { Endpoint } from '../protocol/endpoint.js';
import { type LinkKind, servesOf } from '../protocol/link-kind.js';
import type { OnListChange } from '../protocol/renewal.js';
import type { ToolFilter } from '../protocol/tool-filter.js';
import type { SettingName, Settings } from './defaults.js';
import type { Mode, Prefix, ToolNames } from './mode.js';

/** Options for the connections of one token. */
export interface TokenOptions {
  /** How servers are put on connections; default `auto`. */
  mode: Mode;
  /** When a tool on a shared connection is prefixed with its server's name; default `auto`. */
  prefix: Prefix;
  /** Text between a server's name and its tool's name. */
  separator: string;
  /** `keep` leaves names of tools unchanged; undefined and `plain` convert them to `A-Z a-z 0-9 _ -` (D57). */
  toolNames?: ToolNames | undefined;
  /** What happens when a list has changed; undefined: `auto`. */
  onListChange?: OnListChange | undefined;
  /** The account that `tokens` names. */
  accountGroup?: string | undefined;
  /** Every number, with its unit in its name: the default, or the configured value. */
  settings: Settings;
}

/** How a client that connects to mcp-pipe sees several servers: the options beside the servers in the configuration. */
export type ClientOptions = Pick<TokenOptions, 'prefix' | 'separator' | 'toolNames' | 'settings'>;

/** The parts of a server that the grouping reads. */
interface Groupable {
  name: string;
  endpoint: Endpoint;
  tools: ToolFilter;
}

/** The servers of one token, in the order of the configuration. */
export interface TokenGroup<T extends Groupable> {
  endpoint: Endpoint;
  servers: readonly [T, ...T[]];
}

/** Why the servers of a token are grouped as they are. */
export interface LinkWhy {
  mode: Mode;
  /** How many connections the servers are put on. */
  connections: number;
  /** How many of them the token allows at once; the other links wait for a lease. */
  atOnce: number;
  /** Keys whose options a pipe cannot follow, because it does not parse messages. */
  reads: readonly string[];
}

/** One connection, before it has a name. */
interface Grouped<T> {
  kind: LinkKind;
  servers: readonly [T, ...T[]];
  mayRegroup: boolean;
}

/** Settings that need messages to be parsed, unless they are 0. */
const BUDGETS = [
  'maxTools',
  'maxToolListBytes',
  'maxResultBytes',
  'toolsPerPage',
] as const satisfies readonly SettingName[];

export function groupByToken<T extends Groupable>(servers: readonly T[]): TokenGroup<T>[] {
  const groups = new Map<string, [T, ...T[]]>();
  for (const server of servers) {
    const key = server.endpoint.identity;
    const group = groups.get(key);
    if (group) group.push(server);
    else groups.set(key, [server]);
  }
  return [...groups.values()].map((group) => ({ endpoint: group[0].endpoint, servers: group }));
}

/** Options of a server that a pipe cannot follow, because it does not parse messages. */
export function readsOf({ tools }: Pick<Groupable, 'tools'>, tokenOptions: TokenOptions): string[] {
  return [...(isFilter(tools) ? ['tools'] : []), ...budgetsOf(tokenOptions)];
}

/** Options of the token that a pipe cannot follow. */
export function budgetsOf({ prefix, settings }: TokenOptions): string[] {
  return [...(prefix === 'always' ? ['prefix'] : []), ...BUDGETS.filter((name) => settings[name] > 0)];
}

export function isFilter({ allow, deny, and }: ToolFilter): boolean {
  return allow !== undefined || (deny ?? []).length > 0 || (and !== undefined && isFilter(and));
}

/** Puts the servers of a token on connections. */
export function connect<T extends Groupable>(
  { servers }: TokenGroup<T>,
  tokenOptions: TokenOptions,
): { links: Grouped<T>[]; why: LinkWhy } {
  const { mode } = tokenOptions;
  const isAlone = servers.length === 1;
  const reads = isAlone ? readsOf(servers[0], tokenOptions) : [];
  const asked = mode === 'auto' ? (isAlone && reads.length === 0 ? 'pipe' : 'mux') : mode;
  // A single server takes no turns.
  const kind = isAlone && servesOf(asked) === 'in-turn' ? 'pipe' : asked;
  const shares = sharesOf(kind, servers, tokenOptions.settings.connectionsPerToken);
  const mayRegroup = kind === 'mux' && mode === 'auto' && shares.length > 1;
  return {
    links: shares.map((share) => ({ kind, servers: share, mayRegroup })),
    why: {
      mode,
      connections: shares.length,
      atOnce: Math.min(shares.length, Math.floor(tokenOptions.settings.connectionsPerToken)),
      reads: servesOf(kind) === 'together' ? reads : [],
    },
  };
}

function sharesOf<T>(
  kind: LinkKind,
  servers: readonly [T, ...T[]],
  most: number,
): readonly (readonly [T, ...T[]])[] {
  switch (servesOf(kind)) {
    case 'alone':
      return servers.map((server): [T] => [server]);
    case 'together':
      return balanced(servers, most);
    case 'in-turn':
      return [servers];
  }
}

/** Splits the items into at most `most` shares whose sizes differ by one at most; neighbours stay together. */
function balanced<T>(items: readonly T[], most: number): [T, ...T[]][] {
  const count = Math.min(Math.floor(most), items.length);
  const end = (share: number) => Math.ceil((share * items.length) / count);
  return Array.from({ length: count }, (_, i) => items.slice(end(i), end(i + 1)) as [T, ...T[]]);
}
