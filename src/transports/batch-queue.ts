import type { Frame } from '../protocol/frame.js';

export interface BatchQueueOptions {
  /** The queue is full with more unread bytes than this. Frames of the same read are kept beyond it. */
  maxQueuedBytes: number;
  /** Called when the queue has become full: the source should pause. */
  onFull: () => void;
  /** Called when the consumer has taken the frames of a full queue: the source may go on. */
  onRoom: () => void;
  /** The consumer gets its turn only when everything has been read that arrives in the same turn of the event loop. */
  gathers?: boolean;
}

/** Memory of a frame beyond its bytes, so that a million empty frames count as well. */
export const FRAME_OVERHEAD_BYTES = 256;

type Batch = readonly Frame[];

/** Takes a batch. Returns a promise when nothing more is to come until it resolves. */
export type HandleBatch = (batch: Batch) => Promise<void> | undefined;

/** `then` of a settled promise calls at the end of the turn, and costs less than `queueMicrotask` of Node.js. */
const now = Promise.resolve();

/**
 * Frames between a source that pushes and one consumer that reads. Everything pushed before the consumer gets its
 * turn is one batch, so a chunk's frames stay together, and a slow consumer gets larger batches rather than more.
 *
 * A consumer asks by `next`, or is called: see `drain`.
 */
export class BatchQueue implements AsyncIterable<Batch>, AsyncIterator<Batch, undefined> {
  readonly #options: BatchQueueOptions;
  #frames: Frame[] = [];
  /** The batch that the consumer has now; emptied and reused when it asks for the next one. */
  #taken: Frame[] = [];
  #bytes = 0;
  #state: 'open' | 'ended' | 'abandoned' = 'open';
  #full = false;
  #wake: (() => void) | undefined;
  /** Wakes the consumer when all has been read that arrives in this turn of the event loop. */
  #wakeLater: NodeJS.Immediate | undefined;
  #handle: HandleBatch | undefined;
  #drained: { resolve: (end: 'ended' | 'released') => void; reject: (error: unknown) => void } | undefined;
  readonly #wakeDrain = () => void now.then(this.#drain);
  readonly #drain = () => this.#drainNow();
  readonly #fail = (error: unknown) => this.#failed(error);

  constructor(options: BatchQueueOptions) {
    this.#options = options;
  }

  /** Whether the source has been asked to pause. */
  get isFull(): boolean {
    return this.#full;
  }

  /** The consumer gets the frame soon, with all that is pushed until then. */
  push(frame: Frame): void {
    this.add(frame);
    if (!this.#wake) return;
    if (!this.#options.gathers) this.#wakeUp();
    else this.#wakeLater ??= setImmediate(() => this.#wakeUp());
  }

  /** As `push`, for a source that calls `handOn` when it has added the frames of a read: that costs less. */
  add(frame: Frame): void {
    if (this.#state !== 'open') return;
    this.#frames.push(frame);
    this.#bytes += frame.length + FRAME_OVERHEAD_BYTES;
    if (this.#bytes > this.#options.maxQueuedBytes && !this.#full) {
      this.#full = true;
      this.#options.onFull();
    }
  }

  /**
   * What waits is handled before this returns, if it is a multiple of so many frames, by a consumer of `drain` that is not busy; any
   * other consumer is woken.
   */
  handOn(multipleOf = 1): void {
    const { length } = this.#frames;
    if (!this.#wake || length === 0 || length % multipleOf !== 0) return;
    if (this.#wake !== this.#wakeDrain) return this.#wakeUp();
    this.#noWake();
    this.#drainNow();
  }

  /** Ends the queue. Frames that are in it can still be read. */
  end(): void {
    if (this.#state === 'open') this.#state = 'ended';
    this.#wakeUp();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** The consumer owns the batch until it asks for the next one. */
  async next(): Promise<IteratorResult<Batch, undefined>> {
    // V8 allocates such arrays in old space, where each would keep its frames until the next full garbage collection.
    this.#taken.length = 0;
    if (this.#frames.length === 0 && this.#state === 'open') {
      // Waking takes a promise: the source pushes the rest of its chunk before the consumer runs.
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#frames.length === 0) return { done: true, value: undefined };
    return { done: false, value: this.#take() };
  }

  /**
   * As reading each batch in a loop, but called with them: where many links have few messages each, the promises of a loop cost
   * about as much as what is done with a batch. Resolves at the end, or after `release`; rejects when `handle` fails, and nothing
   * more is read.
   */
  drain(handle: HandleBatch): Promise<'ended' | 'released'> {
    return new Promise((resolve, reject) => {
      this.#handle = handle;
      this.#drained = { resolve, reject };
      this.#drainNow();
    });
  }

  /** Ends `drain` after the batch that is being handled; what comes later is read by `next`. */
  release(): void {
    this.#handle = undefined;
    // Otherwise a batch is being handled, or its turn has come.
    if (this.#wake === this.#wakeDrain) this.#wakeUp();
  }

  #drainNow(): void {
    for (;;) {
      this.#taken.length = 0;
      const handle = this.#handle;
      if (!handle) return this.#endDrain('released');
      if (this.#frames.length === 0) {
        if (this.#state !== 'open') return this.#endDrain('ended');
        this.#wake = this.#wakeDrain;
        return;
      }
      let wait: Promise<void> | undefined;
      try {
        wait = handle(this.#take());
      } catch (error) {
        return this.#failed(error);
      }
      if (wait) return void wait.then(this.#drain, this.#fail);
    }
  }

  #failed(error: unknown): void {
    this.#drained?.reject(error);
    this.#endDrain('released');
    void this.return();
  }

  /** Lets go of the consumer: whoever still has the queue keeps nothing else alive. */
  #endDrain(end: 'ended' | 'released'): void {
    const drained = this.#drained;
    this.#handle = undefined;
    this.#drained = undefined;
    drained?.resolve(end);
  }

  /** The consumer stops reading. Later frames are dropped, so that the source still reaches its end. */
  async return(): Promise<IteratorResult<Batch, undefined>> {
    if (this.#state === 'open') this.#state = 'abandoned';
    this.#wakeUp();
    this.#frames = [];
    this.#emptied();
    return { done: true, value: undefined };
  }

  #take(): Batch {
    const batch = this.#frames;
    this.#frames = this.#taken;
    this.#taken = batch;
    this.#emptied();
    return batch;
  }

  #wakeUp(): void {
    const wake = this.#wake;
    this.#noWake();
    wake?.();
  }

  #noWake(): void {
    this.#wake = undefined;
    if (!this.#wakeLater) return;
    clearImmediate(this.#wakeLater);
    this.#wakeLater = undefined;
  }

  #emptied(): void {
    this.#bytes = 0;
    if (!this.#full) return;
    this.#full = false;
    this.#options.onRoom();
  }
}
