import type { IdKey } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import type { ResponseStream } from '../http/response-stream.js';
import type { SharedBytes } from '../shared-bytes.js';
import { EventStore, type StoredEvent } from './event-store.js';
import { MessageStream } from './message-stream.js';
import { SessionQueue } from './session-queue.js';

/** GET streams of one session that are open; a client that opens more loses the oldest connection. */
const MAX_LISTENING = 4;
/** Streams that a client may resume, beside those of running calls: as many as it may lose at one moment. */
const MAX_KEPT = 64;

/** The id of an event: `g` for a stream of a GET, `p` for one of a POST, their number, and the event's. */
const EVENT_ID = /^([gp])(\d{1,9})-(\d{1,9})$/;

export interface SessionStreamsOptions {
  maxStoredEvents: number;
  maxStoredBytes: number;
  retryMs: number;
  /** Counts the bytes that are stored for all sessions together. */
  stored: SharedBytes;
  /** Counts the bytes that wait for all clients together. */
  unread: SharedBytes;
  /** Called with a request of the server that no client has got and that is not kept any longer. */
  onUnasked: (key: IdKey) => void;
  /** Called when an answer that no client has got is not kept any longer. */
  onLost: () => void;
}

/**
 * The streams of one session: those of GETs that are open, and those that the client may resume. Messages for which there
 * is no stream wait until the client opens one.
 */
export class SessionStreams {
  /** The client's revision knows events without data, which tell it how to come back (MCP 2025-11-25). */
  mayPrime = false;
  readonly #options: SessionStreamsOptions;
  /** Open streams of GETs, the newest last. */
  readonly #listening: MessageStream[] = [];
  /** Streams that can be resumed, by name; the oldest first. */
  readonly #kept = new Map<string, MessageStream>();
  readonly #store: EventStore;
  readonly #queue: SessionQueue;
  #lastStream = 0;

  constructor(options: SessionStreamsOptions) {
    this.#options = options;
    const { maxStoredEvents: maxEvents, maxStoredBytes: maxBytes, stored, unread, onUnasked } = options;
    this.#store = new EventStore({
      ...{ maxEvents, maxBytes, stored },
      onDropped: (event) => this.#dropped(event),
    });
    this.#queue = new SessionQueue(unread, (dropped) => {
      for (const { key } of dropped) if (key !== undefined) onUnasked(key);
    });
  }

  /** Number of open streams of GETs. */
  get listening(): number {
    return this.#listening.length;
  }

  /** The open stream of the GET that came last. */
  get newest(): MessageStream | undefined {
    return this.#listening.at(-1);
  }

  /** The stream that answers a POST. */
  forPost(connection: ResponseStream): MessageStream {
    return this.#open('p', connection);
  }

  /** Takes the stream of a GET into use, and returns the messages that have waited for one. */
  listen(connection: ResponseStream) {
    const stream = this.#open('g', connection);
    stream.stream();
    return this.#listenOn(stream);
  }

  /**
   * Goes on with the stream whose event the client has received last. Returns the messages that have waited for a GET, if
   * it is one of a GET; undefined when the stream is not known.
   */
  resume(eventId: string, connection: ResponseStream) {
    const [, kind, number, seq] = EVENT_ID.exec(eventId) ?? [];
    if (Number(number) > this.#lastStream) return undefined;
    const stream = this.#kept.get(`${kind}${number}`);
    // Whatever it missed on a stream of a GET that is not known any more: there is nothing that only that one can tell it.
    if (!stream) return kind === 'g' ? this.listen(connection) : undefined;
    if (!stream.resume(connection, Number(seq))) return undefined;
    return kind === 'g' ? this.#listenOn(stream) : { stream, waited: [] };
  }

  /** A connection was lost. */
  left(connection: ResponseStream): void {
    const at = this.#listening.findIndex((stream) => stream.isOver(connection));
    if (at >= 0) this.#listening.splice(at, 1);
  }

  /** Lets a message wait for the next GET; `key` is its id, if it is a request. */
  wait(frame: Frame, key: IdKey | undefined): void {
    for (const dropped of this.#queue.add({ frame, key })) {
      if (dropped.key !== undefined) this.#options.onUnasked(dropped.key);
    }
  }

  /** Ends all streams of GETs, and forgets what was kept. */
  end(): void {
    for (const stream of this.#listening.splice(0)) stream.end();
    this.#queue.drain();
    this.#store.clear();
    this.#kept.clear();
  }

  #open(kind: 'g' | 'p', connection: ResponseStream): MessageStream {
    const name = `${kind}${++this.#lastStream}`;
    return new MessageStream(connection, {
      store: this.#store,
      name,
      retryMs: this.mayPrime ? this.#options.retryMs : undefined,
      onBegun: (stream) => this.#keep(name, stream),
    });
  }

  #listenOn(stream: MessageStream) {
    if (!this.#listening.includes(stream)) this.#listening.push(stream);
    if (this.#listening.length > MAX_LISTENING) this.#listening.shift()!.disconnect();
    return { stream, waited: this.#queue.drain() };
  }

  #keep(name: string, stream: MessageStream): void {
    this.#kept.set(name, stream);
    let over = this.#kept.size - MAX_KEPT;
    for (const [old, { isEnded, isOpen }] of this.#kept) {
      if (over <= 0) return;
      if (!isEnded && (isOpen || old.startsWith('p'))) continue;
      this.#kept.delete(old);
      over -= 1;
    }
  }

  #dropped({ stream, seq, answers, asks }: Omit<StoredEvent, 'frame'>): void {
    if (stream.hasSent(seq)) return;
    if (asks !== undefined) this.#options.onUnasked(asks);
    else if (answers !== undefined) this.#options.onLost();
  }
}
