/** Why a link connects again although its connection works: a person asks for it, or the endpoint has not read a changed list. */
export type WhyRenewed = 'asked' | 'list-change-unread';

/**
 * What a request to connect again has led to: `closes`: the connection is closed between two calls, and the endpoint is
 * dialled at once; `dials`: the link waits no longer for its next dial. Otherwise nothing, and the word says why.
 */
export type Reconnected = 'closes' | 'dials' | NothingDone;

/** `dialing` and `starting`: the link connects anyway. `stopping`: also a link that was not started, or has stopped. */
type NothingDone = 'dialing' | 'starting' | 'waiting-for-lease' | 'stopping';

/** An event of a link that connects again although nothing has failed; see `StatusEvent`. */
export interface RenewalEvent {
  type: 'connection-renewed';
  why: WhyRenewed;
  /** `open`: the connection is closed and made anew; `waiting`: the next dial comes sooner. */
  from: 'open' | 'waiting';
  /** Number of calls that were answered with an error, because they took longer than `drainTimeoutMs`. */
  pending: number;
}
