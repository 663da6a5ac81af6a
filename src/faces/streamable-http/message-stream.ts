import type { IdKey, RawId } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import { ErrorCode, encodeError } from '../../protocol/jsonrpc.js';
import type { PausableSender } from '../http/pausable-sender.js';
import type { ResponseStream } from '../http/response-stream.js';
import type { EventStore } from './event-store.js';

/** What makes a stream resumable. */
export interface Resumable {
  store: EventStore;
  /** Unique in the session. The ids of the stream's events begin with it. */
  name: string;
  /** When a client whose connection was lost should be back, in milliseconds; undefined for clients before MCP 2025-11-25. */
  retryMs: number | undefined;
  /** Called when the stream begins, and the client knows an id of it. */
  onBegun: (stream: MessageStream) => void;
}

/** What a message on a stream is, beside its bytes. */
export interface Sent {
  answers?: RawId | undefined;
  asks?: IdKey | undefined;
}

const LOST_ANSWER =
  'the answer came while the connection was lost, and is not kept any more; the call may have had its effect';

/**
 * A stream of MCP: the answer to a POST, or the messages after a GET. A resumable one outlives its connection: its events
 * have ids, which name it, and are stored; another connection goes on behind the last event that the client has received.
 */
export class MessageStream {
  readonly #resumable: Resumable | undefined;
  #connection: ResponseStream;
  #isBegun = false;
  #isEnded = false;
  /** Number of the last event. */
  #lastSeq = 0;
  /** Number of the last event that was sent over a connection. */
  #sentSeq = 0;
  /** Answers, by the number of their event. */
  readonly #answers = new Map<number, RawId>();

  constructor(connection: ResponseStream, resumable?: Resumable) {
    this.#connection = connection;
    this.#resumable = resumable;
  }

  /** Whether the client is connected. */
  get isOpen(): boolean {
    return this.#connection.isOpen;
  }

  get isStreaming(): boolean {
    return this.#isBegun;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Whether a client that is not connected knows how to come back: what is sent then is stored for it. */
  get canResume(): boolean {
    return this.#isBegun && this.#resumable !== undefined;
  }

  get canSend(): boolean {
    return this.isOpen;
  }

  /** Whether the stream goes over this connection now. */
  isOver(connection: ResponseStream): boolean {
    return this.#connection === connection;
  }

  /** Whether this event was sent over a connection. */
  hasSent(seq: number): boolean {
    return seq <= this.#sentSeq;
  }

  /** Sends the headers of a stream, and a first event by which the client can come back. Idempotent. */
  stream(): void {
    if (this.#isBegun || !this.isOpen) return;
    this.#isBegun = true;
    this.#connection.stream();
    if (!this.#resumable) return;
    const { onBegun, retryMs } = this.#resumable;
    onBegun(this);
    if (retryMs !== undefined) this.#connection.prime(this.#idOf(0), retryMs);
  }

  send(frame: Frame, source?: PausableSender, { answers, asks }: Sent = {}): void {
    this.stream();
    if (!this.#isBegun) return;
    const { isOpen } = this;
    const seq = ++this.#lastSeq;
    if (isOpen) this.#sentSeq = seq;
    if (answers !== undefined) this.#answers.set(seq, answers);
    this.#resumable?.store.add({ stream: this, seq, frame, answers, asks });
    if (isOpen) this.#connection.event(frame, source, this.#resumable && this.#idOf(seq));
  }

  /** Sends the whole answer as JSON. To be called only before the stream has begun. */
  json(status: number, frame: Frame, source?: PausableSender): void {
    this.#isEnded = true;
    this.#connection.json(status, frame, source);
  }

  /** Ends the connection. The stream can be resumed. */
  disconnect(): void {
    this.#connection.end();
  }

  end(): void {
    this.#isEnded = true;
    this.#connection.end();
  }

  /**
   * Goes on over this connection, behind the event of this number. Answers that are not kept any more are replaced by
   * errors. Returns false when there was no such event.
   */
  resume(connection: ResponseStream, seq: number): boolean {
    if (!this.#resumable || seq > this.#lastSeq) return false;
    // A connection that the client has lost may look open here.
    this.#connection.drop();
    this.#connection = connection;
    connection.stream();
    const kept = new Map(this.#resumable.store.after(this, seq).map((event) => [event.seq, event.frame]));
    const lost = this.#lastSeq - seq - kept.size;
    if (lost > 0) connection.comment(`${lost} messages were not kept for so long`);
    for (let next = seq + 1; next <= this.#lastSeq; next++) {
      const frame = kept.get(next) ?? this.#lostAnswer(next);
      if (frame) connection.event(frame, undefined, this.#idOf(next));
    }
    this.#sentSeq = this.#lastSeq;
    if (this.#isEnded) connection.end();
    return true;
  }

  #lostAnswer(seq: number): Frame | undefined {
    const id = this.#answers.get(seq);
    return id === undefined ? undefined : encodeError(id, ErrorCode.answerLost, LOST_ANSWER);
  }

  #idOf(seq: number): string {
    return `${this.#resumable!.name}-${seq}`;
  }
}
