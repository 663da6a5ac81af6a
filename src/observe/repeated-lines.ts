/** More lines than any stack trace has; later lines always count as new. */
const MAX_LINES = 40;
const MAX_LENGTH = 500;

/**
 * Remembers the lines that a server wrote before it crashed. A crash loop prints the same stack trace each time, and it
 * needs to be logged only once.
 */
export class RepeatedLines {
  #ofLast: readonly string[] = [];
  #ofThis: string[] = [];
  #differs = false;
  #crashed = false;

  /** Reads a line of this life. Returns whether it and all lines before it stood at the same place in the crash before. */
  repeats(line: string): boolean {
    if (this.#ofThis.length >= MAX_LINES) return false;
    const start = line.slice(0, MAX_LENGTH);
    this.#differs ||= line.length > MAX_LENGTH || this.#ofLast[this.#ofThis.length] !== start;
    this.#ofThis.push(start);
    return !this.#differs;
  }

  /** Call it when the server's process has ended by itself. */
  crashed(): void {
    this.#ofLast = this.#ofThis;
    this.#crashed = true;
    this.#begin();
  }

  /** Call it when another process starts. */
  started(): void {
    // Only crashes in a row are compared: the life before ended well.
    if (!this.#crashed) this.#ofLast = [];
    this.#crashed = false;
    this.#begin();
  }

  #begin(): void {
    this.#ofThis = [];
    this.#differs = false;
  }
}
