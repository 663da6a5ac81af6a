import type { PausableSender } from './pausable-sender.js';

/** Pauses reading while any object holds it. */
export class ReadPause implements PausableSender {
  readonly #holders = new Set<object>();
  #waiting: (() => void)[] = [];

  get isHeld(): boolean {
    return this.#holders.size > 0;
  }

  hold(by: object): void {
    this.#holders.add(by);
  }

  release(by: object): void {
    this.#holders.delete(by);
    if (this.#holders.size > 0) return;
    for (const go of this.#waiting.splice(0)) go();
  }

  /** Nobody holds it any more. */
  clear(): void {
    this.#holders.clear();
    this.release(this);
  }

  /** Resolves when no object holds it. */
  async resumed(): Promise<void> {
    while (this.#holders.size > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}
