/** Bounds that no setting changes. */
export const BOUNDS = {
  /** Bytes of a text file that is read. A configuration of 10,000 servers has 2 MiB; a much larger file is a wrong one. */
  textFileBytes: 4 * 1024 * 1024,
  /** Bytes of a file that holds one secret: enough for any key or token, too few for a log file named by accident. */
  secretFileBytes: 64 * 1024,
  /** Bytes of another program's configuration in which servers are looked for. Those that people write are shorter. */
  nearbyFileBytes: 1024 * 1024,
  /** Depth of nested brackets: far more than a configuration needs, far less than what a recursive reader can take. */
  nestedBrackets: 100,
  /** Characters of a line that an error shows: enough to find the place, and not too wide for a terminal. */
  excerptLength: 100,
  /** Longer than git needs for one file, and short enough not to look stuck. */
  gitTimeoutMs: 3_000,
  /** How long docker compose lets a container stop when its file does not say. */
  composeStopGraceMs: 10_000,
} as const;
