import type { Frame } from '../protocol/frame.js';

export interface BatchQueueOptions {
  /** Unread bytes above this make the queue full. What one read brought on top of it is kept as well. */
  maxQueuedBytes: number;
  /** The queue has just become full: the source should pause. */
  onFull: () => void;
  /** A full queue has been taken: the source may go on. */
  onRoom: () => void;
}

/** What a frame costs beyond its bytes, so that a million empty ones are not free. */
export const FRAME_OVERHEAD_BYTES = 256;

type Batch = readonly Frame[];

/**
 * Frames between a source that pushes and one consumer that reads. Everything pushed before the consumer gets its
 * turn is one batch, so a chunk's frames stay together, and a slow consumer gets larger batches rather than more.
 */
export class BatchQueue implements AsyncIterable<Batch>, AsyncIterator<Batch, undefined> {
  readonly #options: BatchQueueOptions;
  #frames: Frame[] = [];
  #bytes = 0;
  #state: 'open' | 'ended' | 'abandoned' = 'open';
  #full = false;
  #wake: (() => void) | undefined;

  constructor(options: BatchQueueOptions) {
    this.#options = options;
  }

  /** Whether the source has been asked to pause. */
  get isFull(): boolean {
    return this.#full;
  }

  push(frame: Frame): void {
    if (this.#state !== 'open') return;
    this.#frames.push(frame);
    this.#bytes += frame.length + FRAME_OVERHEAD_BYTES;
    if (this.#wake) this.#wakeUp();
    if (this.#bytes > this.#options.maxQueuedBytes && !this.#full) {
      this.#full = true;
      this.#options.onFull();
    }
  }

  /** Nothing more comes; what is there can still be read. */
  end(): void {
    if (this.#state === 'open') this.#state = 'ended';
    this.#wakeUp();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Batch, undefined>> {
    if (this.#frames.length === 0 && this.#state === 'open') {
      // Waking goes through a promise: the rest of what the source has at hand is pushed before the consumer runs.
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#frames.length === 0) return { done: true, value: undefined };
    const value = this.#frames;
    this.#empty();
    return { done: false, value };
  }

  /** The consumer leaves: what arrives from now on is dropped, so that the source can still see its own end. */
  async return(): Promise<IteratorResult<Batch, undefined>> {
    if (this.#state === 'open') this.#state = 'abandoned';
    this.#wakeUp();
    this.#empty();
    return { done: true, value: undefined };
  }

  #wakeUp(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  #empty(): void {
    this.#frames = [];
    this.#bytes = 0;
    if (!this.#full) return;
    this.#full = false;
    this.#options.onRoom();
  }
}
