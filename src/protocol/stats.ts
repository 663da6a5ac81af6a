/** Current numbers of a running link, which change too often for events. All ages are in milliseconds. */
export interface LinkStats {
  /** The open connection; undefined while there is none. */
  connection: ConnectionStats | undefined;
  servers: readonly ServerStats[];
}

export interface ConnectionStats {
  openForMs: number;
  /** Age of the connection's first request; undefined when none came. */
  askedAgoMs: number | undefined;
  /** Age of the first answer to a request on the connection, `initialize` or any other; undefined when there was none. */
  answeredAgoMs: number | undefined;
  /** Bytes of what was sent that wait until the endpoint reads; undefined where that is not known. */
  unsentBytes?: number | undefined;
}

export interface ServerStats {
  /** The server's name in the configuration. */
  name: string;
  /** Of all links that use the server. */
  calls: CallStats;
  /** Of this link alone, while others used the server as well; undefined while this one is alone. */
  ofLink?: CallStats | undefined;
  /** Messages of this link that wait until the server can take them. */
  held?: number | undefined;
  /** Its processes, when it has several (`"instances"`). */
  copies?: readonly CopyFacts[] | undefined;
}

/** One process of a server that has several. */
export interface CopyFacts {
  /** Its number, from 1. */
  copy: number;
  /** `waiting`: it is started again later. `leaving`: it only answers its last calls. `different`: it says other things of itself.
   * `asleep`: it is not started while the others are enough (`"start": "demand"`). */
  state: 'starting' | 'ready' | 'waiting' | 'leaving' | 'different' | 'asleep';
  pid: number | undefined;
  /** Calls that it works on. */
  running: number;
  /** Calls that it got since it was started. */
  calls: number;
  /** Failures in a row. */
  failures: number;
  nextStartMs?: number | undefined;
}

/** Counts of the requests to one server, of the endpoint and of mcp-pipe itself, without `initialize` and `ping`. */
export interface CallStats {
  /** Requests that the server works on now, without lists that mcp-pipe itself asks for. */
  inFlight: number;
  oldest: OldestCall | undefined;
  /** Answered with a result, since mcp-pipe started, over all lives of the server. */
  answered: number;
  /** Answered with a JSON-RPC error, or not at all because the process ended. */
  failed: number;
  /** Age of the last request; undefined before the first. */
  lastAgoMs: number | undefined;
}

/** A call that a server works on now. Texts are of others, to be escaped before they are shown. */
export interface RunningCall {
  /** The server's name in the configuration. */
  server: string;
  /** The link that the call came on; undefined when its connection has ended. */
  link: string | undefined;
  method: string;
  /** Name of the tool, prompt or resource. */
  name: string | undefined;
  ageMs: number;
  /** The id of the request as the server got it from the link, as JSON text. */
  id: string;
}

export interface OldestCall {
  method: string;
  /** Name of the tool, prompt or resource: text of others, to be escaped before it is shown. */
  name: string | undefined;
  ageMs: number;
}
