import type { AlertChange } from './tracker.js';
import { keyOf } from './tracker.js';

/** A change with the reason in words, redacted. */
export interface AlertNews extends AlertChange {
  /** When it changed, in milliseconds since 1970. */
  at: number;
  /** What happened and what to do; undefined when nothing is known. Of `recovered`, only if its alert was not sent. */
  why: string | undefined;
}

/** What one message says. */
export interface Parcel {
  news: readonly AlertNews[];
  /** Number of alerts that did not fit. */
  more: number;
}

/**
 * What a channel has still to say: one item for each subject, so it stays small however long the channel cannot be reached.
 * An alert that ends before it was sent becomes one item, with its reason.
 */
// D150
export class Outbox {
  readonly #bound: number;
  readonly #waiting = new Map<string, AlertNews>();
  /** Subjects whose alert the channel has got, and not yet its end. */
  readonly #told = new Set<string>();
  /** What was taken, until it is known whether it was sent. */
  #taken = new Map<string, AlertNews>();
  #more = 0;

  constructor(bound: number) {
    this.#bound = bound;
  }

  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  add(news: AlertNews): void {
    const key = keyOf(news.subject);
    if (news.state === 'raised') return this.#put(key, news);
    const isTold = this.#told.has(key);
    const unsent = this.#waiting.get(key) ?? this.#taken.get(key);
    // The channel was added after the alert.
    if (!unsent && !isTold) return;
    this.#put(key, { ...news, why: isTold ? undefined : unsent?.why });
  }

  /** Takes everything. Call `sent`, `rejected` or `putBack` with it. */
  take(): Parcel {
    const news = [...this.#waiting.values()];
    this.#taken = new Map(this.#waiting);
    this.#waiting.clear();
    const more = this.#more;
    this.#more = 0;
    return { news, more };
  }

  /** The channel has got it. */
  sent({ news }: Parcel): void {
    this.#taken.clear();
    for (const { subject, state } of news) {
      const key = keyOf(subject);
      if (state === 'recovered') this.#told.delete(key);
      else this.#told.add(key);
      const later = this.#waiting.get(key);
      if (later?.state === 'recovered' && state === 'raised')
        this.#waiting.set(key, { ...later, why: undefined });
    }
  }

  /** The channel does not want it, and it is not sent again. */
  rejected(): void {
    this.#taken.clear();
  }

  /** It was not sent; what came later counts. */
  putBack({ news, more }: Parcel): void {
    const later = [...this.#waiting.values()];
    this.#waiting.clear();
    this.#taken.clear();
    for (const one of news) this.#put(keyOf(one.subject), one);
    for (const one of later) this.#put(keyOf(one.subject), one);
    this.#more += more;
  }

  /** Forgets subjects that are not there any more. */
  keepOnly(keys: ReadonlySet<string>): void {
    for (const key of this.#waiting.keys()) if (!keys.has(key)) this.#waiting.delete(key);
    for (const key of this.#told) if (!keys.has(key)) this.#told.delete(key);
  }

  #put(key: string, news: AlertNews): void {
    if (!this.#waiting.has(key) && this.#waiting.size >= this.#bound) {
      this.#more += 1;
      return;
    }
    this.#waiting.delete(key);
    this.#waiting.set(key, news);
  }
}
