import type { Frame } from '../../protocol/frame.js';
import { BatchQueue } from '../../transports/batch-queue.js';
import type { RouterPart } from './router-context.js';

/**
 * Messages for the endpoint: those of servers, and answers of mcp-pipe itself. While the endpoint does not read, answers of
 * mcp-pipe are not made, because a list may be a thousand times as long as the request for it. While answers are deferred,
 * nothing more may be read from the endpoint (`deferredSent`).
 */
export class EndpointQueue implements RouterPart {
  readonly batches: BatchQueue;
  #deferred: (() => Frame)[] = [];
  #deferredSent: Promise<void> | undefined;
  #resolveDeferred = () => {};
  #room: Promise<void> | undefined;
  #resolveRoom = () => {};

  constructor(maxQueuedBytes: number) {
    this.batches = new BatchQueue({
      maxQueuedBytes,
      // Several servers answer in one turn of the event loop, and each write to the endpoint costs as much as many messages.
      gathers: true,
      onFull: () => {
        this.#room = new Promise((resolve) => {
          this.#resolveRoom = resolve;
        });
      },
      onRoom: () => {
        this.#room = undefined;
        this.#resolveRoom();
        this.#sendDeferred();
      },
    });
  }

  /** Resolves when the endpoint has read the waiting messages; undefined while the queue has room. */
  get room(): Promise<void> | undefined {
    return this.#room;
  }

  /** Resolves when no answer is deferred; undefined while none is. */
  get deferredSent(): Promise<void> | undefined {
    return this.#deferredSent;
  }

  /** Sends the frame that `make` returns. `make` is called as soon as there is room. */
  answer(make: () => Frame): void {
    if (!this.batches.isFull) return this.batches.push(make());
    this.#deferred.push(make);
    this.#deferredSent ??= new Promise((resolve) => {
      this.#resolveDeferred = resolve;
    });
  }

  /** Ends the batches. Deferred answers are dropped. */
  close(): void {
    this.batches.end();
    this.#resolveRoom();
    this.#endDeferred();
  }

  #sendDeferred(): void {
    let made = 0;
    while (made < this.#deferred.length && !this.batches.isFull) this.batches.push(this.#deferred[made++]!());
    this.#deferred = this.#deferred.slice(made);
    if (this.#deferred.length === 0) this.#endDeferred();
  }

  #endDeferred(): void {
    this.#deferred = [];
    this.#deferredSent = undefined;
    this.#resolveDeferred();
  }
}
