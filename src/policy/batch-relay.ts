import type { Frame } from '../protocol/frame.js';

type Batch = readonly Frame[];

export interface BatchRelayOptions {
  source: AsyncIterable<Batch>;
  /** Called with each frame of the source, in order; it may `push` frames at once or later. Must not throw. */
  take: (frame: Frame) => void;
  /** Nothing more is read from the source until this resolves; undefined: at once. */
  paused: () => Promise<void> | undefined;
  /** Called when the source has ended. */
  ended: () => void;
}

/**
 * Reads batches, has each frame looked at, and gives its one consumer what is pushed meanwhile and in between. It reads on only
 * when the consumer asks and has taken everything, so that a consumer that does not read holds back the source.
 */
export class BatchRelay implements AsyncIterable<Batch>, AsyncIterator<Batch, undefined> {
  readonly #options: BatchRelayOptions;
  readonly #source: AsyncIterator<Batch>;
  #frames: Frame[] = [];
  /** The batch that the consumer has now; see `BatchQueue` for why it is emptied and reused. */
  #taken: Frame[] = [];
  #reading: Promise<void> | undefined;
  #hasEnded = false;
  #wake = () => {};

  constructor(options: BatchRelayOptions) {
    this.#options = options;
    this.#source = options.source[Symbol.asyncIterator]();
  }

  /** Number of frames that the consumer has not taken. */
  get waiting(): number {
    return this.#frames.length;
  }

  push(frame: Frame): void {
    this.#frames.push(frame);
    this.#wake();
  }

  /** Takes back the frames behind the first `count`. */
  takeFrom(count: number): Frame[] {
    return this.#frames.splice(count);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Batch, undefined>> {
    this.#taken.length = 0;
    while (this.#frames.length === 0) {
      if (this.#hasEnded) return { done: true, value: undefined };
      this.#reading ??= this.#read();
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const value = this.#frames;
    this.#frames = this.#taken;
    this.#taken = value;
    return { done: false, value };
  }

  async #read(): Promise<void> {
    const { take, paused, ended } = this.#options;
    const pause = paused();
    if (pause) await pause;
    const { done, value } = await this.#source.next();
    if (done) {
      this.#hasEnded = true;
      ended();
    } else for (const frame of value) take(frame);
    this.#reading = undefined;
    this.#wake();
  }
}
