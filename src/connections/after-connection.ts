import type { Diagnosis } from '../protocol/diagnosis.js';

/** Why a link has no connection. */
export type NoConnection =
  /** A dial has failed, or a connection has ended. `byUs`: mcp-pipe closed it, for another reason than silence. */
  | { type: 'ended'; byUs: boolean; diagnosis: Diagnosis }
  /** The connection was given up for another link or process. */
  | { type: 'yielded'; byUs: boolean }
  /** The link still waits for a lease. */
  | { type: 'waiting-for-lease' };

/**
 * `redial`: dial again as the cause asks for; for a link that waits for a lease, wait on. `move-on`: the connection was
 * closed to switch to another server, so dial at once. `leave`: another link has taken over the servers; do not dial again.
 */
export type AfterConnection = (end: NoConnection) => 'redial' | 'move-on' | 'leave';
