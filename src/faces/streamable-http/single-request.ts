import { type Envelope, idKey, rawId, readEnvelope } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import type { Caller } from '../accept.js';
import type { PausableSender } from '../http/pausable-sender.js';
import type { ClientInbox, HttpBackend, HttpClient } from './backend.js';
import type { Post } from './post.js';

export interface SingleRequestOptions {
  caller: Caller;
  backend: HttpBackend;
  readPause: PausableSender;
  post: Post;
  wantsLog: boolean;
  /** Called with a successful reply, before it is sent. */
  onResult?: (frame: Frame) => void;
  /** Called once, when it is answered, or its client has left. */
  onLeft: () => void;
}

/**
 * One request that belongs to no session: of MCP 2026-07-28, or of an earlier revision where none are kept. It is a client
 * of its own, so that equal ids of different clients do not collide. If the client disconnects, the request is cancelled.
 */
export class SingleRequest implements HttpClient {
  readonly kind = 'request';
  readonly caller: Caller;
  readonly wantsLog: boolean;
  readonly #options: SingleRequestOptions;
  readonly #inbox: ClientInbox;
  #isOpen = true;

  constructor(options: SingleRequestOptions) {
    this.#options = options;
    this.caller = options.caller;
    this.wantsLog = options.wantsLog;
    this.#inbox = options.backend.join(this);
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  hold(by: object): void {
    this.#options.readPause.hold(by);
  }

  release(by: object): void {
    this.#options.readPause.release(by);
  }

  receive(frame: Frame, envelope: Envelope): void {
    this.#inbox.receive(frame, envelope);
  }

  send(frame: Frame, source?: PausableSender): void {
    const { post, onResult } = this.#options;
    const envelope = readEnvelope(frame);
    if (envelope.kind === 'notification') {
      if (post.canSend) post.send(frame, source);
      return;
    }
    // A server of this revision sends no requests (MCP 2026-07-28 "Multi Round-Trip Requests").
    if (envelope.kind !== 'response') return;
    if (!envelope.isError) onResult?.(frame);
    const key = envelope.idStart < 0 ? 'null' : idKey(rawId(frame, envelope));
    post.reply(key, frame, source);
    this.leave('answered');
  }

  dismiss(code: number, message: string): void {
    if (this.#isOpen) this.#options.post.fail(code, message);
    this.leave(message);
  }

  /** The client has left: cancels the request. Idempotent. */
  leave(reason: string): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#options.onLeft();
    this.#inbox.leave(reason);
  }
}
