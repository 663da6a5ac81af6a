import type { Clock } from '../../../time/clock.js';
import type { AcceptClient, Caller } from '../../accept.js';

export interface SessionlessOptions {
  clock: Clock;
  accept: AcceptClient;
  /** Of every request. */
  caller: Caller;
  /** What the server is told of this client. */
  clientInfo: { name: string; version: string };
  /**
   * Whether requests of MCP 2026-07-28 are carried to a server that takes them beside those of earlier revisions. False in
   * front of a mux, whose servers may be of any revision: requests are translated, and each server is asked in its own. Asked
   * for each new client of the servers.
   */
  mayCarry: () => boolean;
  /** With more bytes than this that the server has not read, no further bodies are read. */
  maxQueuedBytes: number;
  /** After this long without a request the client leaves the server; the next request makes a new one. In milliseconds. */
  idleMs: number;
  /** How long the client of a call may take to come back with what the server has asked for, in milliseconds. */
  inputWaitMs: number;
  /** What the server asks for within this time of a call is asked of the client at once; 0: what came together. In milliseconds. */
  gatherMs: number;
  /** Calls that may wait for their clients at a time. */
  maxWaiting: number;
  /** Called when the client has left the server. */
  onIdle?: () => void;
}

/** For options that nobody sets otherwise. */
export const sessionlessDefaults = {
  /** A client that polls once a minute keeps what it has subscribed to and set at the server. */
  idleMs: 5 * 60_000,
  /** A person is asked, who may have to look something up; a client whose person has gone never comes back. */
  inputWaitMs: 10 * 60_000,
  /** Servers ask for several things one right after the other; more than the time of reading is lost with a round. */
  gatherMs: 50,
  /** Each is a call that runs at the server. */
  maxWaiting: 1_000,
} as const;
