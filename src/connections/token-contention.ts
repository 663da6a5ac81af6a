import type { Diagnosis } from '../protocol/diagnosis.js';
import type { LeaseHolder } from '../protocol/lease-words.js';
import type { OnStatus } from '../protocol/status.js';
import type { Clock } from '../time/clock.js';

/** A token is contested after this many replacements in a row … */
// D83
const CONTENTION_TIMES = 3;
/**
 * … of connections that were open for less than this. Time spent waiting between our own dials does not count. The other
 * client may be another mcp-pipe, whose waits are 15, 30 and 60 s, and at most three minutes once it slows down, too.
 */
const SEPARATE_AFTER_MS = 300_000;
/**
 * The first wait while a token is contested; each further wait is twice as long. The user has time to find the other
 * client.
 */
const CONTENTION_DELAY_MS = 120_000;
/** A token is no longer contested after this much connected time, summed over connections. */
const UNCONTESTED_AFTER_MS = 120_000;

export interface TokenContentionOptions {
  /** The longest wait, in milliseconds. */
  maxDelayMs: number;
  /** A number in [0, 1). */
  random: () => number;
  /** Another process of this machine that uses the token. */
  otherProcess: () => LeaseHolder | undefined;
  clock: Pick<Clock, 'now' | 'after'>;
  onStatus: OnStatus;
}

/**
 * Two clients with one token replace each other's connection for as long as both dial again (D83). This link slows down to
 * minutes when it notices that, and reports it.
 */
export class TokenContention {
  readonly #options: TokenContentionOptions;
  /** How long each of the last replaced connections had been open, in milliseconds. */
  #livedMs: number[] = [];
  #waits = 0;
  /** Connected time since the last replacement, in milliseconds. */
  #uncontestedMs = 0;

  constructor(options: TokenContentionOptions) {
    this.#options = options;
  }

  get isOn(): boolean {
    return this.#waits > 0;
  }

  /** Returns how long to wait before the next dial, in ms: `delayMs`, or longer while the token is contested. */
  delayMs({ cause, siblings, openForMs }: Diagnosis, delayMs: number): number {
    // Other links of this process with the same token are not contention, but too many connections for the endpoint.
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

  /** Call it when a connection is open, and the returned function when it has ended, before `delayMs`. */
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
