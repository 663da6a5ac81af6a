import type { EndStart } from '../protocol/end-start.js';
import type { Clock } from '../time/clock.js';

/** How many servers may be starting at once. */
export interface StartBound {
  /** Whether one more may start beside those that are. Not asked when none is: the first one always may. */
  mayStart(starting: number): boolean;
  /** A start has ended after this time, in milliseconds, or takes longer than it keeps others waiting. @param isUp the server has answered */
  ended?(tookMs: number, isUp: boolean): void;
}

/** Lets a bounded number of servers start at the same time. Five hundred at once would only slow each other down. */
export class StartLimit {
  readonly #bound: StartBound;
  readonly #maxHoldMs: number;
  readonly #clock: Clock;
  #starting = 0;
  readonly #waiting: (() => void)[] = [];

  /**
   * @param most How many may be starting, always at least one.
   * @param maxHoldMs A server that takes longer to start, for a download perhaps, no longer keeps others from starting.
   */
  constructor(most: number | StartBound, maxHoldMs: number, clock: Clock) {
    this.#bound = typeof most === 'number' ? { mayStart: (starting) => starting < most } : most;
    this.#maxHoldMs = maxHoldMs;
    this.#clock = clock;
  }

  /**
   * Resolves when one more server may start, in the order of the calls, or when `signal` aborts. The returned function lets
   * the next server start; it is to be called when the server has answered or has exited.
   */
  async acquire(signal: AbortSignal): Promise<EndStart> {
    if (signal.aborted) return () => {};
    if (this.#waiting.length === 0 && this.#mayStart) this.#starting += 1;
    else if (!(await this.#turn(signal))) return () => {};
    let entered = true;
    const startedAt = this.#clock.now();
    const leave: EndStart = (isUp = false) => {
      if (!entered) return;
      entered = false;
      cancelTimer();
      this.#starting -= 1;
      this.#bound.ended?.(this.#clock.now() - startedAt, isUp);
      // Places are handed on directly, so that no later call takes one.
      while (this.#waiting.length > 0 && this.#mayStart) {
        this.#starting += 1;
        this.#waiting.shift()!();
      }
    };
    const cancelTimer = this.#clock.after(this.#maxHoldMs, leave);
    return leave;
  }

  get #mayStart(): boolean {
    return this.#starting === 0 || this.#bound.mayStart(this.#starting);
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
