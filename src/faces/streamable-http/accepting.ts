import type { Envelope } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import { ErrorCode } from '../../protocol/jsonrpc.js';
import type { OversizeMessage } from '../../protocol/oversize.js';
import { BatchQueue } from '../../transports/batch-queue.js';
import type { CloseReason, CloseRequest, Transport } from '../../transports/transport.js';
import type { AcceptClient } from '../accept.js';
import { ReadPause } from '../http/read-pause.js';
import type { ClientInbox, HttpBackend, HttpClient } from './backend.js';

export interface AcceptingOptions {
  accept: AcceptClient;
  /** Takes requests that belong to no session. */
  sessionless: HttpBackend;
  /** With more bytes than this that nobody has taken, no further bodies are read. */
  maxQueuedBytes: number;
}

/** A backend that hands each session over, with a transport for its frames. */
export function accepting(options: AcceptingOptions): HttpBackend {
  return {
    join: (client) => {
      const { kind, caller } = client;
      if (kind === 'request') return options.sessionless.join(client);
      const transport = new ClientTransport(client, options.maxQueuedBytes);
      let why = 'there is no server for this client, or no room';
      const isAccepted = options.accept({
        ...{ transport, kind: 'http', caller, hasSession: true },
        idleMs: () => client.idleMs?.() ?? 0,
        onRefused: (reason) => {
          why = reason;
        },
      });
      if (!isAccepted) transport.whyRefused = why;
      return transport;
    },
  };
}

/** The frames of one client of Streamable HTTP. */
class ClientTransport implements Transport, ClientInbox {
  readonly batches: BatchQueue;
  readonly closed: Promise<CloseReason>;
  whyRefused: string | undefined;
  // A body that is too long is answered with 413, and never becomes a frame.
  onOversize: ((message: OversizeMessage) => void) | undefined;
  readonly #client: HttpClient;
  /** Held while the client reads slowly. */
  readonly #reading = new ReadPause();
  #settle!: (reason: CloseReason) => void;
  #isClosed = false;

  constructor(client: HttpClient, maxQueuedBytes: number) {
    this.#client = client;
    this.closed = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.batches = new BatchQueue({
      maxQueuedBytes,
      onFull: () => client.hold(this),
      onRoom: () => client.release(this),
    });
  }

  receive(frame: Frame, _envelope: Envelope): void {
    this.batches.push(frame);
  }

  leave(reason: string): void {
    this.#end({ by: 'remote', reason });
  }

  send(batch: readonly Frame[]): Promise<void> | undefined {
    if (this.#isClosed) return undefined;
    for (const frame of batch) this.#client.send(frame, this.#reading);
    return this.#reading.isHeld ? this.#reading.resumed() : undefined;
  }

  close({ reason = 'the connection to the server has ended' }: CloseRequest = {}): Promise<CloseReason> {
    if (!this.#isClosed) {
      this.#end({ by: 'local' });
      this.#client.dismiss(ErrorCode.shuttingDown, reason);
    }
    return this.closed;
  }

  #end(reason: CloseReason): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.batches.end();
    this.#client.release(this);
    this.#reading.clear();
    this.#settle(reason);
  }
}
