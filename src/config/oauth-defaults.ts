/** Numbers of the gateway's own authorization server; the section "oauth" of "gateway" overrides the first two. */
export const OAUTH = {
  /** A stolen one is of use for an hour at most; clients get the next one by themselves. */
  accessToken: '1h',
  /** Who uses a client once a month stays logged in. */
  refreshToken: '30d',
  /** Less, and a client asks for tokens more often than for tools; in milliseconds. */
  leastMs: 60_000,
  /** A client that is not used for a year is not missed. */
  mostMs: 366 * 24 * 3_600_000,
} as const;
