import type { Clock } from '../time/clock.js';

/** Lets a bounded number of servers start at the same time. Five hundred at once would only slow each other down. */
export class StartLimit {
  readonly #maxParallelStarts: number;
  readonly #maxHoldMs: number;
  readonly #clock: Clock;
  #starting = 0;
  readonly #waiting: (() => void)[] = [];

  /** @param maxHoldMs A server that takes longer to start, for a download perhaps, no longer keeps others from starting. */
  constructor(maxParallelStarts: number, maxHoldMs: number, clock: Clock) {
    this.#maxParallelStarts = maxParallelStarts;
    this.#maxHoldMs = maxHoldMs;
    this.#clock = clock;
  }

  /**
   * Resolves when one more server may start, in the order of the calls, or when `signal` aborts. The returned function lets
   * the next server start; it is to be called when the server has answered or has exited.
   */
  async acquire(signal: AbortSignal): Promise<() => void> {
    if (signal.aborted) return () => {};
    if (this.#starting < this.#maxParallelStarts) this.#starting += 1;
    else if (!(await this.#turn(signal))) return () => {};
    let entered = true;
    const leave = () => {
      if (!entered) return;
      entered = false;
      cancelTimer();
      // The place is handed to the next server directly, so that no later call takes it.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#starting -= 1;
    };
    const cancelTimer = this.#clock.after(this.#maxHoldMs, leave);
    return leave;
  }

  /** Waits for a place. Resolves with false when `signal` aborted first. */
  #turn(signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const go = () => {
        signal.removeEventListener('abort', giveUp);
        resolve(true);
      };
      const giveUp = () => {
        this.#waiting.splice(this.#waiting.indexOf(go), 1);
        resolve(false);
      };
      this.#waiting.push(go);
      signal.addEventListener('abort', giveUp, { once: true });
    });
  }
}
