import type { Cause, LinkState, Status } from '../protocol/status.js';

/** What is true of one link now. Times are milliseconds since 1970. */
export interface LinkSnapshot {
  name: string;
  state: LinkState;
  /** `refusing`: it runs, but answers `initialize` with an error. */
  server: 'starting' | 'ready' | 'refusing' | 'down';
  pid: number | undefined;
  /** What the server calls itself: its own text, to be cleaned before it is shown. */
  serverName: string | undefined;
  /** The program that fetches and starts the server, if it is one of those: `npx`, `uvx`, … */
  fetcher: string | undefined;
  /** When `server` last changed. */
  serverSince: number | undefined;
  /** Who asked in the connection that is open now: the endpoint's own text, to be cleaned before it is shown. */
  client: string | undefined;
  /** While it stops: the calls that still run, and when they are given up. */
  draining: { pending: number; until: number } | undefined;
  /** When anything here last changed. */
  changedAt: number | undefined;
  /** When `state` or `server` last changed; undefined before the first Status. */
  since: number | undefined;
  /** Why the connection last ended or could not be made, also when it works again. */
  lastCause: Cause | undefined;
  nextDialAt: number | undefined;
  nextStartAt: number | undefined;
  /** Failures in a row. Starting well clears the server's; an answered `initialize` clears both. */
  failures: { server: number; dial: number };
  /** The endpoint's `initialize` was answered in the connection that is open now. */
  greeted: boolean;
  /** The server answers, the connection is open, and the endpoint's `initialize` was answered in it. */
  ready: boolean;
}

/** This many failures in a row mean that a link does not work. */
const FAILED_AFTER = 3;

export function newLink(name: string): LinkSnapshot {
  return {
    name,
    state: 'idle',
    server: 'down',
    ...{
      pid: undefined,
      serverName: undefined,
      fetcher: undefined,
      serverSince: undefined,
      client: undefined,
      draining: undefined,
      changedAt: undefined,
      since: undefined,
      lastCause: undefined,
      nextDialAt: undefined,
      nextStartAt: undefined,
    },
    failures: { server: 0, dial: 0 },
    ...{ greeted: false, ready: false },
  };
}

/** One Status later. Returns the same object when nothing changed. */
export function fold(link: LinkSnapshot, status: Status): LinkSnapshot {
  const changes = changesOf(link, status);
  if (changes === undefined) return link;
  const next = { ...link, ...changes, changedAt: status.at };
  if (next.server !== link.server) next.serverSince = status.at;
  if (next.state !== link.state || next.server !== link.server) next.since = status.at;
  next.ready = next.state === 'open' && next.server === 'ready' && next.greeted;
  return next;
}

function changesOf(link: LinkSnapshot, status: Status): Partial<LinkSnapshot> | undefined {
  const { failures } = link;
  switch (status.type) {
    case 'link-state':
      return {
        state: status.to,
        ...(status.to === 'waiting' ? {} : { nextDialAt: undefined }),
        ...(status.to === 'open' ? {} : { greeted: false, client: undefined }),
        ...(status.to === 'closed' ? { server: 'down', pid: undefined, nextStartAt: undefined } : {}),
      };
    case 'server-starting':
      return { ...STARTING, fetcher: fetcherOf(status.command) };
    case 'server-replaced':
      return STARTING;
    case 'server-ready':
      return {
        server: 'ready',
        pid: status.pid,
        serverName: status.name ?? link.serverName,
        failures: { ...failures, server: 0 },
      };
    case 'server-refused':
      return { server: 'refusing' };
    case 'server-down':
      return {
        server: 'down',
        pid: undefined,
        nextStartAt: status.at + status.nextStartMs,
        // Whoever counts below forgets failures after a stable life; so do we.
        failures: { ...failures, server: Math.min(failures.server + 1, status.failures) },
      };
    case 'greeted':
      return {
        greeted: true,
        client: status.client,
        // What it refused was our greeting, not the endpoint's.
        ...(link.server === 'refusing' ? { server: 'ready' } : {}),
        failures: { server: 0, dial: 0 },
      };
    case 'down':
      return {
        greeted: false,
        client: undefined,
        lastCause: status.diagnosis.cause,
        nextDialAt: status.at + status.nextDialMs,
        // `attempt` is 1 again after a stable connection, also one that never sent `initialize` (MCP 2026-07-28).
        failures: { ...failures, dial: Math.min(failures.dial + 1, status.attempt) },
      };
    case 'draining':
      return { draining: { pending: status.pending, until: status.at + status.timeoutMs } };
    case 'drain-progress':
      return link.draining && { draining: { ...link.draining, pending: status.pending } };
    case 'drained':
      return { draining: { pending: 0, until: status.at } };
    default:
      return undefined;
  }
}

const STARTING = { server: 'starting', pid: undefined, nextStartAt: undefined } as const;

/** Programs whose first start of a server may take minutes, because they download it. */
const FETCHERS = new Set(['npx', 'pnpx', 'bunx', 'uvx', 'uv', 'pipx', 'docker', 'podman', 'deno']);

/** Windows needs `cmd /c npx`, so the first words count. */
function fetcherOf(command: string): string | undefined {
  return command
    .split(' ', 3)
    .map((word) => word.replace(/^.*[/\\]/, '').replace(/\.(?:exe|cmd)$/i, ''))
    .find((name) => FETCHERS.has(name));
}

/**
 * Whether the server cannot run, or the endpoint keeps refusing or dropping the link. A connection that is open now
 * may turn out well, whatever came before: an endpoint that never sends `initialize` gives no other sign of it.
 */
export function hasFailed({ failures, state }: LinkSnapshot): boolean {
  return failures.server >= FAILED_AFTER || (failures.dial >= FAILED_AFTER && state !== 'open');
}

/** What is true now, of every link. */
export class Snapshot {
  readonly #links: Map<string, LinkSnapshot>;

  /** @param names Every link that will run: one that has said nothing yet has not failed. */
  constructor(names: Iterable<string> = []) {
    this.#links = new Map([...names].map((name) => [name, newLink(name)]));
  }

  /** Takes a Status in; to be used as a listener. */
  readonly onStatus = (status: Status): void => {
    this.#links.set(status.link, fold(this.link(status.link) ?? newLink(status.link), status));
  };

  get links(): readonly LinkSnapshot[] {
    return [...this.#links.values()];
  }

  link(name: string): LinkSnapshot | undefined {
    return this.#links.get(name);
  }

  /** Whether no link works and each has failed three times in a row; false when there are no links. */
  allFailed(): boolean {
    return this.#links.size > 0 && this.links.every(hasFailed);
  }
}
