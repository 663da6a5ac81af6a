import type { Clock } from '../time/clock.js';

export interface RateLimitOptions {
  /** How many may pass at once. */
  burst: number;
  /** How many more each second. */
  perSecond: number;
  /** How often a count of what was dropped is told while it goes on, in milliseconds. */
  reportEveryMs: number;
  clock: Clock;
  /** Told how many were dropped since the last report; the counts add up to all that `take` refused. */
  onDropped: (count: number) => void;
}

/** A token bucket that counts what it refuses and says so: when the flood is over, or now and then while it lasts. */
export class RateLimit {
  readonly #options: RateLimitOptions;
  #tokens: number;
  #filledAt: number;
  #dropped = 0;
  #cancelReport: (() => void) | undefined;

  constructor(options: RateLimitOptions) {
    this.#options = options;
    this.#tokens = options.burst;
    this.#filledAt = options.clock.now();
  }

  /** Whether one more may pass now. */
  take(): boolean {
    const { burst, perSecond, reportEveryMs, clock } = this.#options;
    const now = clock.now();
    this.#tokens = Math.min(burst, this.#tokens + ((now - this.#filledAt) / 1_000) * perSecond);
    this.#filledAt = now;
    if (this.#tokens < 1) {
      this.#dropped += 1;
      this.#cancelReport ??= clock.after(reportEveryMs, () => this.report());
      return false;
    }
    // Half full again: there was a pause, so the count comes before what follows it.
    if (this.#dropped > 0 && this.#tokens >= burst / 2) this.report();
    this.#tokens -= 1;
    return true;
  }

  /** Tells what was dropped since the last report, if anything was. */
  report(): void {
    this.#cancelReport?.();
    this.#cancelReport = undefined;
    const count = this.#dropped;
    this.#dropped = 0;
    if (count > 0) this.#options.onDropped(count);
  }
}
