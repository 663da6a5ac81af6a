import { Backoff, type BackoffOptions } from '../time/backoff.js';
import type { Clock } from '../time/clock.js';
import { withAnySignal } from '../time/with-any-signal.js';
import type { ServerAction } from './diagnose-server.js';

export interface NextStartOptions extends BackoffOptions {
  clock: Clock;
  /** See `config/defaults.ts`. */
  callRetryMs: number;
}

/** When the next life of a server begins: after the usual wait, or earlier where somebody waits for it. */
// D179
export class NextStart {
  /** Failures in a row; a life of `stableAfterMs` ends the row. */
  failures = 0;
  /** Time of the next start after the last failure, clock time in milliseconds; in the past while a life lasts. */
  at = 0;
  /** The last failure was no fault: the server was ended for its limits. */
  isOverLimit = false;
  readonly #options: NextStartOptions;
  readonly #backoff: Backoff;
  /** No call, and no network that is back, brings the next start forward to before these; clock time in milliseconds. */
  #notBefore = { call: 0, network: 0 };
  /** Ends the wait, while there is one. */
  #end: AbortController | undefined;
  #isSkipped = false;

  constructor(options: NextStartOptions) {
    this.#options = options;
    this.#backoff = new Backoff(options);
  }

  /** A life is about to begin. */
  begins(): void {
    this.#isSkipped = false;
  }

  /** Counts a failure. Returns the wait for the next start, in milliseconds. */
  failed(action: ServerAction, isOverLimit = false): number {
    this.failures += 1;
    this.isOverLimit = isOverLimit;
    const { clock, callRetryMs } = this.#options;
    const leastMs = action.kind === 'restart' ? 0 : action.notBeforeMs;
    const waitMs = Math.max(this.#backoff.nextDelayMs(), leastMs);
    const now = clock.now();
    this.at = now + waitMs;
    this.#notBefore = { call: now + Math.max(leastMs, callRetryMs), network: now + leastMs };
    return waitMs;
  }

  /** The server works: the row of failures is over. */
  reset(): void {
    this.#backoff.reset();
    this.failures = 0;
    this.isOverLimit = false;
  }

  /** Waits for so many milliseconds, or until it is brought forward, or `signal` aborts. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    if (this.#isSkipped) return;
    const end = new AbortController();
    this.#end = end;
    await withAnySignal([signal, end.signal], (first) => this.#options.clock.sleep(ms, first));
    this.#end = undefined;
  }

  /** Ends the wait. */
  skip(): void {
    this.at = this.#options.clock.now();
    this.#isSkipped = true;
    this.#end?.abort();
  }

  /**
   * Ends the wait because of a call, or because the network is back. Returns false when nothing waits, when the server asked
   * for more time or wants another login first, or, for a call, when the last try was just now.
   */
  bringForward(why: 'call' | 'network'): boolean {
    const now = this.#options.clock.now();
    if (this.at <= now || now < this.#notBefore[why]) return false;
    // What failed without a network says nothing about the server.
    if (why === 'network') this.#backoff.reset();
    this.skip();
    return true;
  }
}
