import type { Cause } from '../protocol/diagnosis.js';
import type { Reconnected } from '../protocol/renewal.js';
import type { Renewal } from './planned-close.js';

type Doing = Extract<Reconnected, 'closes' | 'dials'>;

/** Passes requests to connect again to the part of the supervisor that can act on them now. */
export class Renewals {
  #now: { does: Doing; act: (renewal: Renewal) => void } | undefined;

  /** Returns what is done; undefined when there is nothing to do. */
  request(renewal: Renewal): Doing | undefined {
    const now = this.#now;
    now?.act(renewal);
    return now?.does;
  }

  /** While `running` is pending, a request is answered by `act`. */
  async during<T>(does: Doing, act: (renewal: Renewal) => void, running: Promise<T>): Promise<T> {
    this.#now = { does, act };
    try {
      return await running;
    } finally {
      this.#now = undefined;
    }
  }
}

/**
 * Remembers a wait that was cut short by a request to dial at once. If that dial fails in the same way, the wait goes on: a
 * request does not make later waits longer, and many requests do not make dials more frequent than they are.
 */
export class CutWait {
  #cut: { cause: Cause; until: number } | undefined;

  /** The wait until `until` (clock time in ms) is cut short. */
  cut(cause: Cause, until: number): void {
    this.#cut = { cause, until };
  }

  /** Call it when a dial has ended. Returns how long the wait goes on, in ms; undefined when another wait begins. */
  restMs(
    { cause, openForMs }: { cause: Cause; openForMs: number | undefined },
    now: number,
  ): number | undefined {
    const before = this.#cut;
    this.#cut = undefined;
    const isSame = before?.cause === cause && openForMs === undefined && before.until > now;
    return isSame ? Math.ceil(before.until - now) : undefined;
  }
}
