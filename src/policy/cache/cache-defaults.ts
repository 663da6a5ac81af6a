/** Numbers of what is kept of results; `"cache"` of a server overrides the first two. */
export const CACHE = {
  /** How long a result is good that its server says nothing of: one conversation asks the same things again within it. */
  ttlMs: 30_000,
  /** Bytes of the results of one server that are kept in memory: some hundred pages. */
  maxBytes: 16 * 1024 * 1024,
  /** Shorter is no cache but a delay; longer, nobody knows any more why an answer is old. Of what servers say as well. */
  leastTtlMs: 100,
  mostTtlMs: 24 * 3_600_000,
  leastBytes: 64 * 1024,
  mostBytes: 1024 ** 3,
  /** Results of one server in memory, whatever their size. */
  maxEntries: 10_000,
  /** What an entry costs beside its result, in bytes: its key and its place. */
  entryBytes: 300,
  /** A longer result is not kept: it is rarely asked for again, and would take the place of hundreds. */
  maxResultBytes: 1024 * 1024,
  /** The same over Redis, which answers nothing else while it is written. */
  maxStoredBytes: 256 * 1024,
  /** Longer params are not compared, in bytes, nor those that nest deeper. */
  maxParamsBytes: 64 * 1024,
  maxParamsDepth: 32,
  /** Calls of a connection that wait for an answer of the cache, or for an equal call; further ones go to the server. A quarter of those that may be held back. */
  maxWaiting: 64,
  /** How long it is waited for the server's list of tools, which says whether the tool only reads. */
  hintMs: 2_000,
} as const;
