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
 * `redial`: dial again after the wait that the cause asks for; a link without a lease waits on. `move-on`: the connection
 * was closed to switch to another server, so dial at once. `leave`: another link has taken over the servers; do not dial
 * again.
 */
export type AfterConnection = (end: NoConnection) => 'redial' | 'move-on' | 'leave';
