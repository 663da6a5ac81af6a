import { type Envelope, type IdKey, idKey, rawId, readEnvelope } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import { valueAt } from '../../protocol/json-parts.js';
import { ErrorCode, encodeError } from '../../protocol/jsonrpc.js';
import { Method, paramAsJson, progressTokenAsked } from '../../protocol/mcp.js';
import type { SharedBytes } from '../shared-bytes.js';
import type { ClientInbox, HttpBackend, HttpClient, PausableSender } from './backend.js';
import type { Post } from './post.js';
import type { ResponseStream } from './response-stream.js';
import { SessionQueue, type Waiting } from './session-queue.js';

/** Unanswered requests of the server whose stream is remembered, so that a cancellation can follow them. */
const MAX_ASKED = 1_000;
/** GET streams of one session; a client that opens more loses the oldest one. */
const MAX_STREAMS = 4;

/** News of the server that belong to no request: better on the GET stream. */
const NEWS = new Set([
  'notifications/tools/list_changed',
  'notifications/resources/list_changed',
  'notifications/prompts/list_changed',
  'notifications/resources/updated',
]);

export interface SessionOptions {
  id: string;
  backend: HttpBackend;
  /** Keeps all POSTs waiting while it is held. */
  gate: PausableSender;
  now: () => number;
  /** Counts what waits for all clients. */
  unread: SharedBytes;
  /** `initialize` was answered: with a result, which is yet to be sent, or with an error, which was. */
  onInitialized: (isAccepted: boolean) => void;
  /** A reply found its stream closed. */
  onLost: () => void;
}

/**
 * A session of MCP up to 2025-11-25. The server's messages carry no sign of the stream they belong to: progress goes by its
 * token, a cancellation where the cancelled request went, and everything else to the POST that began last, for which the
 * server is probably working; without one to the GET stream, and without that it waits for one.
 */
