import type { IdKey, RawId } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import { encodeError } from '../../protocol/jsonrpc.js';
import { namedReply } from '../../protocol/own-error.js';
import type { Clock } from '../../time/clock.js';
import type { Accepted } from '../http/headers.js';
import type { PausableSender } from '../http/pausable-sender.js';
import type { MessageStream } from './message-stream.js';

export interface PostOptions {
  clock: Clock;
  stream: MessageStream;
  accepted: Accepted;
  /** The requests of the body, by their id. */
  asked: ReadonlyMap<IdKey, RawId>;
  /** The body was a batch. Its replies are an array, unless they are sent as a stream (MCP 2025-03-26). */
  isBatch: boolean;
  /** A stream begins when there is no answer after this long, so that no proxy closes the connection; in milliseconds. */
  streamAfterMs: number;
  /** The HTTP status of a reply that is sent as JSON. */
  statusOf: (frame: Frame) => number;
  /** Of the HTTP request: goes into errors that were made here. */
  requestId?: string | undefined;
}

/**
 * The answer to one POST with requests. If the reply comes first, it is sent as JSON, which costs least. If another message
 * comes first, the answer becomes a stream, provided that the client accepts one.
 */
export class Post {
  readonly #options: PostOptions;
  readonly #waiting: Map<IdKey, RawId>;
  /** Replies to a batch, gathered for an array. */
  readonly #replies: { frame: Frame; answers: RawId | undefined }[] = [];
  #cancelStream: () => void;

  constructor(options: PostOptions) {
    const { clock, stream, accepted, asked, streamAfterMs } = options;
    this.#options = options;
    this.#waiting = new Map(asked);
    this.#cancelStream = accepted.stream ? clock.after(streamAfterMs, () => stream.stream()) : () => {};
    if (!accepted.json) stream.stream();
  }

  /** Whether the client still waits for the answer. */
  get isOpen(): boolean {
    return this.#options.stream.isOpen;
  }

  /** Whether requests and notifications of the server can be sent here. */
  get canSend(): boolean {
    return this.isOpen && this.#options.accepted.stream;
  }

  /** Whether the client is not connected, but may come back for what is sent here. */
  get canResume(): boolean {
    return this.#options.stream.canResume;
  }

  /** Sends a request or notification of the server; `asks` is the id of a request. */
  send(frame: Frame, source?: PausableSender, asks?: IdKey): void {
    this.#flush();
    this.#options.stream.send(frame, source, { asks });
  }

  /**
   * Sends the reply to one of its requests; the last reply ends the answer. Returns false when the client has disconnected
   * and cannot come back for it.
   */
  reply(key: IdKey, reply: Frame, source?: PausableSender): boolean {
    const { stream, isBatch, statusOf, requestId } = this.#options;
    const frame = namedReply(reply, requestId);
    const isExpected = this.isOpen || this.canResume;
    const answers = this.#waiting.get(key);
    this.#waiting.delete(key);
    if (stream.isStreaming) stream.send(frame, source, { answers });
    else if (isBatch) this.#replies.push({ frame, answers });
    else stream.json(statusOf(frame), frame, source);
    this.#endWhenDone();
    return isExpected;
  }

  /** Expects no reply to this request any more. */
  forget(key: IdKey): void {
    this.#waiting.delete(key);
    this.#endWhenDone();
  }

  /** Answers every pending request with an error. */
  fail(code: number, message: string): void {
    for (const [key, rawId] of [...this.#waiting]) this.reply(key, encodeError(rawId, code, message));
  }

  /** Stops the timer. */
  dispose(): void {
    this.#cancelStream();
  }

  #endWhenDone(): void {
    if (this.#waiting.size > 0) return;
    this.dispose();
    const { stream } = this.#options;
    if (stream.isStreaming) this.#flush();
    if (this.#replies.length === 0) return stream.end();
    const parts = this.#replies.flatMap(({ frame }, i) => [Buffer.from(i === 0 ? '[' : ','), frame]);
    stream.json(200, Buffer.concat([...parts, Buffer.from(']')]));
  }

  /** Sends replies that were gathered for an array on the stream that has begun. */
  #flush(): void {
    const { stream } = this.#options;
    for (const { frame, answers } of this.#replies.splice(0)) stream.send(frame, undefined, { answers });
  }
}
