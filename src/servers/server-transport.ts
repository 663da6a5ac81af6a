import type { ServerEnd } from '../protocol/server-end.js';
import type { CloseReason, Transport } from '../transports/transport.js';

/** The open channel to one life of a server, for instance to its process, with facts about that. */
export interface ServerTransport extends Transport {
  /** Process id of the server; undefined when the server is no process. */
  readonly pid: number | undefined;
  /**
   * The last lines that the server wrote to stderr, oldest first, without line ends. Control characters have to be escaped
   * before they are shown (D97). Empty when the server has no stderr.
   */
  stderrTail(): readonly string[];
  /** How the life ended, as data: only the transport knows what its codes and reasons mean. */
  endOf(closed: CloseReason): ServerEnd;
}
