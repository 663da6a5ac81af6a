import type { IdKey, RawId } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import { errorResponse } from '../../protocol/jsonrpc.js';
import type { Clock } from '../../time/clock.js';
import type { Source } from './answerer.js';
import type { Accepted } from './headers.js';
import type { Outlet } from './outlet.js';

export interface PostOptions {
  clock: Clock;
  outlet: Outlet;
  accepted: Accepted;
  /** The requests of the body, by their id. */
  asked: ReadonlyMap<IdKey, RawId>;
  /** The body was a batch, whose replies are an array where they are no stream (MCP 2025-03-26). */
  isBatch: boolean;
  /** A stream begins after this long without an answer, so that nobody on the way gives up. */
  streamAfterMs: number;
  /** The HTTP status of a reply that is sent as JSON. */
  statusOf: (frame: Frame) => number;
}

/**
 * The answer to one POST with requests. A reply that comes first is sent as JSON, which costs least; anything else before
 * it makes the answer a stream, where the client takes one.
 */
export class Post {
  readonly #options: PostOptions;
  readonly #waiting: Map<IdKey, RawId>;
  /** Replies to a batch that are to become an array. */
  readonly #replies: Frame[] = [];
  #cancelStream: () => void;

  constructor(options: PostOptions) {
    const { clock, outlet, accepted, asked, streamAfterMs } = options;
    this.#options = options;
    this.#waiting = new Map(asked);
    this.#cancelStream = accepted.stream ? clock.after(streamAfterMs, () => outlet.stream()) : () => {};
    if (!accepted.json) outlet.stream();
  }

  /** Whether somebody waits for it. */
  get isOpen(): boolean {
    return this.#options.outlet.isOpen;
  }

  /** Whether the server's own requests and notifications can go here. */
  get mayCarry(): boolean {
    return this.isOpen && this.#options.accepted.stream;
  }

  /** A request or notification of the server. */
  carry(frame: Frame, source?: Source): void {
    this.#flush();
    this.#options.outlet.event(frame, source);
  }

  /** A reply to one of its requests; the last one ends it. False when nobody can be told any more. */
  reply(key: IdKey, frame: Frame, source?: Source): boolean {
    const { outlet, isBatch, statusOf } = this.#options;
    const { isOpen } = this;
    this.#waiting.delete(key);
    if (outlet.isStreaming) outlet.event(frame, source);
    else if (isBatch) this.#replies.push(frame);
    else outlet.json(statusOf(frame), frame, source);
    this.#endWhenDone();
    return isOpen;
  }

  /** No reply will come to this request. */
  forget(key: IdKey): void {
    this.#waiting.delete(key);
    this.#endWhenDone();
  }

  /** Answers whatever still waits with an error. */
  fail(code: number, message: string): void {
    for (const [key, rawId] of [...this.#waiting]) this.reply(key, errorResponse(rawId, code, message));
  }

  /** Stops its timer. */
  dispose(): void {
    this.#cancelStream();
  }

  #endWhenDone(): void {
    if (this.#waiting.size > 0) return;
    this.dispose();
    const { outlet } = this.#options;
    if (outlet.isStreaming) this.#flush();
    if (this.#replies.length === 0) return outlet.end();
    const parts = this.#replies.flatMap((reply, i) => [Buffer.from(i === 0 ? '[' : ','), reply]);
    outlet.json(200, Buffer.concat([...parts, Buffer.from(']')]));
  }

  /** What was gathered for an array goes into the stream that there is now. */
  #flush(): void {
    for (const reply of this.#replies.splice(0)) this.#options.outlet.event(reply);
  }
}
