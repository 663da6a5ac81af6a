import type { PausableSender } from './backend.js';

/** Closed while anybody holds it. */
export class ReadGate implements PausableSender {
  readonly #holders = new Set<object>();
  #waiting: (() => void)[] = [];

  hold(by: object): void {
    this.#holders.add(by);
  }

  release(by: object): void {
    this.#holders.delete(by);
    if (this.#holders.size > 0) return;
    for (const go of this.#waiting.splice(0)) go();
  }

  /** Resolves when nobody holds it. */
  async free(): Promise<void> {
    while (this.#holders.size > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}
