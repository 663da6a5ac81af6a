import type { Frame } from '../../protocol/frame.js';
import { FRAME_OVERHEAD_BYTES } from '../batch-queue.js';

/** Counts what waits to be sent; while that is too much, senders wait. */
export class Unsent {
  readonly #maxQueuedBytes: number;
  #bytes = 0;
  #waiting: (() => void)[] = [];

  constructor(maxQueuedBytes: number) {
    this.#maxQueuedBytes = maxQueuedBytes;
  }

  /** Counts the frame until the returned function is called. */
  add(frame: Frame): () => void {
    const bytes = frame.length + FRAME_OVERHEAD_BYTES;
    this.#bytes += bytes;
    let isCounted = true;
    return () => {
      if (!isCounted) return;
      isCounted = false;
      this.#bytes -= bytes;
      if (this.#bytes <= this.#maxQueuedBytes) this.release();
    };
  }

  /** Resolves when there is room; undefined: there is. */
  whenRoom(): Promise<void> | undefined {
    if (this.#bytes <= this.#maxQueuedBytes) return undefined;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Nothing more will be sent. */
  release(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
