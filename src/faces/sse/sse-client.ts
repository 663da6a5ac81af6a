import type { ServerResponse } from 'node:http';
import type { CallOrigin } from '../../protocol/call-origin.js';
import type { Frame } from '../../protocol/frame.js';
import type { OversizeMessage } from '../../protocol/oversize.js';
import { BatchQueue } from '../../transports/batch-queue.js';
import type { CloseReason, CloseRequest, Transport } from '../../transports/transport.js';
import { NamedRequests } from '../http/named-requests.js';
import { ReadPause } from '../http/read-pause.js';
import { ResponseStream, type ResponseStreamOptions } from '../http/response-stream.js';

export interface SseClientOptions extends ResponseStreamOptions {
  /** How long a client may take to read the rest when its stream is closed, in milliseconds. */
  closeTimeoutMs: number;
  /** Sent as the first event: where the client posts its messages. */
  endpoint: string;
}

/** The frames of one client of HTTP+SSE: its POSTs in, its stream out. */
export class SseClient implements Transport {
  readonly batches: BatchQueue;
  readonly closed: Promise<CloseReason>;
  // A body that is too long is answered with 413, and never becomes a frame.
  onOversize: ((message: OversizeMessage) => void) | undefined;
  readonly #options: SseClientOptions;
  readonly #response: ServerResponse;
  readonly #stream: ResponseStream;
  /** Held while nobody takes what the client has posted. */
  readonly #posts = new ReadPause();
  /** Held while the client reads slowly. */
  readonly #reading = new ReadPause();
  readonly #names = new NamedRequests();
  #cause: CloseReason | undefined;
  #isClosed = false;

  constructor(response: ServerResponse, options: SseClientOptions) {
    this.#options = options;
    this.#response = response;
    this.#stream = new ResponseStream(response, options, {}, () => {});
    this.batches = new BatchQueue({
      maxQueuedBytes: options.maxQueuedBytes,
      onFull: () => this.#posts.hold(this),
      // Not at once, as in `stdio.ts`.
      onRoom: () =>
        void setImmediate(() => {
          if (!this.batches.isFull) this.#posts.release(this);
        }),
    });
    this.closed = new Promise((resolve) => {
      response.once('close', () => {
        this.#end();
        resolve(this.#cause ?? { by: 'remote' });
      });
    });
  }

  /** Whether the client may post messages. */
  get isOpen(): boolean {
    return !this.#isClosed && this.#cause === undefined;
  }

  /** Opens the stream. */
  open(): void {
    if (!this.#stream.isStreaming) this.#stream.tell('endpoint', this.#options.endpoint);
  }

  /** Resolves when what the client has posted was taken, or the client has left. */
  async whenRoom(): Promise<void> {
    if (this.#posts.isHeld) await this.#posts.resumed();
  }

  /** Takes a message that the client has posted. */
  receive(frame: Frame, origin: CallOrigin): void {
    this.#names.note(frame, origin);
    this.batches.push(frame);
  }

  send(batch: readonly Frame[]): Promise<void> | undefined {
    if (!this.isOpen) return undefined;
    this.open();
    // One system call for a batch.
    this.#response.cork();
    for (const frame of batch) this.#stream.event(this.#names.named(frame), this.#reading);
    this.#response.uncork();
    return this.#reading.isHeld ? this.#reading.resumed() : undefined;
  }

  close({ forceSignal }: CloseRequest = {}): Promise<CloseReason> {
    const response = this.#response;
    const { clock, closeTimeoutMs } = this.#options;
    if (this.isOpen) {
      this.#cause = { by: 'local' };
      this.#end();
      this.open();
      this.#stream.end();
      const cancelTimer = clock.after(closeTimeoutMs, () => response.destroy());
      void this.closed.then(cancelTimer);
    }
    const cut = () => void response.destroy();
    if (forceSignal?.aborted) cut();
    else if (forceSignal) {
      forceSignal.addEventListener('abort', cut, { once: true });
      void this.closed.then(() => forceSignal.removeEventListener('abort', cut));
    }
    return this.closed;
  }

  #end(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.batches.end();
    this.#posts.clear();
    this.#reading.clear();
  }
}
