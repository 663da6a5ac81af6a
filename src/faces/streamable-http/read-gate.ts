import type { PausableSender } from './backend.js';

/** A gate that is closed while any object holds it. */
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

  /** Resolves when the gate is open. */
  async free(): Promise<void> {
    while (this.#holders.size > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}
