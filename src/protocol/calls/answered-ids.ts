import type { IdKey } from '../envelope.js';

/** Most ids kept of the present connection: the ones answered last. */
const MAX_RECENT = 1_024;
/** Most ids kept of earlier connections. */
const MAX_EARLIER = 4_096;

/**
 * Ids that were answered on earlier connections. Some servers answer a request twice, the second time after another request
 * has got the same id. So a request with such an id is sent under another one.
 */
export class AnsweredIds {
  /** A ring buffer, because each answer may cost only one write. */
  readonly #recent: IdKey[] = [];
  #at = 0;
  readonly #earlier = new Set<IdKey>();

  answered(key: IdKey): void {
    this.#recent[this.#at] = key;
    this.#at = (this.#at + 1) % MAX_RECENT;
  }

  /** Whether the id was answered on the present connection. */
  isRecent(key: IdKey): boolean {
    return this.#recent.includes(key);
  }

  /** Call it when the connection has ended: its ids become those of an earlier connection. */
  leave(): void {
    // Oldest first, because the oldest are forgotten first.
    for (let i = 0; i < this.#recent.length; i++) {
      this.late(this.#recent[(this.#at + i) % this.#recent.length]!);
    }
    this.#recent.length = 0;
    this.#at = 0;
  }

  /** Notes an id that was answered after its connection had ended. */
  late(key: IdKey): void {
    this.#earlier.add(key);
    if (this.#earlier.size > MAX_EARLIER) this.#earlier.delete(this.#earlier.values().next().value!);
  }

  isEarlier(key: IdKey): boolean {
    return this.#earlier.size > 0 && this.#earlier.has(key);
  }
}
