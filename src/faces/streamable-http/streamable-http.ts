import type { IncomingMessage, ServerResponse } from 'node:http';
import { noteOrigin } from '../../protocol/call-origin.js';
import { header } from '../../protocol/http-headers.js';
import { ErrorCode } from '../../protocol/jsonrpc.js';
import { Method } from '../../protocol/mcp.js';
import { isModernVersion } from '../../protocol/revisions.js';
import type { Caller } from '../accept.js';
import { receiveBody } from '../http/body.js';
import { acceptedBy, isJson } from '../http/headers.js';
import { readMessage } from '../http/read-message.js';
import { refusal, reject } from '../http/rejection.js';
import { requestIdOf } from '../http/request-id.js';
import type { Exchange, Setting } from './exchange.js';
import { postedIn } from './messages.js';
import { asModern } from './modern.js';
import { defaultOptions, type HttpLimits, type StreamableHttpOptions } from './options.js';
import { SessionRequests } from './session-requests.js';
import { SingleRequests } from './single-requests.js';

/** Where no keys are asked for. */
const ANYONE: Caller = {};

const LOOKS_LIKE_VERSION = /^\d{4}-\d\d-\d\d$/;
const JSON_OR_STREAM = 'application/json or text/event-stream';

/**
 * The server's side of MCP "Streamable HTTP", for one backend: the revisions from 2024-11-05 to 2025-11-25, which have
 * sessions, and 2026-07-28, which has none. Payloads are parsed only where a rule needs it, and are sent byte for byte.
 *
 * The caller of `handle` has checked `Origin`, `Host` and the token.
 */
export class StreamableHttp {
  readonly #setting: Setting;
  readonly #sessions: SessionRequests;
  readonly #singles: SingleRequests;
  #openResponses = 0;
  #isClosed = false;

  constructor(options: StreamableHttpOptions) {
    this.#setting = { ...defaultOptions(), ...options };
    this.#sessions = new SessionRequests(this.#setting, () => this.#tellIdle());
    this.#singles = new SingleRequests(this.#setting);
  }

  /** Sessions that are open. */
  get sessionCount(): number {
    return this.#sessions.sessions.size;
  }

  /** Whether a session or a response is open. */
  get isBusy(): boolean {
    return this.#sessions.sessions.size > 0 || this.#openResponses > 0;
  }

  /** When the session of such a caller that is idle for longest was last used, clock time in milliseconds; undefined when none is idle. */
  idleSince(isOf: (caller: Caller) => boolean): number | undefined {
    return this.#sessions.sessions.idleSince(isOf);
  }

  /** Ends that session, for another client. */
  endIdlest(isOf: (caller: Caller) => boolean): void {
    this.#sessions.sessions.endIdlest(isOf);
  }

  /** Changes the limits of what comes from now on. */
  limit(limits: HttpLimits): void {
    Object.assign(this.#setting, limits);
    this.#sessions.sessions.limit(limits);
  }

  /** Answers one HTTP request of the caller, valid or not. Never throws. */
  handle(request: IncomingMessage, response: ServerResponse, caller: Caller = ANYONE): void {
    if (this.#isClosed) return reject(response, refusal(503, 'shutting down'));
    if (this.#openResponses >= this.#setting.maxOpenResponses) {
      return reject(response, refusal(503, 'too many requests at a time', { 'retry-after': '1' }));
    }
    this.#openResponses += 1;
    response.once('close', () => {
      this.#openResponses -= 1;
      this.#tellIdle();
    });
    // An exception that a client's input causes ends only this client's connection.
    this.#route({ request, response, caller, accepted: acceptedBy(request.headers) }).catch(() =>
      response.destroy(),
    );
  }

  /** Ends every session and answers every pending request with an error. Idempotent. */
  close(): void {
    this.#isClosed = true;
    const message = 'the endpoint is shutting down';
    this.#sessions.close(ErrorCode.shuttingDown, message);
    this.#singles.close(ErrorCode.shuttingDown, message);
  }

  async #route(exchange: Exchange): Promise<void> {
    const { request, response } = exchange;
    const { method } = request;
    if (method === 'POST') return this.#post(exchange);
    const version = header(request.headers, 'mcp-protocol-version') ?? '';
    const isModern = LOOKS_LIKE_VERSION.test(version) && isModernVersion(version);
    const hasSessions = !this.#setting.stateless && !isModern;
    if (hasSessions && method === 'GET') return this.#sessions.get(exchange);
    if (hasSessions && method === 'DELETE') return this.#sessions.delete(exchange);
    const allow = hasSessions ? 'POST, GET, DELETE' : 'POST';
    reject(response, refusal(405, `${method} is not a method of this address`, { allow }));
  }

  async #post(exchange: Exchange): Promise<void> {
    const { request, response, caller, accepted } = exchange;
    if (!accepted.json && !accepted.stream) {
      return reject(response, refusal(406, `a POST has to accept ${JSON_OR_STREAM}`));
    }
    if (!isJson(request.headers))
      return reject(response, refusal(415, 'the body has to be application/json'));
    const { maxBodyBytes, unfinished, stateless } = this.#setting;
    // While the server of a session or of a caller does not read, no body for it is read.
    await (this.#sessions.mayRead(exchange) ?? this.#singles.mayRead(caller));
    const body = await receiveBody(request, response, maxBodyBytes, unfinished);
    if (!body) return;
    noteOrigin(body, { requestId: requestIdOf(request), address: caller.address });
    if (this.#isClosed) return reject(response, refusal(503, 'shutting down'));
    const envelope = readMessage(body);
    if ('status' in envelope) return reject(response, envelope);
    const modern = asModern(body, envelope, request.headers);
    if (modern) return this.#singles.modern(exchange, body, envelope, modern);
    if (stateless) return this.#singles.legacy(exchange, postedIn(body, envelope));
    if (envelope.method === Method.initialize) return this.#sessions.initialize(exchange, body, envelope);
    this.#sessions.post(exchange, postedIn(body, envelope));
  }

  #tellIdle(): void {
    if (!this.isBusy) this.#setting.onIdle();
  }
}
