import type { IdKey } from '../envelope.js';

/** Ids that were answered most recently, of the present connection. */
const MAX_RECENT = 1_024;
/** Ids of earlier connections. */
const MAX_EARLIER = 4_096;

/**
 * Ids that were answered on earlier connections. Some servers answer a request twice, the second time when its id has come
 * to mean something else: whoever uses such an id anew gets another one on the way.
 */
export class AnsweredIds {
  /** A ring: one store for each answer is all that it may cost. */
  readonly #recent: IdKey[] = [];
  #at = 0;
  readonly #earlier = new Set<IdKey>();

  answered(key: IdKey): void {
    this.#recent[this.#at] = key;
    this.#at = (this.#at + 1) % MAX_RECENT;
  }

  /** On the present connection. */
  isRecent(key: IdKey): boolean {
    return this.#recent.includes(key);
  }

  /** Whoever asked has left; ids are counted anew from now on. */
  leave(): void {
    // From the oldest on, which are forgotten first.
    for (let i = 0; i < this.#recent.length; i++) {
      this.late(this.#recent[(this.#at + i) % this.#recent.length]!);
    }
    this.#recent.length = 0;
    this.#at = 0;
  }

  /** Answered when whoever asked had left. */
  late(key: IdKey): void {
    this.#earlier.add(key);
    if (this.#earlier.size > MAX_EARLIER) this.#earlier.delete(this.#earlier.values().next().value!);
  }

  isEarlier(key: IdKey): boolean {
    return this.#earlier.has(key);
  }
}
