import type { Transport } from '../transports/transport.js';

/** The transport of one server process, with its pid and the last lines of its stderr. */
export interface ServerTransport extends Transport {
  /** Process id of the server; undefined when the server is no process. */
  readonly pid: number | undefined;
  /**
   * The last lines that the server wrote to stderr, oldest first, without line ends. Control characters have to be escaped
   * before they are shown (D97).
   */
  stderrTail(): readonly string[];
}
