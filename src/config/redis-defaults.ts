/** Bounds of what can be configured about Redis. */
export const REDIS = {
  /** The usual port of Redis. */
  port: 6379,
  /** Renewals come three times in a time to live: below this, one slow answer costs a connection. */
  leastTtlMs: 3_000,
  /** What stops dials nothing for this long: longer helps against nothing. */
  mostTtlMs: 600_000,
  /** Number of databases that Redis can be told to have. */
  mostDatabase: 65_535,
} as const;
