export interface InactivityOptions {
  /** The shortest silence that may count as deafness, in milliseconds. */
  deafAfterMs: number;
  /** How many times the longest silence seen so far counts as deafness. */
  deafFactor: number;
  /** How long a connection on which nothing was ever asked is trusted, in milliseconds; 0 for ever. */
  unaskedAfterMs: number;
}

/** Each renewal that brought nothing makes the next wait this many times longer. */
const UNASKED_GROWTH = 4;

/**
 * Finds sockets that are alive on the wire but deaf: the self-hosted endpoint forgets a connection that replaced
 * another one, still answers its pings, and never asks it anything again.
 *
 * The bound is learned: `deafFactor` times the longest silence this link has ever seen, at least `deafAfterMs`.
 * A connection on which nothing was ever asked teaches no bound. It is renewed once after `unaskedAfterMs`, unless it
 * follows one that we closed ourselves: then no other connection was there that it could have replaced, and its endpoint
 * is merely idle. Each renewal in vain makes the next wait four times as long, so an idle endpoint that is restarted every
 * night is dialled a few times more in its life.
 *
 * The learned bound only grows, so an endpoint that is merely quiet is redialled a few times in its life, not once a minute; and
 * after a redial the watch rests until the endpoint has asked something by itself, so a deaf one is not hammered.
 */
export class InactivityDetector {
  readonly #options: InactivityOptions;
  #openedAt = 0;
  #lastAt = 0;
  #heardInThisConnection = false;
  #armed = true;
  /** Longest wait between open and first message, and between messages; undefined before the first one. */
  #longestFirstMs: number | undefined;
  #longestGapMs: number | undefined;
  /** The present connection may have replaced another one. */
  #isSuspect = true;
  #unaskedFactor = 1;

  constructor(options: InactivityOptions) {
    this.#options = options;
  }

  opened(now: number): void {
    this.#openedAt = now;
    this.#lastAt = now;
    this.#heardInThisConnection = false;
  }

  /** A message came. The burst of a handshake right after open teaches nothing about later silences. */
  heard(now: number): void {
    const gap = now - this.#lastAt;
    this.#lastAt = now;
    const first = !this.#heardInThisConnection;
    this.#heardInThisConnection = true;
    this.#unaskedFactor = 1;
    if (first) this.#longestFirstMs = Math.max(this.#longestFirstMs ?? 0, gap);
    if (now - this.#openedAt < this.#options.deafAfterMs / 12) return;
    if (!first) this.#longestGapMs = Math.max(this.#longestGapMs ?? 0, gap);
    this.#armed = true;
  }

  /** The longest silence that has proved harmless in the present situation; undefined while nothing is known. */
  get usualMs(): number | undefined {
    return this.#heardInThisConnection ? this.#longestGapMs : this.#longestFirstMs;
  }

  silentMs(now: number): number {
    return now - this.#lastAt;
  }

  /** Milliseconds from `now` until the silence counts as deafness; undefined when it never will. */
  deafInMs(now: number): number | undefined {
    const bounds = [this.#learnedMs, this.#unaskedMs].filter((bound) => bound !== undefined);
    return bounds.length > 0 ? Math.max(0, this.#lastAt + Math.min(...bounds) - now) : undefined;
  }

  /** What speaks against the present connection is only that nothing was ever asked on it. */
  isNeverAsked(now: number): boolean {
    return !this.#heardInThisConnection && this.silentMs(now) < (this.#learnedMs ?? Number.POSITIVE_INFINITY);
  }

  /** The connection is being renewed because of its silence: once is enough until the endpoint speaks again. */
  redialled(): void {
    this.#armed = false;
    if (!this.#heardInThisConnection) this.#unaskedFactor *= UNASKED_GROWTH;
  }

  /** The present connection has ended, by a closing handshake of ours or otherwise. */
  ended(byUs: boolean): void {
    this.#isSuspect = !byUs;
  }

  get #learnedMs(): number | undefined {
    const { deafAfterMs, deafFactor } = this.#options;
    const usual = this.usualMs;
    // D7, D31: the bound is learned, and grows only.
    return this.#armed && usual !== undefined ? Math.max(deafAfterMs, deafFactor * usual) : undefined;
  }

  get #unaskedMs(): number | undefined {
    const { unaskedAfterMs } = this.#options;
    // D34
    return !this.#heardInThisConnection && this.#isSuspect && unaskedAfterMs > 0
      ? unaskedAfterMs * this.#unaskedFactor
      : undefined;
  }
}
