import { type Envelope, type IdKey, idKey, rawId, readEnvelope } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import { valueAt } from '../../protocol/json-parts.js';
import { ErrorCode, encodeError } from '../../protocol/jsonrpc.js';
import { Method, paramAsJson, progressTokenAsked } from '../../protocol/mcp.js';
import type { Caller } from '../accept.js';
import type { PausableSender } from '../http/pausable-sender.js';
import { ReadPause } from '../http/read-pause.js';
import type { ResponseStream } from '../http/response-stream.js';
import type { ClientInbox, HttpBackend, HttpClient } from './backend.js';
import type { MessageStream } from './message-stream.js';
import type { Post } from './post.js';
import type { Waiting } from './session-queue.js';
import { SessionStreams, type SessionStreamsOptions } from './session-streams.js';

/**
 * For this many pending requests of the server the stream is remembered, so that a cancellation goes to the same stream.
 */
const MAX_SERVER_REQUESTS = 1_000;
/** The first revision whose clients know events without data ("Listening for Messages from the Server"). */
const FIRST_PRIMED_VERSION = '2025-11-25';

/** Notifications of the server that belong to no request: they go to the GET stream first. */
const UNSOLICITED = new Set([
  'notifications/tools/list_changed',
  'notifications/resources/list_changed',
  'notifications/prompts/list_changed',
  'notifications/resources/updated',
]);

export interface SessionOptions extends Omit<SessionStreamsOptions, 'onUnasked'> {
  id: string;
  caller: Caller;
  backend: HttpBackend;
  now: () => number;
  /** Called when `initialize` is answered: before a result is sent, and after an error was sent. */
  onInitialized: (isAccepted: boolean) => void;
  /** Called when the backend ends the session. */
  onDismissed: (code: number, message: string) => void;
}

/**
 * A session of MCP up to 2025-11-25. The server's messages do not say which stream they belong to (D89). Progress is
 * sent by its token, and a cancellation on the stream of the cancelled request. Other messages are sent on the POST
 * that began last, to which they probably belong; without a POST on the GET stream; without that they wait for one, or for
 * a client that comes back for its answer.
 */
export class Session implements HttpClient {
  readonly kind = 'session';
  readonly wantsLog = true;
  readonly id: string;
  readonly caller: Caller;
  /** Protocol version in the answer to `initialize`; undefined until then. */
  version: string | undefined;
  /** When the session was last used. */
  usedAt: number;
  /** Held while no POST of this session may be read. */
  readonly #reading = new ReadPause();
  readonly #options: SessionOptions;
  readonly #inbox: ClientInbox;
  /** The POST of each pending request, by the request's id; in the order in which they began. */
  readonly #posts = new Map<IdKey, Post>();
  readonly #byProgress = new Map<string, IdKey>();
  /** The progress token of each pending request that has one. */
  readonly #tokens = new Map<IdKey, string>();
  readonly #streams: SessionStreams;
  /** Pending requests of the server, with the stream on which each was sent. */
  readonly #asked = new Map<IdKey, Post | MessageStream>();
  /** The id of `initialize` until it is answered. */
  #initializing: IdKey | undefined;
  #isOpen = true;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.id = options.id;
    this.caller = options.caller;
    this.usedAt = options.now();
    this.#streams = new SessionStreams({ ...options, onUnasked: (key) => this.#refuse(key) });
    this.#inbox = options.backend.join(this);
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** See `ClientInbox`. */
  get whyRefused(): string | undefined {
    return this.#inbox.whyRefused;
  }

