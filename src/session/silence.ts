export interface SilenceOptions {
  /** The shortest silence that may count as deafness, in milliseconds. */
  deafAfterMs: number;
  /** How many times the longest silence seen so far counts as deafness. */
  deafFactor: number;
}

/**
 * Finds sockets that are alive on the wire but deaf: the self-hosted endpoint forgets a connection that replaced
 * another one, still answers its pings, and never asks it anything again.
 *
 * The bound is learned: `deafFactor` times the longest silence this link has ever seen, at least `deafAfterMs`.
 * It only grows, so an endpoint that is merely quiet is redialled a few times in its life, not once a minute; and
 * after a redial the watch rests until the endpoint has asked something by itself, so a deaf one is not hammered.
 */
export class Silence {
  readonly #options: SilenceOptions;
  #openedAt = 0;
  #lastAt = 0;
  #heardInThisConnection = false;
  #armed = true;
  /** Longest wait between open and first message, and between messages; undefined before the first one. */
  #longestFirstMs: number | undefined;
  #longestGapMs: number | undefined;

  constructor(options: SilenceOptions) {
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
    const usual = this.usualMs;
    if (!this.#armed || usual === undefined) return undefined;
    return Math.max(
      0,
      this.#lastAt + Math.max(this.#options.deafAfterMs, this.#options.deafFactor * usual) - now,
    );
  }

  /** The connection is being renewed because of its silence: once is enough until the endpoint speaks again. */
  redialled(): void {
    this.#armed = false;
  }
}
