interface Holding {
  bytes: number;
  end: () => void;
}

/**
 * Counts bytes that many connections hold together, for instance of messages that they have begun to send. Beyond the bound
 * one connection is ended: of those that hold at least the average, the one whose number of bytes has been the same for the
 * longest time. So no connection can keep others out with a message that it never finishes.
 */
export class SharedBytes {
  readonly #maxBytes: number;
  /** In the order in which their numbers changed; the latest change stands last. */
  readonly #holdings = new Map<object, Holding>();
  #total = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Sets how many bytes the holder has now; 0 removes it. `end` is called once, when the holder has to give them up. */
  set(holder: object, bytes: number, end: () => void): void {
    this.delete(holder);
    if (bytes === 0) return;
    this.#holdings.set(holder, { bytes, end });
    this.#total += bytes;
    while (this.#total > this.#maxBytes && this.#holdings.size > 0) this.#endOne();
  }

  delete(holder: object): void {
    const holding = this.#holdings.get(holder);
    if (!holding) return;
    this.#holdings.delete(holder);
    this.#total -= holding.bytes;
  }

  #endOne(): void {
    const average = this.#total / this.#holdings.size;
    for (const [holder, { bytes, end }] of this.#holdings) {
      if (bytes < average) continue;
      this.delete(holder);
      return end();
    }
  }
}
