import type { Clock } from '../../time/clock.js';
import type { RouterPart } from './router-context.js';

/** Waits for conditions, which are checked whenever `changed` is called. */
export class Waiters implements RouterPart {
  readonly #clock: Clock;
  readonly #waiting = new Set<() => void>();
  #isClosed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Checks every condition. Call it after each change that may have met one. */
  changed(): void {
    for (const look of [...this.#waiting]) look();
  }

  /** Resolves with true as soon as `condition` holds; with false after `timeoutMs`, or after `close`. */
  until(condition: () => boolean, timeoutMs: number): Promise<boolean> {
    if (condition()) return Promise.resolve(true);
    if (this.#isClosed || timeoutMs <= 0) return Promise.resolve(false);
    return new Promise((resolve) => {
      const done = (held: boolean) => {
        cancelTimer();
        this.#waiting.delete(look);
        resolve(held);
      };
      const look = () => {
        if (condition()) done(true);
        else if (this.#isClosed) done(false);
      };
      const cancelTimer = Number.isFinite(timeoutMs)
        ? this.#clock.after(timeoutMs, () => done(false))
        : () => {};
      this.#waiting.add(look);
    });
  }

  /** Resolves with the answer, or with `late` after `timeoutMs`. */
  async within<T>(answer: Promise<T>, timeoutMs: number): Promise<T | 'late'> {
    let cancelTimer = () => {};
    const late = new Promise<'late'>((resolve) => {
      cancelTimer = this.#clock.after(timeoutMs, () => resolve('late'));
    });
    const first = await Promise.race([answer, late]);
    cancelTimer();
    return first;
  }

  /** Ends every wait; each resolves with false. */
  close(): void {
    this.#isClosed = true;
    this.changed();
  }
}

/** Resolves when all given promises have; undefined when there is none. */
export function whenAll(promises: readonly (Promise<void> | undefined)[]): Promise<void> | undefined {
  return promises.some((promise) => promise) ? Promise.all(promises).then(() => {}) : undefined;
}
