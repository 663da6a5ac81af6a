interface Holding {
  bytes: number;
  end: () => void;
}

/**
 * Bytes that many connections hold together: what they have begun to send, for instance, and not finished. Beyond the bound
 * one of them is ended: of those that hold at least as much as most, the one in which nothing has moved for the longest time.
 * So nobody can keep others out by holding what he never finishes.
 */
export class SharedBytes {
  readonly #maxBytes: number;
  /** Whoever moved last stands last. */
  readonly #holdings = new Map<object, Holding>();
  #total = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The holder has so many bytes now; 0 for none. `end` is called, once, when it must give them back. */
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
