export interface BackoffOptions {
  /** The first ceiling, and the least wait from the second attempt on, in milliseconds. */
  minDelayMs: number;
  /** The highest ceiling in milliseconds. */
  maxDelayMs: number;
  /** A number in [0, 1); handed in so that tests can own chance. */
  random: () => number;
}

/**
 * Exponential backoff with full jitter: the ceiling doubles with each attempt, the wait is drawn evenly below it,
 * so that many links that fell together do not come back together. The first wait is drawn from [0, min): a link
 * that was stable is back at once. Later ones never fall below min: whoever keeps closing is not hammered.
 */
export class Backoff {
  readonly #options: BackoffOptions;
  #attempt = 0;

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  /** How many delays were given out since the last reset. */
  get attempt(): number {
    return this.#attempt;
  }

  nextDelayMs(): number {
    const { minDelayMs, maxDelayMs, random } = this.#options;
    // D4, D29
    const floor = this.#attempt === 0 ? 0 : minDelayMs;
    // 2 ** 1100 is Infinity, and 0 times that is no number.
    const ceiling = Math.min(maxDelayMs, minDelayMs * 2 ** Math.min(this.#attempt, 1000));
    this.#attempt += 1;
    return Math.round(floor + random() * Math.max(0, ceiling - floor));
  }

  reset(): void {
    this.#attempt = 0;
  }
}
