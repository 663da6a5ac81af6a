/** The page's own numbers; those of the daemon are in config/defaults.ts, which the page does not see. */

/** The daemon sends a byte every 5 s; after two that did not come, and a moment for a slow phone, the page is blind. */
export const BLIND_AFTER_MS = 12_000;
/** The first retry: most losses are a daemon that starts again within a second or two. */
export const RETRY_FIRST_MS = 1_000;
/** The longest wait between tries: long enough for a phone's battery, short enough for a person who looks at it. */
export const RETRY_MOST_MS = 15_000;
/** Six streams are all that HTTP/1.1 allows a host, and a phone's radio sleeps: a hidden page lets go after this. */
export const HIDDEN_MS = 30_000;
/** Messages of the log that the page keeps, most of one line: a page stays open for days. */
export const LOG_KEPT = 2_000;
/** One sentence for a screen reader in this time, so that it is not interrupted by the next. */
export const SAID_EVERY_MS = 5_000;
/** How long a person may undo. */
export const UNDO_MS = 6_000;
/** How long a button says "Copied". */
export const COPIED_MS = 2_000;
/** Wires of more servers are a tangle. */
export const MOST_WIRED = 24;
/** So many servers are seen at a glance; from here on they can be searched. */
export const FIND_FROM = 13;
/** More servers are grouped by class. */
export const GROUP_FROM = 61;
/** More rows are drawn only where they can be seen. */
export const WINDOW_FROM = 101;
/** Rows kept above and below what is seen, for quick scrolling. */
export const WINDOW_SPARE = 12;
/** Countdowns show seconds. */
export const TICK_MS = 1_000;
