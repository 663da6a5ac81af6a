export interface InactivityOptions {
  /** The shortest silence that may count as deafness, in milliseconds. */
  deafAfterMs: number;
  /** How many times the longest silence seen so far counts as deafness. */
  deafFactor: number;
  /** How long a connection without any request is trusted, in milliseconds; 0 for ever. */
  unaskedAfterMs: number;
}

/** After each new connection that got no request either, the next wait is this many times longer. */
const UNASKED_GROWTH = 4;

/**
 * Finds deaf connections: sockets that are open although the endpoint has forgotten them (D7). The self-hosted endpoint
 * forgets a connection that replaced another one; it still answers pings, and sends no request any more.
 *
 * The bound is learned (D31): `deafFactor` times the longest silence that this link has seen, and at least `deafAfterMs`.
 * It only grows, so a quiet endpoint is redialled a few times in all, not once a minute. After a redial nothing is judged
 * until the endpoint has sent a request, so a deaf endpoint is not dialled again and again.
 *
 * A connection without any request teaches no bound (D34). It is renewed once after `unaskedAfterMs`, unless it follows a
 * connection that mcp-pipe closed: then it has replaced none, and the endpoint is only idle. Each renewal in vain makes the
 * next wait `UNASKED_GROWTH` times as long.
 */
export class InactivityDetector {
  readonly #options: InactivityOptions;
  #openedAt = 0;
  #lastAt = 0;
  #heardInThisConnection = false;
  #armed = true;
  /** Longest wait from open to the first message, and between messages; undefined before the first message. */
  #longestFirstMs: number | undefined;
  #longestGapMs: number | undefined;
  /** True when the present connection may have replaced another one. */
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

  /** Call it for each message. Messages of the handshake, right after open, say nothing about later silences. */
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

  /** The longest silence, in ms, that a message has followed in the present situation; undefined while none is known. */
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

  /** Whether the connection would be renewed only because it never got a request. */
  isNeverAsked(now: number): boolean {
    const learnedMs = this.#learnedMs ?? Number.POSITIVE_INFINITY;
    // In the same order of terms as in `deafInMs`: times are fractions, and another order is rounded differently.
    return !this.#heardInThisConnection && this.#lastAt + learnedMs - now > 0;
  }

  /**
   * Call it when the connection is renewed because of its silence. The learned bound is not used until the endpoint has
   * sent a message.
   */
  redialled(): void {
    this.#armed = false;
    if (!this.#heardInThisConnection) this.#unaskedFactor *= UNASKED_GROWTH;
  }

  /** Call it when the connection has ended; `byUs` when mcp-pipe closed it. */
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
