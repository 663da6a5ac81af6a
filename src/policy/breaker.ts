import type { BreakerOptions } from '../protocol/call-limits.js';
import type { BreakerState } from '../protocol/server-condition.js';

export type BreakerVerdict = { may: 'pass' | 'probe' } | { retryAfterMs: number };

/**
 * Keeps calls from a server that fails. Pure: the time is given, in clock milliseconds.
 *
 *     closed -- so many failures in a row --> open -- pauseMs, next call --> half-open -- it fails --> open
 *       ^------------------------------------------------------------------------- it works -------|
 */
// D255
export class Breaker {
  options: BreakerOptions;
  #state: BreakerState = 'closed';
  #failures = 0;
  #openedAt = 0;
  readonly #onMove: (to: BreakerState, from: BreakerState) => void;

  constructor(options: BreakerOptions, onMove: (to: BreakerState, from: BreakerState) => void = () => {}) {
    this.options = options;
    this.#onMove = onMove;
  }

  get state(): BreakerState {
    return this.#state;
  }

  /** Failures since the last call that worked. */
  get failures(): number {
    return this.#failures;
  }

  /** Whether a call would be let through, were it to go to the server now. */
  look(now: number): BreakerVerdict {
    if (this.#state === 'closed') return { may: 'pass' };
    const leftMs = this.#openedAt + this.options.pauseMs - now;
    // While the probe runs, its end is not known: the shortest time that spares a client a useless try.
    if (this.#state === 'half-open') return { retryAfterMs: Math.min(1_000, this.options.pauseMs) };
    return leftMs > 0 ? { retryAfterMs: Math.ceil(leftMs) } : { may: 'probe' };
  }

  /** Whether a call may go to the server now. Of one that is a probe, `worked`, `failed` or `probeLost` has to be told. */
  ask(now: number): BreakerVerdict {
    const verdict = this.look(now);
    if ('may' in verdict && verdict.may === 'probe') this.#move('half-open');
    return verdict;
  }

  /** The server has answered, be it with an error of its own. */
  worked(isProbe: boolean): void {
    // A late answer to a call from before says nothing of the server now.
    if (this.#state !== 'closed' && !isProbe) return;
    this.#failures = 0;
    this.#move('closed');
  }

  failed(now: number, isProbe: boolean): void {
    if (this.#state !== 'closed' && !isProbe) return;
    this.#failures += 1;
    if (!isProbe && this.#failures < this.options.failures) return;
    this.#openedAt = now;
    this.#move('open');
  }

  /** The probe has ended without a word of the server: cancelled, refused. The next call is one. */
  probeLost(): void {
    if (this.#state === 'half-open') this.#move('open');
  }

  #move(to: BreakerState): void {
    const from = this.#state;
    if (to === from) return;
    this.#state = to;
    this.#onMove(to, from);
  }
}
