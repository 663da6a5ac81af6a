import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Envelope, type IdKey, idKey, type RawId, rawId } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import { header, SESSION_HEADER } from '../../protocol/http-headers.js';
import { ErrorCode } from '../../protocol/jsonrpc.js';
import { Method } from '../../protocol/mcp.js';
import { isModernVersion, LEGACY_VERSIONS } from '../../protocol/revisions.js';
import type { Caller } from '../accept.js';
import { readBody } from '../http/body.js';
import { type Accepted, acceptedBy, isJson } from '../http/headers.js';
import { ReadPause } from '../http/read-pause.js';
import { refusal, reject } from '../http/rejection.js';
import { ResponseStream } from '../http/response-stream.js';
import { MessageStream } from './message-stream.js';
import { membersOf, readMessage, requestsIn } from './messages.js';
import { asModern, checkModern, type ModernMessage, modernStatusOf } from './modern.js';
import { defaultOptions, type StreamableHttpOptions } from './options.js';
import { ParamHeaders } from './param-headers.js';
import { Post } from './post.js';
import type { Session } from './session.js';
import { Sessions } from './sessions.js';
import { SingleRequest } from './single-request.js';
import { SupportedVersions } from './supported-versions.js';

/** One HTTP request and its response. */
interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  caller: Caller;
}

/** Where no keys are asked for. */
const ANYONE: Caller = {};

const UNKNOWN_EVENT =
  'the stream of this Last-Event-ID is not known, or not kept any more; open one without it, and repeat what was not answered';
const JSON_OR_STREAM = 'application/json or text/event-stream';

/**
 * The server's side of MCP "Streamable HTTP", for one backend: the revisions from 2024-11-05 to 2025-11-25, which have
 * sessions, and 2026-07-28, which has none. Payloads are parsed only where a rule needs it, and are sent byte for byte.
 * A stream of a session can be resumed: its last messages are kept (D198).
 *
 * The caller of `handle` has checked `Origin`, `Host` and the token.
 */
export class StreamableHttp {
  readonly #options: Required<StreamableHttpOptions>;
  readonly #sessions: Sessions;
  readonly #paramHeaders = new ParamHeaders();
  readonly #versions: SupportedVersions;
  readonly #readPause = new ReadPause();
  readonly #requests = new Set<{ client: SingleRequest; post: Post }>();
  #openResponses = 0;
  #isClosed = false;

