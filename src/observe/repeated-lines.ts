/** Longer than any stack; what comes after is news. */
const MAX_LINES = 40;
const MAX_LENGTH = 500;

/**
 * What a server wrote before it crashed, so that the same words of the next life can be told from news. A crash loop
 * repeats its stack each time; reading it once is enough.
 */
export class RepeatedLines {
  #ofLast: readonly string[] = [];
  #ofThis: string[] = [];
  #differs = false;
  #crashed = false;

  /** Takes in a line of this life. Whether it, and each one before it, stands at the same place in the crash before. */
  repeats(line: string): boolean {
    if (this.#ofThis.length >= MAX_LINES) return false;
    const start = line.slice(0, MAX_LENGTH);
    this.#differs ||= line.length > MAX_LENGTH || this.#ofLast[this.#ofThis.length] !== start;
    this.#ofThis.push(start);
    return !this.#differs;
  }

  /** The life ended by itself. */
  crashed(): void {
    this.#ofLast = this.#ofThis;
    this.#crashed = true;
    this.#begin();
  }

  /** Another life begins. */
  started(): void {
    // Crashes in a row only: the life before went well.
    if (!this.#crashed) this.#ofLast = [];
    this.#crashed = false;
    this.#begin();
  }

  #begin(): void {
    this.#ofThis = [];
    this.#differs = false;
  }
}
