import type { Rate } from '../protocol/grant.js';
import { MAX_NAMES } from './limit-defaults.js';

/** What a name has left of its calls. */
export interface Quota {
  /** False: the call is one too many. */
  isWithin: boolean;
  /** Calls that are left in this window. */
  remaining: number;
  /** How long until the window ends, in milliseconds. */
  resetMs: number;
}

/** A name that a call counts under, and how many it may have. */
export interface CountOf {
  name: string;
  rate: Rate;
}

/** A call is one too many: for which of its names, and when it may come again. */
export interface Exceeded {
  at: number;
  quota: Quota;
}

/** Counts calls under names: those of keys, addresses, servers, tools. */
export interface RateLimiter {
  /**
   * Counts one call under each name in turn, up to the first that has none left. A promise where counts are kept elsewhere, shared with
   * other processes; it never rejects.
   *
   * @returns undefined: all have counted it
   */
  takeAll(counts: readonly CountOf[]): Exceeded | undefined | Promise<Exceeded | undefined>;
  /** What is left as far as this process knows; counts nothing. */
  look(name: string, rate: Rate): Quota;
}

/** What is known of a name's present window. */
export interface Window {
  calls: number;
  /** Clock time in milliseconds. */
  endsAt: number;
  /** Its end by the clock of the store that several processes count in, in milliseconds; 0: it has begun here. */
  storedEnd: number;
}

/**
 * Counts in this process: so many calls from the first one on, until the time is over. Equal to what a store for several
 * processes counts, which may take its place where the limiter is made (`daemon/limits.ts`).
 */
// D253
export class WindowCounts implements RateLimiter {
  readonly #now: () => number;
  /** By their length in milliseconds. */
  readonly #windows = new Map<number, Windows>();

  /** @param now clock time in milliseconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  takeAll(counts: readonly CountOf[]): Exceeded | undefined {
    for (let at = 0; at < counts.length; at++) {
      const { name, rate } = counts[at]!;
      const quota = this.take(name, rate);
      if (!quota.isWithin) return { at, quota };
    }
    return undefined;
  }

  /** Counts one call. */
  take(name: string, rate: Rate): Quota {
    const now = this.#now();
    const windows = this.#windowsOf(rate.perMs, now);
    const window = windows.get(name, now) ?? windows.begin(name, now);
    const isWithin = window.calls < rate.calls;
    if (isWithin) window.calls += 1;
    return { isWithin, remaining: Math.max(0, rate.calls - window.calls), resetMs: window.endsAt - now };
  }

  look(name: string, rate: Rate): Quota {
    const now = this.#now();
    const window = this.#windows.get(rate.perMs)?.get(name, now);
    if (!window) return { isWithin: true, remaining: rate.calls, resetMs: rate.perMs };
    const remaining = Math.max(0, rate.calls - window.calls);
    return { isWithin: remaining > 0, remaining, resetMs: window.endsAt - now };
  }

  /** The present window of a name; undefined: it has none. */
  window(name: string, { perMs }: Rate): Readonly<Window> | undefined {
    return this.#windows.get(perMs)?.get(name, this.#now());
  }

  /** What a store has counted takes the place of what was counted here. */
  learn(name: string, { perMs }: Rate, calls: number, leftMs: number, storedEnd: number): void {
    const now = this.#now();
    const windows = this.#windowsOf(perMs, now);
    const known = windows.get(name, now);
    const window = known?.storedEnd === storedEnd ? known : windows.begin(name, now);
    Object.assign(window, { calls, endsAt: now + leftMs, storedEnd });
  }

  #windowsOf(perMs: number, now: number): Windows {
    let windows = this.#windows.get(perMs);
    if (!windows) {
      windows = new Windows(perMs, now);
      this.#windows.set(perMs, windows);
    }
    return windows;
  }

  /** Names that are kept now. */
  get size(): number {
    let size = 0;
    for (const windows of this.#windows.values()) size += windows.size;
    return size;
  }
}

/**
 * The windows of one length. Two maps take turns, so that those that are over go together: taking single names out at the front
 * of a map of many costs a walk over all that were there before.
 */
class Windows {
  readonly #perMs: number;
  #now = new Map<string, Window>();
  /** Windows that began before `#since`. */
  #before = new Map<string, Window>();
  /** Clock time in milliseconds. */
  #since: number;

  constructor(perMs: number, now: number) {
    this.#perMs = perMs;
    this.#since = now;
  }

  get size(): number {
    return this.#now.size + this.#before.size;
  }

  /** The window of the name that is not over. */
  get(name: string, now: number): Window | undefined {
    const window = this.#now.get(name) ?? this.#before.get(name);
    return window && window.endsAt > now ? window : undefined;
  }

  begin(name: string, now: number): Window {
    const isOver = now - this.#since >= this.#perMs;
    // Beyond the bound, the windows that began first are forgotten before they are over.
    if (isOver || this.#now.size >= MAX_NAMES / 2) {
      this.#before = this.#now;
      this.#now = new Map();
      this.#since = now;
    }
    const window = { calls: 0, endsAt: now + this.#perMs, storedEnd: 0 };
    this.#now.set(name, window);
    return window;
  }
}
