import type { KeptServer } from '../kept-servers.js';
import { pathOf, type Whose } from './routes.js';

/** What a server of the gateway does, one word. */
export type ServerWord =
  | 'ready'
  /** Its first process is being started. */
  | 'starting'
  /** Each key or session has a process of its own, which its first call starts. */
  | 'on-demand'
  /** The server answers neither calls nor a ping. */
  | 'silent'
  /** The server runs, but answers `initialize` with an error. */
  | 'refusing'
  /** It ended, or could not be started; it is started again. */
  | 'down';

/** Those with which the next call may be answered. */
const SERVING: ReadonlySet<ServerWord> = new Set(['ready', 'starting', 'on-demand']);

/** What the pages say of servers: the names of all that have an address, and those that are kept running. */
export interface PagesState {
  names: readonly string[];
  agents: readonly string[];
  kept: readonly KeptServer[];
  /** When a client last sent something, in milliseconds since 1970. */
  lastActivityAt: number;
  clients: number;
}

/** What `/health` answers, and with which status: 503 only when no server can be used. Pure. */
export function healthPage(state: PagesState): { status: number; body: { status: string; servers: object } } {
  const words = wordsOf(state);
  const states = Object.values(words);
  const serving = states.filter((word) => SERVING.has(word)).length;
  const isDown = isAllDown(words);
  const status = isDown ? 'down' : serving < states.length ? 'degraded' : 'ok';
  const servers = Object.entries(words).map(([name, word]) => {
    const { failures = 0, nextStartMs } = state.kept.find((one) => one.name === name) ?? {};
    const more = word === 'down' ? { failures, ...(nextStartMs === undefined ? {} : { nextStartMs }) } : {};
    return [name, { state: word, ...more }];
  });
  return { status: isDown ? 503 : 200, body: { status, servers: Object.fromEntries(servers) } };
}

/** What `/status` answers: the members that mcp-proxy has, with what is true of each server. Pure. */
export function statusPage(state: PagesState): object {
  return {
    api_last_activity: new Date(state.lastActivityAt).toISOString(),
    server_instances: wordsOf(state),
    clients: state.clients,
  };
}

/** Every address, by what it gives. Pure. */
export function indexPage({ names, agents }: Pick<PagesState, 'names' | 'agents'>): object {
  const of = (whose: Whose) => ({
    http: pathOf(whose, 'http'),
    sse: pathOf(whose, 'sse'),
    ws: pathOf(whose, 'ws'),
  });
  return {
    name: 'mcp-pipe',
    all: of({ all: true }),
    servers: Object.fromEntries(names.map((server) => [server, of({ server })])),
    ...(agents.length > 0
      ? { agents: Object.fromEntries(agents.map((agent) => [agent, of({ agent })])) }
      : {}),
  };
}

/** Whether there are servers, and none can be used. Pure. */
export function isAllDown(words: Readonly<Record<string, ServerWord>>): boolean {
  const states = Object.values(words);
  return states.length > 0 && !states.some((word) => SERVING.has(word));
}

/** What each server does. Pure. */
export function wordsOf({ names, kept }: Pick<PagesState, 'names' | 'kept'>): Record<string, ServerWord> {
  const known = new Map(kept.map((server) => [server.name, wordOf(server)]));
  // An agent's own process has no address of its own.
  return Object.fromEntries(
    [...new Set([...names, ...known.keys()])].map((name) => [name, known.get(name) ?? 'on-demand']),
  );
}

function wordOf({ state, isSilent, failures }: KeptServer): ServerWord {
  if (state === 'ready') return isSilent ? 'silent' : 'ready';
  if (state === 'refused') return 'refusing';
  return failures > 0 ? 'down' : 'starting';
}
