import type { Clock } from '../time/clock.js';
import { STORE } from './store-defaults.js';

export interface LookPaceOptions {
  clock: Pick<Clock, 'now'>;
  /** A number in [0, 1). */
  random: () => number;
  /** See `STORE`. Only a test has another: one for fewer machines. */
  looksPerSecond?: number;
}

interface Waiting {
  /** When the store was asked last, or the link began to wait. */
  since: number;
  /** Which part of the interval passes before the store is asked again. */
  share: number;
  /** It was said to be due, and the link has not come to ask since. */
  isWoken: boolean;
}

/** Until the number of machines is known, a process with more waiting links than this takes it for one of many. */
const FEW = 100;
const MANY = 1_000;

/** Shorter waits than this are none, in ms. */
const AT_ONCE_MS = 50;

/** Says when a waiting link asks the store, so that all links of all machines together ask `STORE.looksPerSecond` times a second. */
// D320
export class LookPace {
  readonly #options: LookPaceOptions;
  /** By the names of the claims. */
  readonly #waiting = new Map<string, Waiting>();
  /** Keys of links that wait for more than one claim. */
  readonly #several = new Set<string>();
  /** How many machines there are; undefined while it is not known. */
  machines: number | undefined;

  constructor(options: LookPaceOptions) {
    this.#options = options;
  }

  /** How long the link that waits for these claims is not to ask yet, in ms; 0: it may ask now. */
  waitMs(names: readonly string[]): number {
    const { clock, random } = this.#options;
    const key = names.join();
    const now = clock.now();
    const waiting = this.#waiting.get(key) ?? { since: now, share: random(), isWoken: false };
    waiting.isWoken = false;
    this.#set(key, waiting);
    const ms = waiting.since + waiting.share * this.#intervalMs() - now;
    return ms < AT_ONCE_MS ? 0 : ms;
  }

  /** The store is being asked. */
  asks(names: readonly string[]): void {
    const { clock, random } = this.#options;
    this.#set(names.join(), { since: clock.now(), share: 0.75 + random() / 2, isWoken: false });
  }

  /** The store gives nothing yet, for `forMs`: when it does, not all ask at once. */
  later(names: readonly string[], forMs: number): void {
    const { clock, random } = this.#options;
    const since = clock.now() + Math.min(forMs, this.#intervalMs());
    this.#set(names.join(), { since, share: random(), isWoken: false });
  }

  /** The links that wait for one of these may ask now. */
  hurry(names: ReadonlySet<string>): void {
    const hurry = (key: string) => {
      const waiting = this.#waiting.get(key);
      if (waiting) waiting.since = Number.NEGATIVE_INFINITY;
    };
    for (const name of names) hurry(name);
    for (const key of this.#several) if (key.split(',').some((name) => names.has(name))) hurry(key);
  }

  /** The link has its lease. */
  ends(names: readonly string[]): void {
    this.#delete(names.join());
  }

  /** Names of the claims that may be asked for within `withinMs`. Forgets links that were due the last time and have not asked. */
  due(withinMs: number): Set<string> {
    const until = this.#options.clock.now() + withinMs;
    const interval = this.#intervalMs();
    const found = new Set<string>();
    for (const [key, waiting] of this.#waiting) {
      if (waiting.since + waiting.share * interval > until) continue;
      if (waiting.isWoken) this.#delete(key);
      waiting.isWoken = true;
      for (const name of key.split(',')) found.add(name);
    }
    return found;
  }

  #set(key: string, waiting: Waiting): void {
    this.#waiting.set(key, waiting);
    if (key.includes(',')) this.#several.add(key);
  }

  #delete(key: string): void {
    this.#waiting.delete(key);
    this.#several.delete(key);
  }

  #intervalMs(): number {
    const links = this.#waiting.size;
    const machines = this.machines ?? (links > FEW ? MANY : 1);
    const { looksPerSecond = STORE.looksPerSecond } = this.#options;
    return (1_000 * machines * links) / looksPerSecond;
  }
}
