/** Every number of mcp-pipe with its unit and its reason. `settings` in mcp_config.json overrides any of them. */
export const defaults = {
  /** First backoff ceiling: quick enough that nobody notices a short outage. */
  minDelayMs: 1_000,
  /** Ten minutes: what the scripts people come from use as their ceiling. */
  maxDelayMs: 600_000,
  /** A life this long, with `initialize` answered, proves the link healthy and resets its backoff. */
  stableAfterMs: 10_000,
  /** The cloud gives up on `initialize` after about 10 s; a dial that takes longer is a fault, too. */
  dialTimeoutMs: 10_000,
  /** Cold `npx` and `uvx` downloads take minutes on a small VPS. */
  initializeTimeoutMs: 180_000,
  /** After this long without an answer to `initialize` the log says so, and repeats it. */
  initializeWarnMs: 10_000,
  /** Servers that may be starting at once; more of them only slow each other down. */
  maxParallelStarts: 8,
  /** A server that needs longer to start lets the next one begin: it waits for a download, not for the processor. */
  startSlotMs: 5_000,
  /** How long a call may wait for a server that is being restarted: below the cloud's 10 s. */
  holdTimeoutMs: 8_000,
  /** WebSocket ping interval: that of the peers, and below the 30-60 s idle limits of common proxies. */
  keepaliveIntervalMs: 20_000,
  /** No pong and no other traffic for this long after a ping: the socket is half-open. */
  keepaliveTimeoutMs: 20_000,
  /** The shortest silence that may count as deafness; the real bound is learned per link. */
  deafAfterMs: 60_000,
  /** Silence longer than this many times the longest one ever seen is deafness. */
  deafFactor: 3,
  /** Calls in flight may take this long to finish when mcp-pipe stops. */
  drainTimeoutMs: 10_000,
  /** How long a server may take to leave after its stdin ended, before SIGTERM. */
  endTimeoutMs: 2_000,
  /** How long after SIGTERM before SIGKILL. */
  termTimeoutMs: 3_000,
  /** How long the closing handshake of a WebSocket may take (RFC 6455 §7.1.1). */
  closeTimeoutMs: 2_000,
  /** Largest message in either direction: room for images and files in base64, yet bounded. */
  maxFrameBytes: 64 * 1024 * 1024,
  /** Bytes that may wait on a link before its sender is made to wait. */
  maxQueuedBytes: 4 * 1024 * 1024,
} as const;

/** The same numbers, each perhaps overridden. */
export type Settings = { [Name in keyof typeof defaults]: number };
