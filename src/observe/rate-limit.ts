import type { Clock } from '../time/clock.js';

export interface RateLimitOptions {
  /** Number of events that may pass at once. */
  burst: number;
  /** Number of further events per second. */
  perSecond: number;
  /** How often the number of dropped events is reported while events are dropped, in milliseconds. */
  reportEveryMs: number;
  clock: Clock;
  /** Called with the number of events dropped since the last report; the sum is the number that `take` refused. */
  onDropped: (count: number) => void;
}

/** A token bucket that counts the events it refuses, and reports them when the flood ends and now and then during it. */
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

  /** Returns whether one more event may pass now. */
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
    // Half full again: there was a pause, so the report comes before the next event.
    if (this.#dropped > 0 && this.#tokens >= burst / 2) this.report();
    this.#tokens -= 1;
    return true;
  }

  /** Reports the events dropped since the last report, if any. */
  report(): void {
    this.#cancelReport?.();
    this.#cancelReport = undefined;
    const count = this.#dropped;
    this.#dropped = 0;
    if (count > 0) this.#options.onDropped(count);
  }
}
