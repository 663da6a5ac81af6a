import type { Frame } from '../../protocol/frame.js';
import type { BatchQueue } from '../../transports/batch-queue.js';

/**
 * What mcp-pipe itself answers to the endpoint. While the endpoint does not read, an answer is not made: a list may be a
 * thousand times as long as the request for it. Whoever owes some is to be asked nothing more.
 */
export class OwnAnswers {
  readonly #batches: BatchQueue;
  #owed: (() => Frame)[] = [];
  #paid: Promise<void> | undefined;
  #hasPaid = () => {};

  constructor(batches: BatchQueue) {
    this.#batches = batches;
  }

  push(make: () => Frame): void {
    if (!this.#batches.isFull) return this.#batches.push(make());
    this.#owed.push(make);
    this.#paid ??= new Promise((resolve) => {
      this.#hasPaid = resolve;
    });
  }

  /** Resolves when no answer is owed; undefined while it is so. */
  get paid(): Promise<void> | undefined {
    return this.#paid;
  }

  /** There is room in the queue again. */
  pay(): void {
    let made = 0;
    while (made < this.#owed.length && !this.#batches.isFull) this.#batches.push(this.#owed[made++]!());
    this.#owed = this.#owed.slice(made);
    if (this.#owed.length === 0) this.forget();
  }

  /** Nobody is there any more. */
  forget(): void {
    this.#owed = [];
    this.#paid = undefined;
    this.#hasPaid();
  }
}
