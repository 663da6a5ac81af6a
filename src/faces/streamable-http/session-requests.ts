import { type Envelope, idKey, type RawId, rawId } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import { header, SESSION_HEADER } from '../../protocol/http-headers.js';
import { ErrorCode } from '../../protocol/jsonrpc.js';
import { refusal, reject } from '../http/rejection.js';
import { requestIdOf } from '../http/request-id.js';
import type { ResponseStream } from '../http/response-stream.js';
import { always200, connectionOf, type Exchange, type Setting, versionFault } from './exchange.js';
import { MessageStream } from './message-stream.js';
import { batchFault, type Posted } from './messages.js';
import { Post } from './post.js';
import type { Session } from './session.js';
import { Sessions } from './sessions.js';

const UNKNOWN_EVENT =
  'the stream of this Last-Event-ID is not known, or not kept any more; open one without it, and repeat what was not answered';

/** Answers the requests of the revisions that have sessions, from 2024-11-05 to 2025-11-25. */
export class SessionRequests {
  readonly #setting: Setting;
  /** The open sessions. */
  readonly sessions: Sessions;

  /** `onEnd` is called when a session has ended. */
  constructor(setting: Setting, onEnd: () => void) {
    this.#setting = setting;
    const { clock, sessionIdleMs, maxSessions, onSessionOpen, onSessionEnd } = setting;
    this.sessions = new Sessions({
      clock,
      sessionIdleMs,
      maxSessions,
      onOpen: onSessionOpen,
      onEnd: (session, reason) => {
        onSessionEnd(session, reason);
        onEnd();
      },
    });
  }

  /** A GET: the client listens, or comes back to a stream. */
  get(exchange: Exchange): void {
    const { request, response, accepted } = exchange;
    const session = this.#sessionOf(exchange, 'null');
    if (!session) return;
    if (!accepted.stream) return reject(response, refusal(406, 'a GET has to accept text/event-stream'));
    const lastEventId = header(request.headers, 'last-event-id');
    const connection: ResponseStream = connectionOf(exchange, this.#setting, () => session.left(connection));
    if (lastEventId === undefined) session.listen(connection);
    else if (!session.resume(lastEventId, connection)) reject(response, refusal(400, UNKNOWN_EVENT));
  }

  /** A DELETE: the client ends its session. */
  delete(exchange: Exchange): void {
    const session = this.#sessionOf(exchange, 'null');
    if (!session) return;
    this.sessions.end(session, ErrorCode.cancelled, 'the client ended its session');
    exchange.response.writeHead(204).end();
  }

  /** A POST within a session. */
  post(exchange: Exchange, posted: Posted): void {
    const { response } = exchange;
    const { members, isBatch, asked } = posted;
    const firstId = asked.size > 0 ? asked.values().next().value! : 'null';
    const session = this.#sessionOf(exchange, firstId);
    if (!session) return;
    const fault = batchFault(posted, session.version ?? '');
    if (fault) return reject(response, fault);
    for (const key of asked.keys()) {
      if (session.isAsking(key))
        return reject(response, refusal(400, 'a request with this id is still running'), firstId);
    }
    if (asked.size === 0) {
      for (const { frame, envelope } of members) session.receive(frame, envelope);
      return void response.writeHead(202).end();
    }
    // A lost connection does not cancel the request (MCP 2025-11-25 "Streamable HTTP"), so the call goes on.
    const connection = connectionOf(exchange, this.#setting, () => post.dispose());
    const stream = session.streamFor(connection);
    const { clock, streamAfterMs } = this.#setting;
    const { accepted } = exchange;
    const post = new Post({
      ...{ clock, streamAfterMs, stream, accepted, asked, isBatch, statusOf: always200 },
      requestId: requestIdOf(exchange.request),
    });
    for (const { frame, envelope } of members) session.receive(frame, envelope, post);
  }

  /** A POST that begins a session. */
  initialize(exchange: Exchange, frame: Frame, envelope: Envelope): void {
    const { request, response, caller, accepted } = exchange;
    if (envelope.kind !== 'request') return reject(response, refusal(400, 'initialize has to be a request'));
    const id = rawId(frame, envelope);
    if (header(request.headers, SESSION_HEADER) !== undefined) {
      return reject(response, refusal(400, 'the session was initialised before'), id);
    }
    if (!this.sessions.makeRoom()) {
      return reject(response, refusal(503, 'too many sessions', { 'retry-after': '60' }), id);
    }
    const { clock, onReplyLost, streamAfterMs, sessionIds } = this.#setting;
    const sessionId = sessionIds.create();
    // The session's id is sent with the answer, when there is a session. A stream sends its headers before, in any case.
    const told: Record<string, string> = accepted.json ? {} : { [SESSION_HEADER]: sessionId };
    const session = this.sessions.open(
      { ...this.#setting, id: sessionId, caller, now: () => clock.now(), onLost: onReplyLost },
      () => {
        told[SESSION_HEADER] = sessionId;
      },
    );
    const { whyRefused } = session;
    if (whyRefused !== undefined) {
      this.sessions.end(session, ErrorCode.serverDown, whyRefused);
      return reject(response, refusal(503, whyRefused, { 'retry-after': '60' }), id);
    }
    const onGone = () => {
      post.dispose();
      if (session.version === undefined) this.sessions.end(session, ErrorCode.cancelled, 'the client left');
    };
    const post = new Post({
      ...{ clock, streamAfterMs, requestId: requestIdOf(exchange.request) },
      stream: new MessageStream(connectionOf(exchange, this.#setting, onGone, told)),
      accepted: { json: accepted.json, stream: !accepted.json },
      asked: new Map([[idKey(id), id]]),
      isBatch: false,
      statusOf: always200,
    });
    session.receive(frame, envelope, post);
  }

  /** Ends every session. Pending requests are answered with this error. */
  close(code: number, message: string): void {
    this.sessions.close(code, message);
  }

  /** Resolves when the session that a request names may be read; undefined when there is none. */
  mayRead({ request, caller }: Exchange): Promise<void> | undefined {
    return this.sessions.get(header(request.headers, SESSION_HEADER) ?? '', caller)?.mayRead();
  }

  /** The session that a request names; undefined, and the request is rejected, when there is none. */
  #sessionOf({ request, response, caller }: Exchange, id: RawId): Session | undefined {
    const { headers } = request;
    const sessionId = header(headers, SESSION_HEADER);
    if (sessionId === undefined) {
      reject(response, refusal(400, 'there is no Mcp-Session-Id; initialize first'), id);
      return undefined;
    }
    const session = this.sessions.get(sessionId, caller);
    if (!session) this.#setting.sessionIds.miss(sessionId, request, this.sessions.has(sessionId));
    // 404 makes clients begin a new session (MCP "Session Management").
    const fault = session
      ? versionFault(header(headers, 'mcp-protocol-version'), session.version)
      : refusal(404, 'there is no such session; initialize again');
    if (!fault) return session;
    reject(response, fault, id);
    return undefined;
  }
}
