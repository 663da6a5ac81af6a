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
  /** The batch that the consumer has, and then an empty one to be filled. */
  #taken: Frame[] = [];
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

  /** A batch is the consumer's until it asks for the next one. */
  async next(): Promise<IteratorResult<Batch, undefined>> {
    // V8 soon makes such arrays in old memory, where each would keep its frames until memory is swept as a whole.
    this.#taken.length = 0;
    if (this.#frames.length === 0 && this.#state === 'open') {
      // Waking goes through a promise: the rest of what the source has at hand is pushed before the consumer runs.
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#frames.length === 0) return { done: true, value: undefined };
    const value = this.#frames;
    this.#frames = this.#taken;
    this.#taken = value;
    this.#emptied();
    return { done: false, value };
  }

  /** The consumer leaves: what arrives from now on is dropped, so that the source can still see its own end. */
  async return(): Promise<IteratorResult<Batch, undefined>> {
    if (this.#state === 'open') this.#state = 'abandoned';
    this.#wakeUp();
    this.#frames = [];
    this.#emptied();
    return { done: true, value: undefined };
  }

  #wakeUp(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  #emptied(): void {
    this.#bytes = 0;
    if (!this.#full) return;
    this.#full = false;
    this.#options.onRoom();
  }
}
