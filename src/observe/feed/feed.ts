import type { Lang } from '../../messages/index.js';
import type { FeedMessage } from '../../protocol/feed.js';

/** What a reader looks at: the whole, and beside it the log, or more of one server or link. */
export type FeedView = { of: 'overview' | 'log' } | { of: 'server' | 'link'; name: string };

/** What a reader of the feed asked for. */
export interface FeedAsked {
  /** The language of its texts. */
  lang: Lang;
  /** Default: the overview. */
  view?: FeedView | undefined;
  /** What the snapshot says of it; default true. */
  canWrite?: boolean;
  /** Aborts when the reader is gone. */
  signal?: AbortSignal | undefined;
}

/**
 * The feed of a running mcp-pipe: one for all its readers. Nothing is computed while there are none.
 *
 *     for await (const message of feed.open({ lang: 'vi', view: readView('server/memory'), signal })) …
 *
 * The first message is a snapshot, at once; then changes follow, at most four a second. A reader that is slow to take them
 * holds a bounded number: instead of further ones it gets a whole snapshot again, and of log lines their number (`dropped`).
 * It ends when `signal` aborts, when the reader leaves the loop, or when the feed is closed.
 */
export interface FeedOfRun {
  open(asked: FeedAsked): AsyncIterable<FeedMessage>;
}

/** `overview`, `log`, `server/NAME` or `link/NAME`; undefined for anything else. */
export function readView(text: string): FeedView | undefined {
  if (text === 'overview' || text === 'log') return { of: text };
  const [, of, name] = /^(server|link)\/(.+)$/s.exec(text) ?? [];
  return of && name ? { of: of as 'server' | 'link', name } : undefined;
}
