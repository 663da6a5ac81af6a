import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Lang } from '../../messages/index.js';
import type { Feed } from '../../observe/feed/feed.js';
import type { FeedView } from '../../observe/feed/feed-asked.js';
import type { Clock } from '../../time/clock.js';
import type { Visitor } from './page-keys.js';

/** Streams at a time: some dozens of tabs and phones; each holds a connection and gets every change. */
const MAX_STREAMS = 64;
/** Interval of comments, in milliseconds: a page that hears nothing for 12 s knows that it is blind. */
const COMMENT_MS = 5_000;
/** How long a reader may leave what was sent to it unread before it is dropped, in milliseconds. */
const STALL_MS = 20_000;
/** Bytes of a reader that wait for it before nothing more is written: a whole snapshot of hundreds of links. */
const MAX_UNREAD_BYTES = 512 * 1024;

/** What a stream was asked for. */
export interface StreamAsked {
  lang: Lang;
  view: FeedView;
  visitor: Visitor;
}

interface Stream {
  visitor: Visitor;
  end(): void;
}

/** The streams of the page: server-sent events (WHATWG HTML §9.2), each with one message of the feed. */
export class PageStreams {
  readonly #clock: Pick<Clock, 'after'>;
  readonly #streams = new Set<Stream>();

  constructor(clock: Pick<Clock, 'after'>) {
    this.#clock = clock;
  }

  get isFull(): boolean {
    return this.#streams.size >= MAX_STREAMS;
  }

  /** Sends the feed until its reader leaves, stalls, or the stream is ended. Returns at once. */
  open(feed: Pick<Feed, 'open'>, response: ServerResponse, { lang, view, visitor }: StreamAsked): void {
    // Its end has been told already, and would not be again.
    if (response.destroyed) return;
    const gone = new AbortController();
    const stream = { visitor, end: () => gone.abort() };
    this.#streams.add(stream);
    response.on('error', () => {});
    response.once('close', () => gone.abort());
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store, no-transform',
      // Without this, proxies that buffer responses would hold events back.
      'x-accel-buffering': 'no',
    });
    response.flushHeaders();
    const beats = this.#beat(response, gone.signal);
    const asked = { lang, view, canWrite: visitor.role === 'write', signal: gone.signal };
    void this.#send(feed.open(asked), response, gone.signal)
      .catch(() => {})
      .finally(() => {
        beats();
        this.#streams.delete(stream);
        response.end();
      });
  }

  /** Ends those of some visitors: their browsers come again, and are asked for a key. */
  endWhere(isOver: (visitor: Visitor) => boolean): void {
    for (const { visitor, end } of this.#streams) if (isOver(visitor)) end();
  }

  close(): void {
    this.endWhere(() => true);
  }

  async #send(messages: AsyncIterable<object>, response: ServerResponse, signal: AbortSignal): Promise<void> {
    for await (const message of messages) {
      if (signal.aborted) return;
      response.write(`data: ${JSON.stringify(message)}\n\n`);
      if (response.writableLength > MAX_UNREAD_BYTES) await this.#drained(response, signal);
    }
  }

  /** The feed is not read meanwhile: it holds a bounded number of messages. */
  async #drained(response: ServerResponse, signal: AbortSignal): Promise<void> {
    const stalled = this.#clock.after(STALL_MS, () => response.destroy());
    try {
      await once(response, 'drain', { signal });
    } finally {
      stalled();
    }
  }

  #beat(response: ServerResponse, signal: AbortSignal): () => void {
    let cancel = () => {};
    const next = () => {
      cancel = this.#clock.after(COMMENT_MS, () => {
        if (signal.aborted) return;
        if (!response.writableNeedDrain) response.write(': still here\n\n');
        next();
      });
    };
    next();
    return () => cancel();
  }
}
