/** Why a link connects again although its connection works: a person asks for it, or the endpoint has not read a changed list. */
export type WhyRenewed = 'asked' | 'list-change-unread';

/**
 * What a request to connect again has led to: `closes`: the connection is closed between two calls, and the endpoint is
 * dialled at once; `dials`: the link waits no longer for its next dial. Otherwise nothing, and the word says why.
 */
export type Reconnected = 'closes' | 'dials' | NothingDone;

/** `dialing` and `starting`: the link connects anyway. `stopping`: also a link that was not started, or has stopped. */
type NothingDone = 'dialing' | 'starting' | 'waiting-for-lease' | 'stopping';

/** Events of connections that are made anew although nothing has failed; see `StatusEvent`. */
export type RenewalEvent =
  /**
   * The link connects again. `open`: the connection is closed, and `pending` calls that took too long are answered with an
   * error; `waiting`: the next dial comes sooner.
   */
  | { type: 'connection-renewed'; why: WhyRenewed; from: 'open' | 'waiting'; pending: number }
  /** It is known now what the endpoint does with a changed list. `isNew`: it was seen, and not before this run. */
  | { type: 'list-habit'; habit: Exclude<ListHabit, 'unknown'>; isNew: boolean };

/** A list of a server. Resources and their templates share a notification (MCP "Resources"), so they are one list here. */
export type WatchedList = 'tools' | 'prompts' | 'resources';

/** What a link does when one of its lists has changed; see docs/configuration.md. */
export type OnListChange = 'auto' | 'notify' | 'reconnect';

/**
 * What an endpoint does with `notifications/…/list_changed`: it reads the list anew, or only on a new connection. `unknown`
 * until it was seen.
 */
export type ListHabit = 'unknown' | 'reads-list-changed' | 'ignores-list-changed';

/**
 * A list that was announced as changed, against what the endpoint got last. `server-missing`: it differs, and one of the servers
 * has failed, which may come back.
 */
export type ListState = 'same' | 'changed' | 'server-missing';
