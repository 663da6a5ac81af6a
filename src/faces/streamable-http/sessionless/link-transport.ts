import type { Frame } from '../../../protocol/frame.js';
import type { OversizeMessage } from '../../../protocol/oversize.js';
import { BatchQueue } from '../../../transports/batch-queue.js';
import type { CloseReason, CloseRequest, Transport } from '../../../transports/transport.js';

export interface LinkTransportOptions {
  /** With more bytes than this that the link has not taken, `onFull` is called. */
  maxQueuedBytes: number;
  onFull: () => void;
  onRoom: () => void;
  /** Takes what the server sends, in the order in which it came. */
  onBatch: (batch: readonly Frame[]) => void;
  /** Called once, when the link takes no further requests. */
  onStopping: () => void;
  /** Called once, when the link has closed it. */
  onClosed: (request: CloseRequest) => void;
  /** Whether nobody waits for an answer, who could be asked something. */
  isAway: () => boolean;
}

/** The client's end of its link: to the link it is a client that has connected. */
export class LinkTransport implements Transport {
  readonly batches: BatchQueue;
  readonly closed: Promise<CloseReason>;
  // A body that is too long is answered with 413, and never becomes a frame.
  onOversize: ((message: OversizeMessage) => void) | undefined;
  readonly #options: LinkTransportOptions;
  #settle!: (reason: CloseReason) => void;
  #isClosed = false;

  constructor(options: LinkTransportOptions) {
    this.#options = options;
    const { maxQueuedBytes, onFull, onRoom } = options;
    this.batches = new BatchQueue({ maxQueuedBytes, onFull, onRoom });
    this.closed = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  get isAway(): boolean {
    return this.#options.isAway();
  }

  /** Sends a frame to the server. */
  deliver(frame: Frame): void {
    this.batches.push(frame);
  }

  /** Nothing here waits: what a client does not read is bounded where it is written. */
  send(batch: readonly Frame[]): undefined {
    if (!this.#isClosed) this.#options.onBatch(batch);
  }

  stopping(): void {
    if (!this.#isClosed) this.#options.onStopping();
  }

  close(request: CloseRequest = {}): Promise<CloseReason> {
    if (this.#end({ by: 'local' })) this.#options.onClosed(request);
    return this.closed;
  }

  /** The client leaves. Idempotent. */
  leave(reason: string): void {
    this.#end({ by: 'remote', reason });
  }

  #end(reason: CloseReason): boolean {
    if (this.#isClosed) return false;
    this.#isClosed = true;
    this.batches.end();
    this.#options.onRoom();
    this.#settle(reason);
    return true;
  }
}
