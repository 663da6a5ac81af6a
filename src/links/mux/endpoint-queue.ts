import type { Frame } from '../../protocol/frame.js';
import { BatchQueue } from '../../transports/batch-queue.js';
import type { RouterPart } from './router-context.js';

/**
 * Messages for the endpoint: those of servers, and answers of mcp-pipe itself. While the endpoint does not read, answers of
 * mcp-pipe are not made, because a list may be a thousand times as long as the request for it. While answers are owed,
 * nothing more may be read from the endpoint (`paid`).
 */
export class EndpointQueue implements RouterPart {
  readonly batches: BatchQueue;
  #owed: (() => Frame)[] = [];
  #paid: Promise<void> | undefined;
  #hasPaid = () => {};
  #room: Promise<void> | undefined;
  #hasRoom = () => {};

  constructor(maxQueuedBytes: number) {
    this.batches = new BatchQueue({
      maxQueuedBytes,
      onFull: () => {
        this.#room = new Promise((resolve) => {
          this.#hasRoom = resolve;
        });
      },
      onRoom: () => {
        this.#room = undefined;
        this.#hasRoom();
        this.#pay();
      },
    });
  }

  /** Resolves when the endpoint has read the waiting messages; undefined while the queue has room. */
  get room(): Promise<void> | undefined {
    return this.#room;
  }

  /** Resolves when no answer is owed; undefined while none is. */
  get paid(): Promise<void> | undefined {
    return this.#paid;
  }

  /** Sends the frame that `make` returns. `make` is called as soon as there is room. */
  answer(make: () => Frame): void {
    if (!this.batches.isFull) return this.batches.push(make());
    this.#owed.push(make);
    this.#paid ??= new Promise((resolve) => {
      this.#hasPaid = resolve;
    });
  }

  /** Ends the batches. Answers that are owed are dropped. */
  close(): void {
    this.batches.end();
    this.#hasRoom();
    this.#forget();
  }

  #pay(): void {
    let made = 0;
    while (made < this.#owed.length && !this.batches.isFull) this.batches.push(this.#owed[made++]!());
    this.#owed = this.#owed.slice(made);
    if (this.#owed.length === 0) this.#forget();
  }

  #forget(): void {
    this.#owed = [];
    this.#paid = undefined;
    this.#hasPaid();
  }
}
