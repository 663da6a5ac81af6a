import type { Feed } from '../observe/feed/feed.js';
import type { FeedParts } from './feed-sources.js';

/** The feed of a run: one for all its readers, made for the first of them. Until then nothing of it is loaded. */
export class RunFeed {
  readonly #parts: FeedParts;
  #feed: Promise<Feed> | undefined;
  #isClosed = false;

  constructor(parts: FeedParts) {
    this.#parts = parts;
  }

  load(): Promise<Feed> {
    this.#feed ??= this.#make();
    return this.#feed;
  }

  /** Sends every reader away. */
  async close(): Promise<void> {
    this.#isClosed = true;
    (await this.#feed)?.close();
  }

  async #make(): Promise<Feed> {
    const [{ Feed }, { feedSources }] = await Promise.all([
      import('../observe/feed/feed.js'),
      import('./feed-sources.js'),
    ]);
    const feed = new Feed(feedSources(this.#parts), { changes: this.#parts.app.changes });
    if (this.#isClosed) feed.close();
    return feed;
  }
}
