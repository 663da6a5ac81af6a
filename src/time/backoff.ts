export interface BackoffOptions {
  /** The upper bound of the first wait, and the lower bound of all later ones, in milliseconds. */
  minDelayMs: number;
  /** The longest wait, in milliseconds. */
  maxDelayMs: number;
  /** A number in [0, 1); an option, so that tests can replace chance. */
  random: () => number;
}

/**
 * Exponential backoff with full jitter: the upper bound doubles with each attempt, and the wait is drawn evenly below
 * it, so that links that lost their connections together do not dial together. The first wait is drawn from [0, min),
 * so that a link that was stable is back soon. Later waits are at least min, for endpoints that keep closing (D29).
 */
export class Backoff {
  readonly #options: BackoffOptions;
  #attempt = 0;

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  /** Number of waits since the last reset. */
  get attempt(): number {
    return this.#attempt;
  }

  nextDelayMs(): number {
    const { minDelayMs, maxDelayMs, random } = this.#options;
    // D4, D29
    const floor = this.#attempt === 0 ? 0 : minDelayMs;
    // 2 ** 1100 is Infinity, and 0 * Infinity is NaN.
    const ceiling = Math.min(maxDelayMs, minDelayMs * 2 ** Math.min(this.#attempt, 1000));
    this.#attempt += 1;
    return Math.round(floor + random() * Math.max(0, ceiling - floor));
  }

  reset(): void {
    this.#attempt = 0;
  }
}
