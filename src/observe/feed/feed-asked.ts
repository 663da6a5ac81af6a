import type { Lang } from '../../messages/index.js';

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

/** `overview`, `log`, `server/NAME` or `link/NAME`; undefined for anything else. */
export function readView(text: string): FeedView | undefined {
  if (text === 'overview' || text === 'log') return { of: text };
  const [, of, name] = /^(server|link)\/(.+)$/s.exec(text) ?? [];
  return of && name ? { of: of as 'server' | 'link', name } : undefined;
}
