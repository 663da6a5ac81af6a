import type { Diagnosis } from '../protocol/diagnosis.js';
import type { LeaseHolder, OnStatus } from '../protocol/status.js';
import type { Clock } from '../time/clock.js';

/** So many replacements in a row … */
// D83
const WAR_TIMES = 3;
/**
 * … of connections that lived for less than this; our own waiting in between is no peace. The other one may be an
 * mcp-pipe as well, which is back after 15 s, 30 s, 60 s, and after three minutes at most once it calls it a war.
 */
const LULL_MS = 300_000;
/** The first wait in a war; the next ones double. Long enough to see the other one work, and to look for it. */
const WAR_DELAY_MS = 120_000;
/** A token is no longer contested after this long of being connected, be it in several connections. */
const PEACE_AFTER_MS = 120_000;

export interface TokenWarOptions {
  /** The longest wait. */
  maxDelayMs: number;
  /** A number in [0, 1). */
  random: () => number;
  /** Another process of this machine that uses the token. */
  stranger: () => LeaseHolder | undefined;
  clock: Pick<Clock, 'now' | 'after'>;
  onStatus: OnStatus;
}

/**
 * Two owners of one token take it from each other for as long as both dial again. Whoever notices slows down to minutes,
 * and says what to look for.
 */
export class TokenWar {
  readonly #options: TokenWarOptions;
  /** How long each of the last replaced connections had been open, in milliseconds. */
  #livedMs: number[] = [];
  #waits = 0;
  /** For how long the link has been connected since the last replacement. */
  #peacefulMs = 0;

  constructor(options: TokenWarOptions) {
    this.#options = options;
  }

  get isOn(): boolean {
    return this.#waits > 0;
  }

  /** A connection has ended, and would be made again after `delayMs`; the result is when it should be. */
  delayMs({ cause, siblings, openForMs }: Diagnosis, delayMs: number): number {
    // Links of our own are no strangers: those are more connections than the endpoint allows.
    if (cause !== 'replaced' || siblings > 0) return delayMs;
    this.#peacefulMs = 0;
    const livedMs = openForMs ?? 0;
    this.#livedMs = [...(livedMs < LULL_MS ? this.#livedMs : []), livedMs].slice(-WAR_TIMES);
    const withinMs = this.#livedMs.reduce((sum, ms) => sum + ms, 0);
    if (this.#livedMs.length < WAR_TIMES) return delayMs;
    const { maxDelayMs, random, stranger, onStatus } = this.#options;
    const grown = WAR_DELAY_MS * 2 ** this.#waits * (1 + random() / 2);
    this.#waits += 1;
    const nextDialMs = Math.round(Math.max(delayMs, WAR_DELAY_MS, Math.min(maxDelayMs, grown)));
    onStatus({ type: 'token-war', times: this.#livedMs.length, withinMs, nextDialMs, holder: stranger() });
    return nextDialMs;
  }

  /** A connection is open; the result is to be called when it has ended, before `delayMs`. */
  opened(): () => void {
    const { clock } = this.#options;
    const openedAt = clock.now();
    const cancelTimer = clock.after(Math.max(0, PEACE_AFTER_MS - this.#peacefulMs), () => this.#end());
    return () => {
      cancelTimer();
      this.#peacefulMs += clock.now() - openedAt;
    };
  }

  #end(): void {
    if (!this.isOn) return;
    this.#livedMs = [];
    this.#waits = 0;
    this.#options.onStatus({ type: 'token-peace', openForMs: PEACE_AFTER_MS });
  }
}
