/**
 * Knows how many of the sent bytes the far side has read. The system takes megabytes long before they arrive, so a ping is
 * sent behind them: the far side answers the ping only after it has read everything before it (RFC 6455 §5.5.2).
 */
// D32
export class ReadConfirmations {
  readonly #ping: (payload: string) => void;
  #sent = 0;
  #read = 0;
  #asked = 0;
  #waiting: { upTo: number; resolve: () => void }[] = [];

  constructor(ping: (payload: string) => void) {
    this.#ping = ping;
  }

  sent(bytes: number): void {
    this.#sent += bytes;
  }

  /** Bytes that the far side may not have read. */
  get unreadBytes(): number {
    return this.#sent - this.#read;
  }

  ask(): void {
    this.#asked = this.#sent;
    this.#ping(String(this.#sent));
  }

  ponged(payload: Buffer): void {
    const read = Number(payload.toString('latin1'));
    // An endpoint may send pongs without a ping, with any content (§5.5.3).
    if (!(read > this.#read && read <= this.#asked)) return;
    this.#read = read;
    this.#release(read);
  }

  /** Resolves when the far side has read everything that was sent so far, or when `end` is called. */
  whenRead(): Promise<void> {
    if (this.#asked < this.#sent) this.ask();
    return new Promise((resolve) => this.#waiting.push({ upTo: this.#sent, resolve }));
  }

  end(): void {
    this.#release(Number.POSITIVE_INFINITY);
  }

  #release(upTo: number): void {
    const waiting = this.#waiting;
    this.#waiting = waiting.filter((one) => one.upTo > upTo);
    for (const one of waiting) if (one.upTo <= upTo) one.resolve();
  }
}