  /** Whether a stream is open, or a request is pending whose client is still connected. */
  get isBusy(): boolean {
    if (this.#streams.listening > 0) return true;
    for (const post of this.#posts.values()) if (post.isOpen) return true;
    return false;
  }

  idleMs(): number {
    return this.isBusy ? 0 : this.#options.now() - this.usedAt;
  }

  hold(by: object): void {
    this.#reading.hold(by);
  }

  release(by: object): void {
    this.#reading.release(by);
  }

  /** Resolves when further messages of the client may be read. */
  mayRead(): Promise<void> {
    return this.#reading.resumed();
  }

  /** Whether a request with this id is pending. */
  isAsking(key: IdKey): boolean {
    return this.#posts.has(key);
  }

  /** Takes a message of the client; `post` gets the reply to a request. */
  receive(frame: Frame, envelope: Envelope, post?: Post): void {
    this.usedAt = this.#options.now();
    if (envelope.kind === 'request' && post) {
      const key = idKey(rawId(frame, envelope));
      this.#posts.set(key, post);
      if (envelope.method === Method.initialize) this.#initializing = key;
      const token = progressTokenAsked(frame, envelope);
      if (token !== undefined) {
        this.#byProgress.set(token, key);
        this.#tokens.set(key, token);
      }
    }
    if (envelope.kind === 'response' && envelope.idStart >= 0) {
      this.#asked.delete(idKey(rawId(frame, envelope)));
    }
    this.#inbox.receive(frame, envelope);
    // A cancelled request is not answered (MCP "Cancellation"), so nothing else would end its stream.
    if (envelope.method === Method.cancelled) this.#cancelled(frame);
  }

  /** The stream that answers a POST. */
  streamFor(connection: ResponseStream): MessageStream {
    return this.#streams.forPost(connection);
  }

  /** Takes the stream of a GET into use; messages that waited are sent on it. */
  listen(connection: ResponseStream): void {
    this.usedAt = this.#options.now();
    this.#sendWaiting(this.#streams.listen(connection));
  }

  /** Goes on with the stream of this event; false when it is not known. */
  resume(eventId: string, connection: ResponseStream): boolean {
    this.usedAt = this.#options.now();
    const resumed = this.#streams.resume(eventId, connection);
    if (resumed) this.#sendWaiting(resumed);
    return resumed !== undefined;
  }

  /** The client has closed the connection of a GET. */
  left(connection: ResponseStream): void {
    this.usedAt = this.#options.now();
    this.#streams.left(connection);
  }

  send(frame: Frame, source?: PausableSender): void {
    if (!this.#isOpen) return;
    const envelope = readEnvelope(frame);
    if (envelope.kind === 'response') return this.#reply(frame, envelope, source);
    const target = this.#targetOf(frame, envelope);
    const key = envelope.kind === 'request' ? idKey(rawId(frame, envelope)) : undefined;
    if (!target) return this.#streams.wait(frame, key);
    if (key !== undefined) this.#ask(key, target);
    if ('reply' in target) target.send(frame, source, key);
    else target.send(frame, source, { asks: key });
  }

  dismiss(code: number, message: string): void {
    this.#options.onDismissed(code, message);
  }

  /** Ends the session: pending requests are answered with this error, and streams end. Idempotent. */
  end(code: number, message: string): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#reading.clear();
    for (const post of new Set(this.#posts.values())) post.fail(code, message);
    this.#posts.clear();
    this.#streams.end();
    this.#inbox.leave(message);
  }

  #reply(frame: Frame, envelope: Envelope, source?: PausableSender): void {
    const key = envelope.idStart < 0 ? 'null' : idKey(rawId(frame, envelope));
    const post = this.#posts.get(key);
    if (!post) return;
    const isHandshake = key === this.#initializing;
    // Before a result is sent, because its headers name the session; after an error, which ends the session.
    if (isHandshake && !envelope.isError) this.#initialized(frame);
    this.#finish(key);
    if (!post.reply(key, frame, source)) this.#options.onLost();
    if (isHandshake && envelope.isError) this.#options.onInitialized(false);
  }

  #initialized(frame: Frame): void {
    this.#initializing = undefined;
    const version = valueAt(frame, ['result', 'protocolVersion']);
    this.version = version ? frame.toString('utf8', version.start + 1, version.end - 1) : '';
    this.#streams.mayPrime = this.version >= FIRST_PRIMED_VERSION;
    this.#options.onInitialized(true);
  }

  #cancelled(frame: Frame): void {
    const id = paramAsJson(frame, 'requestId');
    const key = id === undefined ? undefined : idKey(id);
    const post = key === undefined ? undefined : this.#posts.get(key);
    // MCP "Cancellation": `initialize` cannot be cancelled.
    if (key === undefined || !post || key === this.#initializing) return;
    this.#finish(key);
    post.forget(key);
  }

  #finish(key: IdKey): void {
    this.#posts.delete(key);
    this.usedAt = this.#options.now();
    const token = this.#tokens.get(key);
    if (token === undefined) return;
    this.#tokens.delete(key);
    // A later request may have taken the same one.
    if (this.#byProgress.get(token) === key) this.#byProgress.delete(token);
  }

  #ask(key: IdKey, target: Post | MessageStream): void {
    this.#asked.set(key, target);
    if (this.#asked.size > MAX_SERVER_REQUESTS) this.#asked.delete(this.#asked.keys().next().value!);
  }

  #targetOf(frame: Frame, { method }: Envelope): Post | MessageStream | undefined {
    if (method === Method.progress) {
      const token = paramAsJson(frame, 'progressToken');
      const key = token === undefined ? undefined : this.#byProgress.get(token);
      const post = key === undefined ? undefined : this.#posts.get(key);
      if (post?.canSend || post?.canResume) return post;
    } else if (method === Method.cancelled) {
      const id = paramAsJson(frame, 'requestId');
      const target = id === undefined ? undefined : this.#asked.get(idKey(id));
      if (target?.canSend || target?.canResume) return target;
    }
    const stream = this.#streams.newest;
    if (stream && UNSOLICITED.has(method ?? '')) return stream;
    let newest: Post | undefined;
    let mayComeBack: Post | undefined;
    for (const post of this.#posts.values()) {
      if (post.canSend) newest = post;
      else if (post.canResume) mayComeBack = post;
    }
    // News may wait for any GET.
    return newest ?? stream ?? (UNSOLICITED.has(method ?? '') ? undefined : mayComeBack);
  }

  #sendWaiting({ stream, waited }: { stream: MessageStream; waited: readonly Waiting[] }): void {
    for (const { frame, key } of waited) {
      if (key !== undefined) this.#ask(key, stream);
      stream.send(frame, undefined, { asks: key });
    }
  }

  /** Answers a request of the server, which the client will not get, with an error. */
  #refuse(key: IdKey): void {
    this.#asked.delete(key);
    if (!this.#isOpen) return;
    const message = 'the client opened no stream on which it could be asked';
    const error = encodeError(String(key), ErrorCode.noCaller, message);
    this.#inbox.receive(error, readEnvelope(error));
  }
}
