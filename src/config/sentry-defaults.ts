/** Numbers of reports to Sentry; none can be configured. */
export const SENTRY = {
  /** What Sentry itself takes where nothing is said. */
  environment: 'production',
  /** The same problem of the same link or server is reported once in this time; the next report counts what came between. */
  repeatMs: 600_000,
  /** At most this many reports in `windowMs`: a free plan has 5,000 in a month. */
  mostInWindow: 30,
  windowMs: 600_000,
  /** Problems whose last report is remembered. */
  mostKnown: 500,
  /** Reports that wait for a service that is away; the oldest make room. About 1 KiB each. */
  mostWaiting: 50,
  /** How long one request may take. */
  requestTimeoutMs: 10_000,
  /** The first wait before a report is sent again; it doubles up to `longestRetryMs`. */
  retryMs: 2_000,
  longestRetryMs: 300_000,
  /** The pause after a 429 that names none, as Sentry's rules for clients have it. */
  pauseMs: 60_000,
  /** Longest pause that a service may ask for. */
  longestPauseMs: 3_600_000,
  /** How long a stop, or the end by a crash, may wait for reports. */
  flushMs: 2_000,
} as const;
