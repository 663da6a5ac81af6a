import type { Frame } from '../protocol/frame.js';
import { BatchQueue } from './batch-queue.js';
import type { CloseReason, CloseRequest, Transport } from './transport.js';

/** Two transports back to back: what one sends, the other reads. For tests and for peers inside this process. */
export function memoryPair({ maxQueuedBytes = 4 * 1024 * 1024 } = {}): [Transport, Transport] {
  const one = new MemoryEnd(maxQueuedBytes);
  const other = new MemoryEnd(maxQueuedBytes);
  one.peer = other;
  other.peer = one;
  return [one, other];
}

class MemoryEnd implements Transport {
  readonly batches: BatchQueue;
  readonly closed: Promise<CloseReason>;
  onOversize: undefined;
  peer!: MemoryEnd;
  #settle!: (reason: CloseReason) => void;
  /** Our senders that wait until the peer has read. */
  #waiting: (() => void)[] = [];
  #ended = false;

  constructor(maxQueuedBytes: number) {
    this.closed = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.batches = new BatchQueue({ maxQueuedBytes, onFull: () => {}, onRoom: () => this.peer.#release() });
  }

  send(batch: readonly Frame[]): Promise<void> | undefined {
    if (this.#ended) return undefined;
    const { batches } = this.peer;
    for (const frame of batch) batches.push(frame);
    if (!batches.isFull) return undefined;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  close({ code = 1000, reason = '' }: CloseRequest = {}): Promise<CloseReason> {
    this.peer.#end({ by: 'remote', code, reason });
    this.#end({ by: 'local', code, reason });
    return this.closed;
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
