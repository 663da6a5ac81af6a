import type { StatusEvent } from '../protocol/status.js';
import type { Clock } from '../time/clock.js';
import { type WeeklyTimes, type Within, within } from '../time/schedule.js';

/** A server that can be kept running. */
export interface WarmServer {
  readonly name: string;
  /** While `isKeptWarm`, its process runs without a call, and is not parked by itself. Undefined: it has not been set. */
  readonly parking: { get isKeptWarm(): boolean | undefined; set isKeptWarm(isKeptWarm: boolean) };
  report(event: StatusEvent): void;
}

/** A server and its `"keep"`. */
export interface KeptServer {
  server: WarmServer;
  keep: readonly WeeklyTimes[];
}

export interface KeepTimesOptions {
  clock: Pick<Clock, 'after'>;
  /** Milliseconds since 1970. */
  wallNow: () => number;
}

/**
 * The clock on the wall may be set, and a timer stands still while the machine sleeps: so often it is looked, in milliseconds. A
 * person who opens a laptop waits no longer for a server that should run; a look costs microseconds.
 */
const LOOK_MS = 60_000;

/** Keeps servers running at their times: one timer for all of them. */
// D339
export class KeepTimes {
  readonly #options: KeepTimesOptions;
  #servers: readonly KeptServer[] = [];
  readonly #now = new Map<string, Within>();
  #cancel = () => {};

  constructor(options: KeepTimesOptions) {
    this.#options = options;
  }

  /** From now on, these are kept at their times, and no others. */
  planned(servers: readonly KeptServer[]): void {
    for (const { server } of this.#servers) {
      if (servers.some((one) => one.server === server && one.keep.length > 0)) continue;
      if (this.#now.get(server.name)?.isWithin) server.parking.isKeptWarm = false;
      this.#now.delete(server.name);
    }
    this.#servers = servers.filter(({ keep }) => keep.length > 0);
    this.look();
  }

  /** Whether a server is kept now, and when that changes; undefined: it has no times. */
  of(name: string): Within | undefined {
    return this.#now.get(name);
  }

  stop(): void {
    this.#cancel();
    this.#servers = [];
    this.#now.clear();
  }

  /** Looks what time it is now: the machine may have slept. */
  look(): void {
    this.#cancel();
    if (this.#servers.length === 0) return;
    const { clock, wallNow } = this.#options;
    const at = wallNow();
    let nextAt = at + LOOK_MS;
    for (const { server, keep } of this.#servers) {
      const before = this.#now.get(server.name);
      const now = within(keep, at);
      this.#now.set(server.name, now);
      nextAt = Math.min(nextAt, now.changesAt ?? nextAt);
      // A process that was made anew knows nothing of it.
      const { parking } = server;
      if (parking.isKeptWarm !== now.isWithin) parking.isKeptWarm = now.isWithin;
      if (now.isWithin !== (before?.isWithin ?? false))
        server.report({ type: 'server-keep', isKept: now.isWithin, changesAt: now.changesAt });
    }
    this.#cancel = clock.after(nextAt - at, () => this.look());
  }
}
