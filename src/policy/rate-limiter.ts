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

/** Counts calls under names: those of keys, addresses, servers, tools. */
export interface RateLimiter {
  /** Counts one call. A promise where counts are kept elsewhere, shared with other processes; it never rejects. */
  take(name: string, rate: Rate): Quota | Promise<Quota>;
  /** What is left as far as this process knows; counts nothing. */
  look(name: string, rate: Rate): Quota;
}

interface Window {
  calls: number;
  /** Clock time in milliseconds. */
  endsAt: number;
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

  take(name: string, rate: Rate): Quota {
    const now = this.#now();
    let windows = this.#windows.get(rate.perMs);
    if (!windows) {
      windows = new Windows(rate.perMs, now);
      this.#windows.set(rate.perMs, windows);
    }
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
    const window = { calls: 0, endsAt: now + this.#perMs };
    this.#now.set(name, window);
    return window;
  }
}
