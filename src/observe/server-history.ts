import { faultOf, type ServerFault } from '../protocol/server-end.js';
import type { Status, StatusEvent } from '../protocol/status.js';
import { isNewServer } from './server-record.js';

type Down = Extract<StatusEvent, { type: 'server-down' }>;

/** How a server last ended, or why it could not be started. Times are milliseconds since 1970. */
export type LastExit = { at: number } & Pick<Down, 'serverKind' | 'remote' | 'why' | 'end' | 'livedMs'> &
  ServerFault;

/** The past of a server. */
export interface ServerHistory {
  /** Number of restarts and attempts to restart within the last hour. */
  restartsLastHour: number;
  lastExit: LastExit | undefined;
  /** Start of the present series of crashes, short lives in between included; undefined when there is none. */
  crashingSince: number | undefined;
  /** Lives and starts that failed in a row; a short life counts as failed. */
  failures: number;
  /** Number of calls that were not answered in time. */
  timedOut: number;
}

/** Restarts are counted over the last hour. */
const HOUR_MS = 3_600_000;
/** Restarts above this number in one hour are not counted: with the shortest waits allowed there would be thousands. */
const MAX_COUNTED = 1_000;
/** After this many short lives in a row the server counts as crashing (D25). */
const CRASHES = 3;
/** A process that lived less than this had a short life (D25). */
const SHORT_LIFE_MS = 300_000;
/** A server that has crashed is trusted again when it has lived this long and twice as long as its longest short life. */
const TRUSTED_AFTER_MS = 60_000;

interface Life {
  endedAt: number;
  livedMs: number;
}

/** The past of one server, counted. */
class Past {
  restarts: number[] = [];
  lastExit: LastExit | undefined;
  timedOut = 0;
  /** The last `CRASHES` short lives in a row, and when the first of the row ended. */
  #short: Life[] = [];
  #rowSince = 0;
  #row = 0;
  #ended = false;
  /** The present life has taken requests. */
  #wasReady = false;

  onStatus(status: Status): void {
    switch (status.type) {
      case 'server-starting':
        if (this.#ended) this.restarts = [...this.restarts.slice(1 - MAX_COUNTED), status.at];
        this.#ended = false;
        this.#wasReady = false;
        return;
      case 'server-ready':
        this.#wasReady = true;
        return;
      case 'server-replaced':
        this.#ended = true;
        // A user restarts what has been mended: crashes before that say nothing about it.
        if (status.why === 'asked') this.#forget();
        return;
      case 'call-timeout':
        this.timedOut += 1;
        return;
      case 'server-down':
        this.#ended = true;
        this.#down(status);
    }
  }

  /** @param readySince Milliseconds since 1970; undefined while the server is not ready. */
  crashingSince(readySince: number | undefined, now: number): number | undefined {
    if (this.#row < CRASHES) return undefined;
    return readySince !== undefined && now - readySince >= this.#trustedAfterMs ? undefined : this.#rowSince;
  }

  get failures(): number {
    return this.#row;
  }

  get #trustedAfterMs(): number {
    return Math.max(TRUSTED_AFTER_MS, 2 * Math.max(...this.#short.map(({ livedMs }) => livedMs)));
  }

  #down({ at, serverKind, remote, why, end, livedMs }: Status & Down): void {
    this.lastExit = { at, serverKind, remote, why, end, ...faultOf(end), livedMs };
    // No process was ready, so it was no life; the failed start is a state of its own.
    if (why === 'not-started' || why === 'unreachable' || why === 'unanswered') return;
    if (remote && !this.#wasReady) return;
    const last = this.#short.at(-1);
    const isTrusted = livedMs >= (this.#row < CRASHES ? SHORT_LIFE_MS : this.#trustedAfterMs);
    // Exits of hours ago do not count.
    if (isTrusted || (last && at - last.endedAt > HOUR_MS)) this.#forget();
    if (livedMs >= SHORT_LIFE_MS) return;
    if (this.#row === 0) this.#rowSince = at;
    this.#row += 1;
    this.#short = [...this.#short.slice(1 - CRASHES), { endedAt: at, livedMs }];
  }

  #forget(): void {
    this.#short = [];
    this.#row = 0;
  }
}

const OF_PASTS: ReadonlySet<Status['type']> = new Set([
  'server-starting',
  'server-ready',
  'server-replaced',
  'server-down',
  'call-timeout',
]);

/** The histories of all servers, by the servers' names in the configuration, which are unique. */
export class ServerHistories {
  readonly #pasts = new Map<string, Past>();

  /** @param server Name of the server that the status is about; of the link, when it is about no server. */
  onStatus(status: Status, server = status.server ?? status.link): void {
    const { type } = status;
    if (isNewServer(status)) this.#pasts.delete(server);
    if (!OF_PASTS.has(type)) return;
    const past = this.#pasts.get(server) ?? new Past();
    this.#pasts.set(server, past);
    past.onStatus(status);
  }

  forget(server: string): void {
    this.#pasts.delete(server);
  }

  /** @param readySince Milliseconds since 1970; undefined while the server is not ready. */
  of(server: string, readySince: number | undefined, now: number): ServerHistory {
    const past = this.#pasts.get(server);
    const crashingSince = past?.crashingSince(readySince, now);
    return {
      restartsLastHour: past?.restarts.filter((at) => now - at < HOUR_MS).length ?? 0,
      lastExit: past?.lastExit,
      crashingSince,
      failures: crashingSince === undefined ? 0 : past!.failures,
      timedOut: past?.timedOut ?? 0,
    };
  }
}
