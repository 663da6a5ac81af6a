import type { AcceptClient, Caller } from '../../faces/accept.js';
import type { SessionIds } from '../../faces/http/session-ids.js';
import { SharedBytes } from '../../faces/shared-bytes.js';
import { accepting } from '../../faces/streamable-http/accepting.js';
import type { HttpLimits } from '../../faces/streamable-http/options.js';
import { sessionlessDefaults } from '../../faces/streamable-http/sessionless/options.js';
import { SessionlessClients } from '../../faces/streamable-http/sessionless/sessionless-clients.js';
import { StreamableHttp } from '../../faces/streamable-http/streamable-http.js';
import { systemClock } from '../../time/clock.js';

/** With more bytes than this of a client that no server has taken, no further bodies are read. */
const MAX_QUEUED_BYTES = 1024 * 1024;
/** Bytes that all clients together may have begun to send, and those that may wait for all of them. */
const MAX_SHARED_BYTES = 256 * 1024 * 1024;
/** Bytes that are kept for all sessions whose connections were lost: a few large answers, or thousands of small ones. */
const MAX_STORED_BYTES = 64 * 1024 * 1024;

/** Streamable HTTP at one address. */
interface Face {
  http: StreamableHttp;
  sessionless: SessionlessClients;
}

/**
 * Streamable HTTP at each address that has a session or request open, or a call that waits for its client: a session is found
 * only at the address where it began.
 */
export class HttpFaces {
  readonly #version: string;
  readonly #sessionIds: SessionIds;
  readonly #faces = new Map<string, Face>();
  readonly #single = new WeakSet<Caller>();
  readonly #unfinished = new SharedBytes(MAX_SHARED_BYTES);
  readonly #unread = new SharedBytes(MAX_SHARED_BYTES);
  readonly #stored = new SharedBytes(MAX_STORED_BYTES);

  /** `version`: of mcp-pipe, for servers. */
  constructor(sessionIds: SessionIds, version = '0.0.0') {
    this.#sessionIds = sessionIds;
    this.#version = version;
  }

  /** Whether the request of this caller, an object of its own, belongs to no session. */
  isSingle(caller: Caller): boolean {
    return this.#single.has(caller);
  }

  has(address: string): boolean {
    return this.#faces.has(address);
  }

  /** The one of this address; `accept` gets its clients. `mayCarry`: see `SessionlessOptions`. */
  at(
    address: string,
    limits: HttpLimits,
    accept: AcceptClient,
    mayCarry: (caller: Caller) => boolean,
  ): StreamableHttp {
    const known = this.#faces.get(address);
    if (known) return known.http;
    const onIdle = () => {
      if (!face.http.isBusy && !sessionless.isOpen && this.#faces.get(address) === face)
        this.#faces.delete(address);
    };
    const sessionless = new SessionlessClients({
      ...{ ...sessionlessDefaults, clock: systemClock, accept, maxQueuedBytes: MAX_QUEUED_BYTES, onIdle },
      ...{ clientInfo: { name: 'mcp-pipe', version: this.#version }, mayCarry },
    });
    const http = new StreamableHttp({
      ...limitsIn(limits),
      backend: accepting({
        ...{ accept, maxQueuedBytes: MAX_QUEUED_BYTES },
        sessionless: {
          join: (client) => {
            // Only such an object has an end that is looked for.
            if (client.caller.until !== undefined) this.#single.add(client.caller);
            return sessionless.join(client);
          },
        },
      }),
      sessionIds: this.#sessionIds,
      unfinished: this.#unfinished,
      unread: this.#unread,
      stored: this.#stored,
      onIdle,
    });
    const face: Face = { http, sessionless };
    this.#faces.set(address, face);
    return http;
  }

  /** Changes the limits of every address. */
  limit(limits: HttpLimits): void {
    for (const { http } of this.#faces.values()) http.limit(limitsIn(limits));
  }

  /** Ends the session of such a caller that is idle for longest, of all addresses. Returns false when none is idle. */
  makeRoom(isOf: (caller: Caller) => boolean = () => true): boolean {
    let oldest: StreamableHttp | undefined;
    let since = Number.POSITIVE_INFINITY;
    for (const { http } of this.#faces.values()) {
      const idleSince = http.idleSince(isOf);
      if (idleSince === undefined || idleSince >= since) continue;
      oldest = http;
      since = idleSince;
    }
    oldest?.endIdlest(isOf);
    return oldest !== undefined;
  }

  close(): void {
    for (const { http, sessionless } of [...this.#faces.values()]) {
      sessionless.close('mcp-pipe is stopping');
      http.close();
    }
    this.#faces.clear();
  }
}

/** No more than that of a plan. */
function limitsIn({ stateless, maxBodyBytes, sessionIdleMs, maxSessions }: HttpLimits): HttpLimits {
  return { stateless, maxBodyBytes, sessionIdleMs, maxSessions };
}
