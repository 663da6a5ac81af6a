import type { IdKey, RawId } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import { encodeError } from '../../protocol/jsonrpc.js';
import type { Clock } from '../../time/clock.js';
import type { PausableSender } from './backend.js';
import type { Accepted } from './headers.js';
import type { ResponseStream } from './response-stream.js';

export interface PostOptions {
  clock: Clock;
  stream: ResponseStream;
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
    const { clock, stream, accepted, asked, streamAfterMs } = options;
    this.#options = options;
    this.#waiting = new Map(asked);
    this.#cancelStream = accepted.stream ? clock.after(streamAfterMs, () => stream.stream()) : () => {};
    if (!accepted.json) stream.stream();
  }

  /** Whether somebody waits for it. */
  get isOpen(): boolean {
    return this.#options.stream.isOpen;
  }

  /** Whether the server's own requests and notifications can go here. */
  get mayCarry(): boolean {
    return this.isOpen && this.#options.accepted.stream;
  }

  /** A request or notification of the server. */
  carry(frame: Frame, source?: PausableSender): void {
    this.#flush();
    this.#options.stream.event(frame, source);
  }

  /** A reply to one of its requests; the last one ends it. False when nobody can be told any more. */
  reply(key: IdKey, frame: Frame, source?: PausableSender): boolean {
    const { stream, isBatch, statusOf } = this.#options;
    const { isOpen } = this;
    this.#waiting.delete(key);
    if (stream.isStreaming) stream.event(frame, source);
    else if (isBatch) this.#replies.push(frame);
    else stream.json(statusOf(frame), frame, source);
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
    for (const [key, rawId] of [...this.#waiting]) this.reply(key, encodeError(rawId, code, message));
  }

  /** Stops its timer. */
  dispose(): void {
    this.#cancelStream();
  }

  #endWhenDone(): void {
    if (this.#waiting.size > 0) return;
    this.dispose();
    const { stream } = this.#options;
    if (stream.isStreaming) this.#flush();
    if (this.#replies.length === 0) return stream.end();
    const parts = this.#replies.flatMap((reply, i) => [Buffer.from(i === 0 ? '[' : ','), reply]);
    stream.json(200, Buffer.concat([...parts, Buffer.from(']')]));
  }

  /** What was gathered for an array goes into the stream that there is now. */
  #flush(): void {
    for (const reply of this.#replies.splice(0)) this.#options.stream.event(reply);
  }
}
