import type { GatewayPlan } from '../../config/gateway-plan.js';
import type { AcceptClient } from '../../faces/accept.js';
import { SharedBytes } from '../../faces/shared-bytes.js';
import { accepting } from '../../faces/streamable-http/accepting.js';
import { StreamableHttp } from '../../faces/streamable-http/streamable-http.js';

/** With more bytes than this of a client that no server has taken, no further bodies are read. */
const MAX_QUEUED_BYTES = 1024 * 1024;
/** Bytes that all clients together may have begun to send, and those that may wait for all of them. */
const MAX_SHARED_BYTES = 256 * 1024 * 1024;
/** Bytes that are kept for all sessions whose connections were lost: a few large answers, or thousands of small ones. */
const MAX_STORED_BYTES = 64 * 1024 * 1024;

export type HttpLimits = Pick<GatewayPlan, 'stateless' | 'maxBodyBytes' | 'sessionIdleMs' | 'maxSessions'>;

/** Streamable HTTP at each address that has a session or request open: a session is found only at the address where it began. */
export class HttpFaces {
  readonly #faces = new Map<string, StreamableHttp>();
  readonly #unfinished = new SharedBytes(MAX_SHARED_BYTES);
  readonly #unread = new SharedBytes(MAX_SHARED_BYTES);
  readonly #stored = new SharedBytes(MAX_STORED_BYTES);

  has(address: string): boolean {
    return this.#faces.has(address);
  }

  /** The one of this address; `accept` gets its clients. */
  at(address: string, limits: HttpLimits, accept: AcceptClient): StreamableHttp {
    const known = this.#faces.get(address);
    if (known) return known;
    const { stateless, maxBodyBytes, sessionIdleMs, maxSessions } = limits;
    const face: StreamableHttp = new StreamableHttp({
      ...{ stateless, maxBodyBytes, sessionIdleMs, maxSessions },
      backend: accepting({ accept, maxQueuedBytes: MAX_QUEUED_BYTES }),
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
