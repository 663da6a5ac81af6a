import type { GatewayPlan } from '../../config/gateway-plan.js';

/** How clients speak at an address: `message` takes what clients of `sse` send. */
export type Speech = 'http' | 'sse' | 'message' | 'ws';

/** Whose servers an address gives: all together, those of an agent, or one server alone. */
export type Whose = { all: true } | { agent: string } | { server: string };

/** What a path leads to. */
export type Route = SpokenRoute | PageRoute;

/** Servers; `base` is what the paths of all ways to speak to them begin with. */
export interface SpokenRoute {
  speech: Speech;
  whose: Whose;
  base: string;
}

/** A page; `healthy` says no more than that, and `server-health` is that of one server. */
export type PageRoute =
  | { page: 'index' | 'status' | 'openapi' | 'health' | 'healthy' | 'ready' | 'live' }
  | { page: 'server-health'; server: string };

/** Pages for everybody: without a key, and under any name, they have one word. */
export const OPEN_PAGES: ReadonlySet<PageRoute['page']> = new Set(['health', 'healthy', 'ready', 'live']);

const SPEECHES: ReadonlyMap<string, Speech> = new Map([
  ['mcp', 'http'],
  ['sse', 'sse'],
  ['messages', 'message'],
  ['ws', 'ws'],
]);
/** Pages with a path of their own. */
export const PAGE_PATHS = new Map([
  ['/', 'index'],
  ['/status', 'status'],
  ['/openapi.json', 'openapi'],
  ['/health', 'health'],
  ['/ready', 'ready'],
  ['/live', 'live'],
] as const);

/**
 * Finds what the path of a request leads to; undefined: nothing, whatever the names of the servers. Of several configured ways
 * to speak at one path, `preferred` comes first: the path of WebSockets may be that of messages. Pure.
 */
export function routeOf(
  path: string,
  { paths }: Pick<GatewayPlan, 'paths'>,
  preferred: Speech = 'http',
): Route | undefined {
  const bare = withoutLastSlash(path);
  for (const speech of [preferred, 'http', 'sse', 'message', 'ws'] as const)
    if (paths[speech].some((one) => withoutLastSlash(one) === bare))
      return { speech, whose: { all: true }, base: '' };
  if (paths.health.some((one) => withoutLastSlash(one) === bare)) return { page: 'healthy' };
  const page = PAGE_PATHS.get(bare as '/');
  if (page) return { page };
  const [first = '', name, last = 'mcp', ...rest] = bare.slice(1).split('/');
  if (name === undefined) {
    const speech = SPEECHES.get(first);
    return speech && { speech, whose: { all: true }, base: '' };
  }
  const speech = SPEECHES.get(last);
  const decoded = decode(name);
  if (last === 'health' && first === 'servers' && rest.length === 0 && decoded)
    return { page: 'server-health', server: decoded };
  if (!speech || rest.length > 0 || !decoded) return undefined;
  const base = `/${first}/${name}`;
  if (first === 'servers') return { speech, whose: { server: decoded }, base };
  if (first === 'agents') return { speech, whose: { agent: decoded }, base };
  return undefined;
}

/** The path of an address, as it is printed. */
export function pathOf(whose: Whose, speech: Speech): string {
  const last = [...SPEECHES].find(([, one]) => one === speech)![0];
  if ('server' in whose) return `/servers/${encodeURIComponent(whose.server)}/${last}`;
  if ('agent' in whose) return `/agents/${encodeURIComponent(whose.agent)}/${last}`;
  return `/${last}`;
}

/** The paths below `base` at which clients speak so; the last part of the usual one may be left out. */
export function spokenPaths(base: string, speech: Speech): string[] {
  const all = [...SPEECHES].filter(([, one]) => one === speech).map(([last]) => `${base}/${last}`);
  return base !== '' && speech === 'http' ? [base, ...all] : all;
}

function withoutLastSlash(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}

/** Decoded once: a name may hold `%`. */
function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
