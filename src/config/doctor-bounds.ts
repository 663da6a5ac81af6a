/** Bounds of `mcp-pipe doctor`, which no setting changes. */
export const DOCTOR = {
  /** The doctor warns of a certificate that ends sooner: those of Let's Encrypt are renewed 30 days before. */
  certificateWarnDays: 14,
  /** The doctor warns of a clock that differs by more: tokens and certificates allow about a minute. */
  clockSkewWarnMs: 60_000,
  /** How long endpoints wait for the answer to `initialize`, measured at the cloud. */
  endpointInitializeMs: 10_000,
  /** The most tools of one connection that a user of the cloud has reported to work. */
  manyTools: 70,
  /** A list of tools of this size is about 16,000 tokens of a model's context. */
  manyToolBytes: 64 * 1024,
  /** How long the doctor waits for the first request of an endpoint that it has dialled. */
  dialWatchMs: 3_000,
  /** An endpoint that takes no further connection says so within this time after its first request. */
  dialSettleMs: 500,
  /** The whole run of the doctor, unless asked otherwise: as long as a person watches a line that moves. */
  timeoutMs: 30_000,
  /** npm takes a second to say which registry it uses, on a small VPS several. */
  npmConfigTimeoutMs: 10_000,
  /** An abnormal end is news for a day. */
  recentEndMs: 24 * 60 * 60 * 1_000,
  /** A registry that takes longer to answer is of no use to npx and uvx either. */
  registryTimeoutMs: 10_000,
  /** A running mcp-pipe answers at once, under load within seconds. */
  daemonTimeoutMs: 3_000,
  /** Lines of the log in a support archive: what happened lately, in a file that can be mailed. */
  logRecords: 500,
} as const;
