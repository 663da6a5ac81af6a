import type { Diagnosis } from '../protocol/diagnosis.js';

export interface SlowRetryOptions {
  maxDelayMs: number;
  /** A number in [0, 1). */
  random: () => number;
}

/** Longer waits for causes that time alone does not cure; they grow while the same cause repeats. */
export class SlowRetry {
  readonly #options: SlowRetryOptions;
  #cause: Diagnosis['cause'] | undefined;
  #repeats = 0;
  #lastWaitMs = 0;

  constructor(options: SlowRetryOptions) {
    this.#options = options;
  }

  delayMs({ cause, action, openForMs }: Diagnosis, backoffMs: number): number {
    // The count starts anew with another cause, or after a connection that lasted much longer than the wait before it.
    if (cause !== this.#cause || (openForMs ?? 0) > 10 * this.#lastWaitMs) this.#repeats = 0;
    this.#cause = cause;
    if (action.kind === 'retry') {
      this.#lastWaitMs = backoffMs;
      return backoffMs;
    }
    const { maxDelayMs, random } = this.#options;
    // A random part of up to half as much is added, so that links that were rejected together do not dial together.
    const grown = action.notBeforeMs * 2 ** this.#repeats * (1 + random() / 2);
    this.#repeats += 1;
    this.#lastWaitMs = Math.round(Math.max(action.notBeforeMs, backoffMs, Math.min(maxDelayMs, grown)));
    return this.#lastWaitMs;
  }
}
