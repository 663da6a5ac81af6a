import type { Readable, Writable } from 'node:stream';
import type { Frame } from '../protocol/frame.js';
import { LineDecoder } from '../protocol/line-decoder.js';
import type { OversizeMessage } from '../protocol/oversize.js';
import { BatchQueue } from './batch-queue.js';
import type { CloseReason, CloseRequest, Transport } from './transport.js';
import { writeLines } from './write-lines.js';

export interface LinesOptions {
  input: Readable;
  output: Writable;
  /** Lines longer than this, in bytes, go to `onOversize`. */
  maxFrameBytes: number;
  /** With more unread bytes than this, `input` is not read. */
  maxQueuedBytes: number;
  /** How long the far side may take, when the channel is closed, to read what was sent before, in milliseconds. */
  closeTimeoutMs: number;
  /** The far side still reads when it sends no more, as the program at the other ends of stdin and stdout. */
  readsOn?: boolean;
}

/**
 * A transport over two streams, or the two directions of one: a frame is a line (MCP, "stdio" transport). Frames to send must
 * hold no line breaks. `close` ends both streams.
 */
export function lineTransport(options: LinesOptions): Transport {
  return new Lines(options);
}

class Lines implements Transport {
  readonly batches: AsyncIterable<readonly Frame[]>;
  readonly closed: Promise<CloseReason>;
  readonly inputEnded: Promise<void>;
  onOversize: ((message: OversizeMessage) => void) | undefined;
  readonly #options: LinesOptions;
  readonly #queue: BatchQueue;
  readonly #lines: LineDecoder;
  #settle!: (reason: CloseReason) => void;
  #allRead!: () => void;
  #isClosed = false;
  #isClosing = false;
  #waiting: (() => void)[] = [];

  constructor(options: LinesOptions) {
    const { input, output, maxFrameBytes, maxQueuedBytes, readsOn = false } = options;
    this.#options = options;
    this.closed = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.inputEnded = new Promise((resolve) => {
      this.#allRead = resolve;
    });
    this.#lines = new LineDecoder(maxFrameBytes, (line) => this.onOversize?.(line));
    this.#queue = new BatchQueue({
      maxQueuedBytes,
      onFull: () => void input.pause(),
      // Not at once, so that other links have a turn: see `stdio.ts`.
      onRoom: () =>
        void setImmediate(() => {
          if (!this.#queue.isFull) input.resume();
        }),
    });
    this.batches = this.#untilRead();
    let hasEnded = false;
    const onInputEnded = () => {
      if (hasEnded) return;
      hasEnded = true;
      for (const line of this.#lines.end()) this.#queue.push(line);
      this.#queue.end();
      if (!readsOn) this.#ended({ by: 'remote' });
    };
    input.on('data', (chunk: Buffer) => {
      for (const line of this.#lines.push(chunk)) this.#queue.add(line);
      this.#queue.handOn();
    });
    input.once('end', onInputEnded);
    input.once('close', onInputEnded);
    input.on('error', onInputEnded);
    output.on('drain', () => this.#release());
    output.on('error', ({ code, message }: NodeJS.ErrnoException) =>
      this.#ended({ by: 'remote', reason: code ?? message }),
    );
    output.once('close', () => this.#ended({ by: 'remote' }));
    input.resume();
  }

  send(batch: readonly Frame[]): Promise<void> | undefined {
    const { output } = this.#options;
    if (this.#isClosed || !output.writable || batch.length === 0) return undefined;
    writeLines(output, batch);
    // The stream reports that it is full, but the system has taken all bytes: the sender need not wait.
    if (!output.writableNeedDrain || output.writableLength === 0) return undefined;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  whenRead(): Promise<void> | undefined {
    const { output } = this.#options;
    if (this.#isClosed || output.writableLength === 0) return undefined;
    return new Promise((resolve) => {
      output.write('', () => resolve());
      void this.closed.then(() => resolve());
    });
  }

  async close({ forceSignal }: CloseRequest = {}): Promise<CloseReason> {
    const { output, input, closeTimeoutMs } = this.#options;
    if (this.#isClosed) return this.closed;
    if (this.#isClosing) {
      // A later call may be in more of a hurry.
      forceSignal?.addEventListener('abort', () => this.#ended({ by: 'local' }), { once: true });
      if (forceSignal?.aborted) this.#ended({ by: 'local' });
      return this.closed;
    }
    this.#isClosing = true;
    input.pause();
    this.#queue.end();
    if (output.writableLength > 0 && !forceSignal?.aborted) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, closeTimeoutMs);
        forceSignal?.addEventListener('abort', () => resolve(), { once: true });
        void this.closed.then(() => resolve());
        output.write('', () => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
    const lostBytes = output.writableLength;
    this.#ended({ by: 'local', ...(lostBytes > 0 ? { lostBytes } : {}) });
    return this.closed;
  }

  /** The batches of the queue; when the last one was handled, so is all input. */
  #untilRead(): AsyncIterable<readonly Frame[]> {
    const next = async () => {
      const result = await this.#queue.next();
      if (result.done) this.#allRead();
      return result;
    };
    const iterator = { next, return: () => this.#queue.return() };
    return { [Symbol.asyncIterator]: () => iterator };
  }

  #ended(reason: CloseReason): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const { input, output } = this.#options;
    this.#queue.end();
    this.#lines.discard();
    const isOneStream = (input as unknown) === output;
    if (!isOneStream) input.destroy();
    // A stream whose far side has read everything may still have bytes on their way to the system.
    if (output.writableLength === 0 && output.writable) output.end(() => output.destroy());
    else output.destroy();
    this.#release();
    this.#settle(reason);
  }

  #release(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
