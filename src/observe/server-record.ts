import { SERVER_CONDITIONS, type ServerCondition } from '../protocol/server-condition.js';
import type { ServerState, Status } from '../protocol/status.js';

/** What the events so far say of one server. Times are milliseconds since 1970. */
export interface ServerRecord {
  /** Its name in the configuration. */
  name: string;
  /** How it does: where it is, and whether it answers. */
  state: ServerCondition;
  /** Number of its process; undefined while none is known. */
  pid: number | undefined;
  /** What the server calls itself: its own text, to be cleaned before it is shown. */
  serverName: string | undefined;
  /** The program that fetches and starts the server, if it is one of those: `npx`, `uvx`, … */
  fetcher: string | undefined;
  /** When `state` last changed; undefined before the first Status. */
  since: number | undefined;
  /** When it is started again; undefined while no start is planned. */
  nextStartAt: number | undefined;
  /** In a row; starting well clears them. */
  failures: number;
}

export function newServer(name: string): ServerRecord {
  return {
    ...{ name, state: 'down', failures: 0 },
    ...{
      pid: undefined,
      serverName: undefined,
      fetcher: undefined,
      since: undefined,
      nextStartAt: undefined,
    },
  };
}

/** One Status later. Returns the same object when nothing changed. */
export function foldServer(server: ServerRecord, status: Status): ServerRecord {
  const changes = changesOf(server, status);
  if (changes === undefined) return server;
  const next = { ...server, ...changes };
  return next.state === server.state ? next : { ...next, since: status.at };
}

function changesOf(server: ServerRecord, status: Status): Partial<ServerRecord> | undefined {
  switch (status.type) {
    case 'server-state':
      return movedTo(status.to, server);
    case 'server-starting':
      return { fetcher: fetcherOf(status.command) };
    case 'server-ready':
      return { pid: status.pid, serverName: status.name ?? server.serverName };
    case 'server-silent':
      return server.state === 'ready' ? { state: 'silent' } : undefined;
    case 'server-speaks':
      return server.state === 'silent' ? { state: 'ready' } : undefined;
    case 'server-down':
      return {
        // A server that is stopped on purpose meanwhile is not started again by itself.
        nextStartAt: server.state === 'down' ? status.at + status.nextStartMs : undefined,
        // `Upstream` resets its count after a stable life, and so does this one.
        failures: Math.min(server.failures + 1, status.failures),
      };
    case 'link-state':
      return status.to === 'closed' ? gone('down') : undefined;
    default:
      return undefined;
  }
}

/** What people are told of each state; undefined: what they were told before. */
const CONDITIONS: Record<ServerState, ServerCondition | undefined> = {
  waiting: 'down',
  starting: 'starting',
  initializing: 'starting',
  ready: 'ready',
  refused: 'refusing',
  'idle-stopped': 'idle-stopped',
  'between-turns': 'between-turns',
  // What comes of it is told when the process has ended, or when the link is closed.
  ending: undefined,
  stopped: undefined,
};

function movedTo(to: ServerState, server: ServerRecord): Partial<ServerRecord> | undefined {
  const state = CONDITIONS[to];
  if (state === undefined || state === server.state) return undefined;
  if (state === 'ready') return { state, failures: 0 };
  return state === 'refusing' ? { state } : gone(state);
}

const gone = (state: ServerCondition) => ({ state, pid: undefined, nextStartAt: undefined });

/** What can be said of several servers in the words for one. */
export function sumUp(servers: readonly ServerRecord[]): Omit<ServerRecord, 'name' | 'since'> {
  const [only] = servers;
  if (only && servers.length === 1) return only;
  const next = servers.flatMap(({ nextStartAt }) => nextStartAt ?? []);
  return {
    state: SERVER_CONDITIONS.find((state) => servers.some((server) => server.state === state)) ?? 'down',
    ...{ pid: undefined, serverName: undefined, fetcher: undefined },
    nextStartAt: next.length > 0 ? Math.min(...next) : undefined,
    failures: Math.min(...servers.map(({ failures }) => failures)),
  };
}

/** Programs whose first start of a server may take minutes, because they download it. */
const FETCHERS = new Set(['npx', 'pnpx', 'bunx', 'uvx', 'uv', 'pipx', 'docker', 'podman', 'deno']);

/** Windows needs `cmd /c npx`, so the first words count. */
function fetcherOf(command: string): string | undefined {
  return command
    .split(' ', 3)
    .map((word) => word.replace(/^.*[/\\]/, '').replace(/\.(?:exe|cmd)$/i, ''))
    .find((name) => FETCHERS.has(name));
}
