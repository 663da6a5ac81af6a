import type { AcceptClient } from '../../faces/accept.js';
import { SharedBytes } from '../../faces/shared-bytes.js';
import { accepting } from '../../faces/streamable-http/accepting.js';
import { StreamableHttp } from '../../faces/streamable-http/streamable-http.js';
import type { Clock } from '../../time/clock.js';

export interface HttpFacesOptions {
  clock: Clock;
  stateless: boolean;
  maxBodyBytes: number;
  maxQueuedBytes: number;
  sessionIdleMs: number;
  maxSessions: number;
}

/** Bytes that all clients together may have begun to send, and those that may wait for all of them. */
const MAX_SHARED_BYTES = 256 * 1024 * 1024;
/** Bytes that are kept for all sessions whose connections were lost: a few large answers, or thousands of small ones. */
const MAX_STORED_BYTES = 64 * 1024 * 1024;

/** Streamable HTTP at each address that has a session or request open: a session is found only at the address where it began. */
export class HttpFaces {
  readonly #options: HttpFacesOptions;
  readonly #faces = new Map<string, StreamableHttp>();
  readonly #unfinished = new SharedBytes(MAX_SHARED_BYTES);
  readonly #unread = new SharedBytes(MAX_SHARED_BYTES);
  readonly #stored = new SharedBytes(MAX_STORED_BYTES);

  constructor(options: HttpFacesOptions) {
    this.#options = options;
  }

  has(address: string): boolean {
    return this.#faces.has(address);
  }

  /** The one of this address; `accept` gets its clients. */
  at(address: string, accept: AcceptClient): StreamableHttp {
    const known = this.#faces.get(address);
    if (known) return known;
    const { maxQueuedBytes, ...options } = this.#options;
    const face: StreamableHttp = new StreamableHttp({
      ...options,
      backend: accepting({ accept, maxQueuedBytes }),
      unfinished: this.#unfinished,
      unread: this.#unread,
      stored: this.#stored,
      onIdle: () => this.#faces.delete(address),
    });
    this.#faces.set(address, face);
    return face;
  }

  close(): void {
    for (const face of [...this.#faces.values()]) face.close();
    this.#faces.clear();
  }
}
