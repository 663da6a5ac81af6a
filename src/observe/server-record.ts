import type { PackageStart } from '../protocol/package-start.js';
import { SERVER_CONDITIONS, type ServerCondition } from '../protocol/server-condition.js';
import type { ServerState, Status } from '../protocol/status.js';

/** The state of one server after the events so far. Times are milliseconds since 1970. */
export interface ServerRecord {
  /** Its name in the configuration. */
  name: string;
  /** Its state, and whether it answers. */
  state: ServerCondition;
  /** Id of its process; undefined while it has none. */
  pid: number | undefined;
  /** The server's own name (`serverInfo`): foreign text, to be cleaned before it is shown. */
  serverName: string | undefined;
  /** MCP revision that it answered `initialize` with. */
  protocol?: string | undefined;
  /** The program that downloads and starts the server, if it is such a program: `npx`, `uvx`, … */
  fetcher: string | undefined;
  /** How its package is started, when its command fetches one. */
  package?: PackageStart | undefined;
  /** True for a remote server: it has sessions instead of processes. */
  isRemote?: boolean | undefined;
  /** How long its last start took until it could take requests, in milliseconds; undefined before the first. */
  startMs?: number | undefined;
  /** When `state` last changed; undefined before the first Status. */
  since: number | undefined;
  /** When it is started again; undefined while no start is planned. */
  nextStartAt: number | undefined;
  /** Failures in a row; a good start clears them. */
  failures: number;
  /** Its calls are refused, or one tries whether it works again. */
  isHeldOff?: boolean | undefined;
  /** It was parked, and is being started by a call: what needs no process is answered meanwhile (D334). */
  isWaking?: boolean | undefined;
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

/** Whether a server moves for the first time: what one of its name did before, under another plan, does not count for it. */
export function isNewServer(status: Status): boolean {
  return status.type === 'server-state' && status.from === 'stopped';
}

/** The record after a Status. Returns the same object when nothing changed. */
export function applyServerStatus(server: ServerRecord, status: Status): ServerRecord {
  const changes = changesOf(server, status);
  if (changes === undefined) return server;
  const next = { ...server, ...changes };
  if (status.type === 'server-kept') return { ...next, since: status.at - status.sinceMs };
  return next.state === server.state ? next : { ...next, since: status.at };
}

function changesOf(server: ServerRecord, status: Status): Partial<ServerRecord> | undefined {
  switch (status.type) {
    case 'server-state':
      if (isNewServer(status)) return { ...gone(CONDITIONS[status.to] ?? 'down'), failures: 0 };
      return movedTo(status.to, server);
    case 'server-kept':
      return keptAs(status);
    case 'server-starting':
      return { fetcher: status.fetcher, ...(status.isRemote ? { isRemote: true } : {}) };
    case 'server-package': {
      const { type: _, isNew: __, at: ___, link: ____, server: _____, alsoLinks: ______, ...start } = status;
      return { package: start };
    }
    case 'server-ready':
      return {
        ...{ pid: status.pid, startMs: status.tookMs },
        serverName: status.name ?? server.serverName,
        ...(status.protocol === undefined ? {} : { protocol: status.protocol }),
      };
    case 'server-silent':
      return server.state === 'ready' ? { state: 'silent' } : undefined;
    case 'server-responding':
      return server.state === 'silent' ? { state: 'ready' } : undefined;
    case 'server-breaker': {
      const isHeldOff = status.to !== 'closed';
      const { state } = server;
      if (state !== 'ready' && state !== 'failing') return { isHeldOff };
      return { isHeldOff, state: isHeldOff ? 'failing' : 'ready' };
    }
    case 'server-down':
      return {
        // A server that was stopped on purpose in the meantime is not started again by itself.
        nextStartAt: server.state === 'down' ? status.at + status.nextStartMs : undefined,
        // `Upstream` resets its count after a stable life, and so does this count.
        failures: Math.min(server.failures + 1, status.failures),
      };
    case 'link-state':
      return status.to === 'closed' ? gone('down') : undefined;
    default:
      return undefined;
  }
}

/** The condition that people see for each state; undefined: the condition stays as it was. */
const CONDITIONS: Record<ServerState, ServerCondition | undefined> = {
  waiting: 'down',
  starting: 'starting',
  initializing: 'starting',
  ready: 'ready',
  refused: 'refusing',
  'idle-stopped': 'idle-stopped',
  'between-turns': 'between-turns',
  // The next condition is known when the process has ended, or when the link is closed.
  ending: undefined,
  stopped: undefined,
};

function movedTo(to: ServerState, server: ServerRecord): Partial<ServerRecord> | undefined {
  const state = CONDITIONS[to];
  if (state === undefined || state === server.state) return undefined;
  if (state === 'ready') {
    const more = server.isWaking ? { isWaking: false } : {};
    return { state: server.isHeldOff ? 'failing' : state, failures: 0, ...more };
  }
  if (state === 'refusing') return { state };
  const isWaking = state === 'starting' && server.state === 'idle-stopped';
  return { ...gone(state), ...(isWaking || server.isWaking ? { isWaking } : {}) };
}

function keptAs(status: Extract<Status, { type: 'server-kept' }>): Partial<ServerRecord> {
  const { at, state: to, pid, name, protocol, fetcher, isRemote, failures, nextStartMs, isSilent } = status;
  const state = CONDITIONS[to] ?? 'down';
  return {
    ...{ state: isSilent && state === 'ready' ? 'silent' : state, pid, serverName: name, protocol },
    ...{ fetcher, failures, ...(isRemote ? { isRemote } : {}) },
    nextStartAt: nextStartMs === undefined ? undefined : at + nextStartMs,
  };
}

const gone = (state: ServerCondition) => ({ state, pid: undefined, nextStartAt: undefined });

/** Sums up several servers in the words for one. */
export function sumUp(servers: readonly ServerRecord[]): Omit<ServerRecord, 'name' | 'since'> {
  const [only] = servers;
  if (only && servers.length === 1) return only;
  const next = servers.flatMap(({ nextStartAt }) => nextStartAt ?? []);
  return {
    state: SERVER_CONDITIONS.find((state) => servers.some((server) => server.state === state)) ?? 'down',
    ...{ pid: undefined, serverName: undefined, fetcher: undefined, startMs: undefined },
    nextStartAt: next.length > 0 ? Math.min(...next) : undefined,
    failures: Math.min(...servers.map(({ failures }) => failures)),
    ...(servers.some(({ isWaking }) => isWaking) ? { isWaking: true } : {}),
  };
}
