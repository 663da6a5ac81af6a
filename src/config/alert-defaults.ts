/** Numbers of alerts; only `afterMs` can be configured. */
export const ALERTS = {
  /** Default of `afterMs`: a restart of the endpoint, of a router or of a server is over by then. */
  afterMs: 120_000,
  /** Least `afterMs`: a reconnect takes a second. */
  leastAfterMs: 1_000,
  /** How long a server has to be silent that is not ended for it: one that is busy with a long call answers mostly by then. */
  hungAfterMs: 60_000,
  /** How long something has to work until it counts as recovered, so that a link that comes and goes sends no stream of alerts. */
  settleMs: 60_000,
  /** Events within this time are looked at together: the state changes several times while a link connects. */
  lookMs: 1_000,
  /** A look waits this many times as long as the last one took: with 1,000 links of 6 servers it takes 30 ms. */
  lookPauseTimes: 50,
  /** While an alert is open, the state is looked at this often, because a server is trusted again without any event. */
  lookAgainMs: 30_000,
  /** What happens within this time becomes one message: a network that is gone takes all links along. */
  gatherMs: 5_000,
  /** At most this many messages in `windowMs` to each channel; what comes in between goes into the next one. */
  mostInWindow: 6,
  windowMs: 600_000,
  /** Subjects for which a channel that cannot be reached keeps what it has to say. */
  mostWaiting: 1_000,
  /** How long one request may take. Services answer within a second. */
  requestTimeoutMs: 10_000,
  /** The first wait before a message is sent again; it doubles up to `longestRetryMs`. */
  retryMs: 2_000,
  longestRetryMs: 300_000,
  /** Longest pause that a service may ask for. */
  longestPauseMs: 3_600_000,
  /** How long stopping may wait for messages that are not sent yet. */
  flushMs: 3_000,
} as const;

export type AlertNumbers = { [Name in keyof typeof ALERTS]: number };