export class Session implements HttpClient {
  readonly kind = 'session';
  readonly wantsLog = true;
  readonly id: string;
  /** What `initialize` agreed on; undefined until then. */
  version: string | undefined;
  /** When the session was last used. */
  usedAt: number;
  readonly #options: SessionOptions;
  readonly #inbox: ClientInbox;
  /** By the id of each request that runs; in the order in which they began. */
  readonly #posts = new Map<IdKey, Post>();
  readonly #byProgress = new Map<string, IdKey>();
  /** Open GET streams, the newest last. */
  readonly #streams: ResponseStream[] = [];
  /** Requests of the server that wait for their answer, and where they went. */
  readonly #asked = new Map<IdKey, Post | ResponseStream>();
  readonly #queue: SessionQueue;
  /** The id of `initialize` until it is answered. */
  #initializing: IdKey | undefined;
  #isOpen = true;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.id = options.id;
    this.usedAt = options.now();
    this.#queue = new SessionQueue(options.unread, (dropped) => this.#refuse(dropped));
    this.#inbox = options.backend.join(this);
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Whether a stream is open, or a call for whose answer somebody still waits. */
  get isBusy(): boolean {
    if (this.#streams.length > 0) return true;
    for (const post of this.#posts.values()) if (post.isOpen) return true;
    return false;
  }

  hold(by: object): void {
    this.#options.gate.hold(by);
  }

  release(by: object): void {
    this.#options.gate.release(by);
  }

  /** Whether a request with this id runs already. */
  isAsking(key: IdKey): boolean {
    return this.#posts.has(key);
  }

  /** A message of the client; `post` takes the reply to a request. */
  receive(frame: Frame, envelope: Envelope, post?: Post): void {
    this.usedAt = this.#options.now();
    if (envelope.kind === 'request' && post) {
      const key = idKey(rawId(frame, envelope));
      this.#posts.set(key, post);
      if (envelope.method === Method.initialize) this.#initializing = key;
      const token = progressTokenAsked(frame, envelope);
      if (token !== undefined) this.#byProgress.set(token, key);
    }
    if (envelope.kind === 'response' && envelope.idStart >= 0) {
      this.#asked.delete(idKey(rawId(frame, envelope)));
    }
    this.#inbox.receive(frame, envelope);
    // A cancelled request is not answered (MCP "Cancellation"), so nothing else would end its stream.
    if (envelope.method === Method.cancelled) this.#cancelled(frame);
  }

  /** A GET stream; what waited for one goes there. */
  listen(stream: ResponseStream): void {
    this.usedAt = this.#options.now();
    this.#streams.push(stream);
    stream.stream();
    if (this.#streams.length > MAX_STREAMS) this.#streams.shift()!.end();
    for (const { frame, key } of this.#queue.drain()) {
      if (key !== undefined) this.#ask(key, stream);
      stream.event(frame);
    }
  }

  /** Takes a stream that ended out of the list. */
  forget(stream: ResponseStream): void {
    this.usedAt = this.#options.now();
    const at = this.#streams.indexOf(stream);
    if (at >= 0) this.#streams.splice(at, 1);
  }

  send(frame: Frame, source?: PausableSender): void {
    const envelope = readEnvelope(frame);
    if (envelope.kind === 'response') return this.#reply(frame, envelope, source);
    const target = this.#targetOf(frame, envelope);
    const key = envelope.kind === 'request' ? idKey(rawId(frame, envelope)) : undefined;
    if (!target) return this.#wait(frame, key);
    if (key !== undefined) this.#ask(key, target);
    if ('carry' in target) target.carry(frame, source);
    else target.event(frame, source);
  }

  /** Ends the session: open calls get an error with these words, streams end. Idempotent. */
  end(code: number, message: string): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    for (const post of new Set(this.#posts.values())) post.fail(code, message);
    this.#posts.clear();
    for (const stream of this.#streams.splice(0)) stream.end();
    this.#queue.drain();
    this.#inbox.leave(message);
  }

  #reply(frame: Frame, envelope: Envelope, source?: PausableSender): void {
    const key = envelope.idStart < 0 ? 'null' : idKey(rawId(frame, envelope));
    const post = this.#posts.get(key);
    if (!post) return;
    const isHandshake = key === this.#initializing;
    // Before a result is sent, whose headers name the session; after an error, which ends it.
    if (isHandshake && !envelope.isError) this.#initialized(frame);
    this.#finish(key);
    if (!post.reply(key, frame, source)) this.#options.onLost();
    if (isHandshake && envelope.isError) this.#options.onInitialized(false);
  }

  #initialized(frame: Frame): void {
    this.#initializing = undefined;
    const version = valueAt(frame, ['result', 'protocolVersion']);
    this.version = version ? frame.toString('utf8', version.start + 1, version.end - 1) : '';
    this.#options.onInitialized(true);
  }

  #cancelled(frame: Frame): void {
    const id = paramAsJson(frame, 'requestId');
    const key = id === undefined ? undefined : idKey(id);
    const post = key === undefined ? undefined : this.#posts.get(key);
    // MCP "Cancellation": not `initialize`.
    if (key === undefined || !post || key === this.#initializing) return;
    this.#finish(key);
    post.forget(key);
  }

  #finish(key: IdKey): void {
    this.#posts.delete(key);
    this.usedAt = this.#options.now();
    for (const [token, of] of this.#byProgress) if (of === key) this.#byProgress.delete(token);
  }

  #ask(key: IdKey, target: Post | ResponseStream): void {
    this.#asked.set(key, target);
    if (this.#asked.size > MAX_ASKED) this.#asked.delete(this.#asked.keys().next().value!);
  }

  #targetOf(frame: Frame, { method }: Envelope): Post | ResponseStream | undefined {
    if (method === Method.progress) {
      const token = paramAsJson(frame, 'progressToken');
      const key = token === undefined ? undefined : this.#byProgress.get(token);
      const post = key === undefined ? undefined : this.#posts.get(key);
      if (post?.mayCarry) return post;
    } else if (method === Method.cancelled) {
      const id = paramAsJson(frame, 'requestId');
      const target = id === undefined ? undefined : this.#asked.get(idKey(id));
      if (target && ('carry' in target ? target.mayCarry : target.isOpen)) return target;
    }
    const stream = this.#streams.at(-1);
    if (stream && NEWS.has(method ?? '')) return stream;
    let newest: Post | undefined;
    for (const post of this.#posts.values()) if (post.mayCarry) newest = post;
    return newest ?? stream;
  }

  #wait(frame: Frame, key: IdKey | undefined): void {
    this.#refuse(this.#queue.add({ frame, key }));
  }

  /** Requests among them are not to wait for ever. */
  #refuse(dropped: readonly Waiting[]): void {
    for (const { key } of dropped) {
      if (key === undefined) continue;
      const message = 'the client opened no stream on which it could be asked';
      const error = encodeError(String(key), ErrorCode.noCaller, message);
      this.#inbox.receive(error, readEnvelope(error));
    }
  }
}