  constructor(options: StreamableHttpOptions) {
    this.#options = { ...defaultOptions(), ...options };
    const { clock, sessionIdleMs, maxSessions, onSessionOpen, onSessionEnd } = this.#options;
    this.#versions = new SupportedVersions(() => clock.now());
    this.#sessions = new Sessions({
      clock,
      sessionIdleMs,
      maxSessions,
      onOpen: onSessionOpen,
      onEnd: (session, reason) => {
        onSessionEnd(session, reason);
        this.#tellIdle();
      },
    });
  }

  /** Sessions that are open. */
  get sessionCount(): number {
    return this.#sessions.size;
  }

  /** Whether a session or a response is open. */
  get isBusy(): boolean {
    return this.#sessions.size > 0 || this.#openResponses > 0;
  }

  /** Answers one HTTP request of the caller, valid or not. Never throws. */
  handle(request: IncomingMessage, response: ServerResponse, caller: Caller = ANYONE): void {
    if (this.#isClosed) return reject(response, refusal(503, 'shutting down'));
    if (this.#openResponses >= this.#options.maxOpenResponses) {
      return reject(response, refusal(503, 'too many requests at a time', { 'retry-after': '1' }));
    }
    this.#openResponses += 1;
    response.once('close', () => {
      this.#openResponses -= 1;
      this.#tellIdle();
    });
    // An exception that a client's input causes ends only this client's connection.
    this.#route({ request, response, caller }).catch(() => response.destroy());
  }

  async #route(exchange: Exchange): Promise<void> {
    const { request, response } = exchange;
    const { method, headers } = request;
    const version = header(headers, 'mcp-protocol-version');
    const isModern = version !== undefined && isModernVersion(version);
    if (method === 'POST') return this.#post(exchange);
    if ((method !== 'GET' && method !== 'DELETE') || isModern) {
      const allow = isModern ? 'POST' : 'POST, GET, DELETE';
      return reject(response, refusal(405, `${method} is not a method of this address`, { allow }));
    }
    const session = this.#sessionOf(exchange, 'null');
    if (!session) return;
    if (method === 'DELETE') {
      this.#sessions.end(session, ErrorCode.cancelled, 'the client ended its session');
      response.writeHead(204).end();
    } else if (!acceptedBy(headers).stream) {
      reject(response, refusal(406, 'a GET has to accept text/event-stream'));
    } else {
      const lastEventId = header(headers, 'last-event-id');
      const connection: ResponseStream = this.#stream(response, {}, () => session.left(connection));
      if (lastEventId === undefined) session.listen(connection);
      else if (!session.resume(lastEventId, connection)) reject(response, refusal(400, UNKNOWN_EVENT));
    }
  }

  /** Ends every session and answers every pending request with an error. Idempotent. */
  close(): void {
    this.#isClosed = true;
    const message = 'the endpoint is shutting down';
    this.#sessions.close(ErrorCode.shuttingDown, message);
    for (const { client, post } of [...this.#requests]) {
      post.fail(ErrorCode.shuttingDown, message);
      client.leave(message);
    }
  }

  #tellIdle(): void {
    if (!this.isBusy) this.#options.onIdle();
  }

  async #post(exchange: Exchange): Promise<void> {
    const { request, response } = exchange;
    const accepted = acceptedBy(request.headers);
    if (!accepted.json && !accepted.stream) {
      return reject(response, refusal(406, `a POST has to accept ${JSON_OR_STREAM}`));
    }
    if (!isJson(request.headers))
      return reject(response, refusal(415, 'the body has to be application/json'));
    // While the server does not read, no body is read.
    await this.#readPause.resumed();
    const { maxBodyBytes, unfinished } = this.#options;
    const body = await readBody(request, maxBodyBytes, unfinished);
    if (body === 'gone') return;
    if (body === 'crowded') {
      const message = 'too much is being sent at a time, and here nothing has moved for the longest time';
      return reject(response, refusal(503, message, { 'retry-after': '1', connection: 'close' }));
    }
    if (body === 'too-long') {
      const message = `the body is longer than ${maxBodyBytes} bytes`;
      return reject(response, refusal(413, message));
    }
    if (this.#isClosed) return reject(response, refusal(503, 'shutting down'));
    const envelope = readMessage(body);
    if ('status' in envelope) return reject(response, envelope);
    const modern = asModern(body, envelope, request.headers);
    if (modern) this.#takeModern(exchange, body, envelope, modern);
    else this.#takeLegacy(exchange, body, envelope);
  }

  #takeModern(exchange: Exchange, frame: Frame, envelope: Envelope, modern: ModernMessage): void {
    const { response, caller } = exchange;
    const { headers } = exchange.request;
    // A client of this revision cancels by disconnecting, and sends no other notification over HTTP.
    if (envelope.kind === 'notification') return void response.writeHead(202).end();
    const method = envelope.method!;
    const id = rawId(frame, envelope);
    const rejection = checkModern(modern, method, headers, this.#versions, this.#paramHeaders);
    if (rejection) return reject(response, rejection, id);
    if (method === Method.listen && !acceptedBy(headers).stream) {
      return reject(response, refusal(406, `${method} has to accept text/event-stream`), id);
    }
    const stream = new MessageStream(this.#stream(response, {}, () => client.leave('the client left')));
    const post = this.#postOf(stream, acceptedBy(headers), new Map([[idKey(id), id]]), false, modernStatusOf);
    const onResult = (result: Frame) => {
      if (method === 'tools/list') this.#paramHeaders.learn(result);
      else if (method === Method.discover) this.#versions.learn(result);
    };
    const { backend } = this.#options;
    const client = new SingleRequest({
      caller,
      backend,
      readPause: this.#readPause,
      post,
      wantsLog: modern.wantsLog,
      onResult,
    });
    const entry = { client, post };
    this.#requests.add(entry);
    response.once('close', () => {
      post.dispose();
      this.#requests.delete(entry);
    });
    client.receive(frame, envelope);
  }

  #takeLegacy(exchange: Exchange, frame: Frame, envelope: Envelope): void {
    const { request, response } = exchange;
    const asked = requestsIn(frame, envelope);
    const firstId = [...asked.values()][0] ?? 'null';
    if (envelope.method === Method.initialize) return this.#initialize(exchange, frame, envelope);
    const session = this.#sessionOf(exchange, firstId);
    if (!session) return;
    const members = membersOf(frame, envelope);
    if (envelope.kind === 'batch' && (session.version ?? '') > '2025-03-26') {
      return reject(response, refusal(400, `MCP ${session.version} has no batches`));
    }
    if (members.some(({ envelope: { kind } }) => kind === 'other')) {
      return reject(response, refusal(400, 'the batch holds what is no JSON-RPC message'));
    }
    if (asked.size < members.filter(({ envelope: { kind } }) => kind === 'request').length) {
      return reject(response, refusal(400, 'two requests of the batch have the same id'));
    }
    if ([...asked.keys()].some((key) => session.isAsking(key))) {
      return reject(response, refusal(400, 'a request with this id is still running'), firstId);
    }
    if (asked.size === 0) {
      for (const member of members) session.receive(member.frame, member.envelope);
      return void response.writeHead(202).end();
    }
    // A lost connection does not cancel the request (MCP 2025-11-25 "Streamable HTTP"), so the call goes on.
    const stream = session.streamFor(this.#stream(response, {}, () => {}));
    const post = this.#postOf(
      stream,
      acceptedBy(request.headers),
      asked,
      envelope.kind === 'batch',
      () => 200,
    );
    response.once('close', () => post.dispose());
    for (const member of members) session.receive(member.frame, member.envelope, post);
  }

  #initialize(exchange: Exchange, frame: Frame, envelope: Envelope): void {
    const { request, response, caller } = exchange;
    if (envelope.kind !== 'request') return reject(response, refusal(400, 'initialize has to be a request'));
    const id = rawId(frame, envelope);
    if (header(request.headers, SESSION_HEADER) !== undefined) {
      return reject(response, refusal(400, 'the session was initialised before'), id);
    }
    if (!this.#sessions.makeRoom()) {
      return reject(response, refusal(503, 'too many sessions', { 'retry-after': '60' }), id);
    }
    const { backend, clock, onReplyLost, unread, stored, maxStoredEvents, maxStoredBytes, retryMs } =
      this.#options;
    const accepted = acceptedBy(request.headers);
    const sessionId = randomUUID();
    // The session's id is sent with the answer, when there is a session. A stream sends its headers before, in any case.
    const told: Record<string, string> = accepted.json ? {} : { [SESSION_HEADER]: sessionId };
    const connection = this.#stream(response, told, () => {
      if (session.version === undefined) this.#sessions.end(session, ErrorCode.cancelled, 'the client left');
    });
    const stream = new MessageStream(connection);
    const asked = new Map([[idKey(id), id]]);
    const post = this.#postOf(
      stream,
      { json: accepted.json, stream: !accepted.json },
      asked,
      false,
      () => 200,
    );
    response.once('close', () => post.dispose());
    const session = this.#sessions.open(
      {
        id: sessionId,
        caller,
        backend,
        readPause: this.#readPause,
        now: () => clock.now(),
        ...{ unread, stored, maxStoredEvents, maxStoredBytes, retryMs },
        onLost: onReplyLost,
      },
      () => {
        told[SESSION_HEADER] = sessionId;
      },
    );
    session.receive(frame, envelope, post);
  }

  /** The session that a request names; undefined, and the request is rejected, when there is none. */
  #sessionOf({ request, response, caller }: Exchange, id: RawId): Session | undefined {
    const { headers } = request;
    const sessionId = header(headers, SESSION_HEADER);
    const session = sessionId === undefined ? undefined : this.#sessions.get(sessionId, caller);
    const version = header(headers, 'mcp-protocol-version');
    if (sessionId === undefined)
      reject(response, refusal(400, 'there is no Mcp-Session-Id; initialize first'), id);
    // 404 makes clients begin a new session (MCP "Session Management").
    else if (!session) reject(response, refusal(404, 'there is no such session; initialize again'), id);
    else if (version !== undefined && version !== session.version && !LEGACY_VERSIONS.has(version)) {
      const supported = [...LEGACY_VERSIONS].join(', ');
      reject(response, refusal(400, `this MCP-Protocol-Version is not one of ${supported}`), id);
    } else return session;
    return undefined;
  }

  #stream(response: ServerResponse, headers: Record<string, string>, onGone: () => void): ResponseStream {
    return new ResponseStream(response, this.#options, headers, onGone);
  }

  #postOf(
    stream: MessageStream,
    accepted: Accepted,
    asked: ReadonlyMap<IdKey, RawId>,
    isBatch: boolean,
    statusOf: (frame: Frame) => number,
  ): Post {
    const { clock, streamAfterMs } = this.#options;
    return new Post({ clock, stream, accepted, asked, isBatch, streamAfterMs, statusOf });
  }
}
