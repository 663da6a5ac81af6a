import type { Frame } from '../../src/protocol/frame.js';
import { type OversizeMessage, OversizeReader } from '../../src/protocol/oversize.js';
import { BatchQueue } from '../../src/transports/batch-queue.js';
import type { CloseReason, CloseRequest, Transport } from '../../src/transports/transport.js';

export interface MemoryPairOptions {
  /** Unread bytes above this make a sender wait. */
  maxQueuedBytes?: number;
  /** Longer frames, in bytes, go to `onOversize` of the first transport; the second one takes frames of any length. */
  maxFrameBytes?: number;
}

/** Two connected transports: each receives what the other sends. Stands in for pipes and sockets. */
export function memoryPair({
  maxQueuedBytes = 4 * 1024 * 1024,
  maxFrameBytes = Number.POSITIVE_INFINITY,
}: MemoryPairOptions = {}): [Transport, Transport] {
  const one = new MemoryEnd(maxQueuedBytes, maxFrameBytes);
  const other = new MemoryEnd(maxQueuedBytes, Number.POSITIVE_INFINITY);
  one.peer = other;
  other.peer = one;
  return [one, other];
}

class MemoryEnd implements Transport {
  readonly batches: BatchQueue;
  readonly closed: Promise<CloseReason>;
  onOversize: ((message: OversizeMessage) => void) | undefined;
  peer!: MemoryEnd;
  readonly #maxFrameBytes: number;
  #settle!: (reason: CloseReason) => void;
  /** Senders that wait until the peer has read. */
  #waiting: (() => void)[] = [];
  #ended = false;

  constructor(maxQueuedBytes: number, maxFrameBytes: number) {
    this.#maxFrameBytes = maxFrameBytes;
    this.closed = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.batches = new BatchQueue({ maxQueuedBytes, onFull: () => {}, onRoom: () => this.peer.#release() });
  }

  send(batch: readonly Frame[]): Promise<void> | undefined {
    if (this.#ended) return undefined;
    for (const frame of batch) this.peer.#take(frame);
    if (!this.peer.batches.isFull) return undefined;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  close({ code = 1000, reason = '' }: CloseRequest = {}): Promise<CloseReason> {
    this.peer.#end({ by: 'remote', code, reason });
    this.#end({ by: 'local', code, reason });
    return this.closed;
  }

  #take(frame: Frame): void {
    if (frame.length <= this.#maxFrameBytes) return this.batches.push(frame);
    const reader = new OversizeReader();
    reader.push(frame);
    this.onOversize?.(reader.end());
  }

  #end(reason: CloseReason): void {
    if (this.#ended) return;
    this.#ended = true;
    this.batches.end();
    this.#release();
    this.#settle(reason);
  }

  #release(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
