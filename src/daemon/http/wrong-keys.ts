import { networkOf } from '../../protocol/network.js';
import type { Clock } from '../../time/clock.js';

/** How long the answer to the first wrong key of an address takes, in milliseconds; each further one takes twice as long. */
const FIRST_DELAY_MS = 250;
/** The longest, in milliseconds: a person who mistypes waits no longer. */
const LONGEST_DELAY_MS = 4_000;
/** An address without wrong keys for this long begins anew, in milliseconds. */
const FORGOTTEN_MS = 60_000;
/** Wrong keys of an address whose answers wait; further tries are not even looked at. */
const MAX_WAITING = 4;
/** Addresses that are remembered; the oldest are forgotten. */
const MAX_ADDRESSES = 1_000;

interface Tries {
  wrong: number;
  waiting: number;
  lastAt: number;
}

/** Slows down who tries keys: one address gets one answer in some seconds. Of IPv6 that is a network, as each customer has 2^64 addresses. */
export class WrongKeys {
  readonly #clock: Pick<Clock, 'now' | 'after'>;
  readonly #tries = new Map<string, Tries>();

  constructor(clock: Pick<Clock, 'now' | 'after'>) {
    this.#clock = clock;
  }

  /** Whether a further key of this address is looked at. */
  mayTry(address: string): boolean {
    return (this.#tries.get(networkOf(address))?.waiting ?? 0) < MAX_WAITING;
  }

  /** A key of this address was wrong: calls `answer` after a while. */
  wrong(address: string, answer: () => void): void {
    const now = this.#clock.now();
    const network = networkOf(address);
    const known = this.#tries.get(network);
    const before = known && (known.waiting > 0 || now - known.lastAt < FORGOTTEN_MS) ? known : undefined;
    const tries = before ?? { wrong: 0, waiting: 0, lastAt: now };
    this.#tries.delete(network);
    this.#tries.set(network, tries);
    const [oldest] = this.#tries.keys();
    if (this.#tries.size > MAX_ADDRESSES) this.#tries.delete(oldest!);
    const delayMs = Math.min(FIRST_DELAY_MS * 2 ** Math.min(tries.wrong, 10), LONGEST_DELAY_MS);
    tries.wrong += 1;
    tries.waiting += 1;
    tries.lastAt = now;
    // Its place is kept until then: who hangs up does not try faster.
    this.#clock.after(delayMs, () => {
      tries.waiting -= 1;
      answer();
    });
  }
}
