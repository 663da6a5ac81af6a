/**
 * What a running link knows of itself at the moment it is asked. Events tell what has changed; these tell what would
 * cost too much to be an event each time. All ages are in milliseconds.
 */
export interface LinkStats {
  /** Undefined while none is open. */
  connection: ConnectionStats | undefined;
  servers: readonly ServerStats[];
}

export interface ConnectionStats {
  openForMs: number;
  /** How long ago the endpoint asked something on it for the first time; undefined when it never has. */
  askedAgoMs: number | undefined;
  /** How long ago it got its first answer there, `initialize` or any other; undefined when it never has. */
  answeredAgoMs: number | undefined;
}

export interface ServerStats {
  /** Its name in the configuration. */
  name: string;
  calls: CallStats;
}

/** The requests that one server was asked to answer, whoever asked, but for `initialize` and `ping`, which are upkeep. */
export interface CallStats {
  /** It works on them now, and somebody waits, or did when they began. */
  inFlight: number;
  oldest: OldestCall | undefined;
  /** Since mcp-pipe began, over all processes of the server. */
  answered: number;
  /** Answered with a JSON-RPC error, or not at all because the process ended. */
  failed: number;
  /** How long ago the last one came; undefined before the first. */
  lastAgoMs: number | undefined;
}

export interface OldestCall {
  method: string;
  /** Of the tool, prompt or resource: others' text, to be cleaned before it is shown. */
  name: string | undefined;
  ageMs: number;
}
