/**
 * Knows how much of what was sent the far side has read. The system takes megabytes from us long before they arrive, so a
 * ping is sent behind them: it is answered by whoever has read everything before it (RFC 6455 §5.5.2).
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
    // Pongs may come unasked, with anything in them (§5.5.3).
    if (!(read > this.#read && read <= this.#asked)) return;
    this.#read = read;
    this.#release(read);
  }

  /** Resolves when the far side has read everything that has been sent so far, or with `end`. */
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
