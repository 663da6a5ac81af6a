import type { Diagnosis } from '../protocol/diagnosis.js';
import type { LeaseHolder, OnStatus } from '../protocol/status.js';
import type { Clock } from '../time/clock.js';

/** So many replacements in a row … */
// D83
const CONTENTION_TIMES = 3;
/**
 * … of connections that lived for less than this; our own waiting in between does not end it. The other one may be an
 * mcp-pipe as well, which is back after 15 s, 30 s, 60 s, and after three minutes at most once it has noticed.
 */
const SEPARATE_AFTER_MS = 300_000;
/** The first wait while a token is contested; the next ones double. Long enough to see the other one work, and to look for it. */
const CONTENTION_DELAY_MS = 120_000;
/** A token is no longer contested after this long of being connected, be it in several connections. */
const UNCONTESTED_AFTER_MS = 120_000;

export interface TokenContentionOptions {
  /** The longest wait. */
  maxDelayMs: number;
  /** A number in [0, 1). */
  random: () => number;
  /** Another process of this machine that uses the token. */
  otherProcess: () => LeaseHolder | undefined;
  clock: Pick<Clock, 'now' | 'after'>;
  onStatus: OnStatus;
}

/**
 * Two owners of one token take it from each other for as long as both dial again. Whoever notices slows down to minutes,
 * and says what to look for.
 */
export class TokenContention {
  readonly #options: TokenContentionOptions;
  /** How long each of the last replaced connections had been open, in milliseconds. */
  #livedMs: number[] = [];
  #waits = 0;
  /** For how long the link has been connected since the last replacement. */
  #uncontestedMs = 0;

  constructor(options: TokenContentionOptions) {
    this.#options = options;
  }

  get isOn(): boolean {
    return this.#waits > 0;
  }

  /** A connection has ended, and would be made again after `delayMs`; the result is when it should be. */
  delayMs({ cause, siblings, openForMs }: Diagnosis, delayMs: number): number {
    // Links of our own are not meant: those are more connections than the endpoint allows.
    if (cause !== 'replaced' || siblings > 0) return delayMs;
    this.#uncontestedMs = 0;
    const livedMs = openForMs ?? 0;
    this.#livedMs = [...(livedMs < SEPARATE_AFTER_MS ? this.#livedMs : []), livedMs].slice(-CONTENTION_TIMES);
    const withinMs = this.#livedMs.reduce((sum, ms) => sum + ms, 0);
    if (this.#livedMs.length < CONTENTION_TIMES) return delayMs;
    const { maxDelayMs, random, otherProcess, onStatus } = this.#options;
    const grown = CONTENTION_DELAY_MS * 2 ** this.#waits * (1 + random() / 2);
    this.#waits += 1;
    const nextDialMs = Math.round(Math.max(delayMs, CONTENTION_DELAY_MS, Math.min(maxDelayMs, grown)));
    onStatus({
      type: 'token-contention',
      times: this.#livedMs.length,
      withinMs,
      nextDialMs,
      holder: otherProcess(),
    });
    return nextDialMs;
  }

  /** A connection is open; the result is to be called when it has ended, before `delayMs`. */
  opened(): () => void {
    const { clock } = this.#options;
    const openedAt = clock.now();
    const cancelTimer = clock.after(Math.max(0, UNCONTESTED_AFTER_MS - this.#uncontestedMs), () =>
      this.#end(),
    );
    return () => {
      cancelTimer();
      this.#uncontestedMs += clock.now() - openedAt;
    };
  }

  #end(): void {
    if (!this.isOn) return;
    this.#livedMs = [];
    this.#waits = 0;
    this.#options.onStatus({ type: 'token-contention-over', openForMs: UNCONTESTED_AFTER_MS });
  }
}
