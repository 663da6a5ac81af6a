import type { CallOrigin } from './call-origin.js';

/**
 * How a request of an endpoint ended. `ok`: it was answered with a result, whatever the result says; `error`: with an error,
 * of the server or of mcp-pipe; `timed-out`: by mcp-pipe, because the server of a mux took longer than `callTimeoutMs`;
 * `cancelled`: by the endpoint (MCP "Cancellation"); `lost`: its connection ended before it was answered.
 */
export type CallOutcome = 'ok' | 'error' | 'timed-out' | 'cancelled' | 'lost';

/** Where the time of a call went that a server has answered, in milliseconds; together they are its `ms`. */
export interface CallLegs {
  /** From the first byte of the request until mcp-pipe had all of it. */
  read: number;
  /** Until the server was sent it: while the server started, for instance. */
  waited: number;
  /** Until the server had answered. */
  server: number;
  /** Until the socket took the answer: longer when the endpoint does not read. */
  sent: number;
}

/** Who the client of a link is, where it has connected to mcp-pipe or is one of an agent. */
export interface CallerName {
  /** Name of the key, or who a token was given to. */
  key?: string | undefined;
  agent?: string | undefined;
}

/** Arguments of a call. `json` is their text; undefined when it is too long to be kept. */
export interface CallArguments {
  json: string | undefined;
  bytes: number;
}

/**
 * One request of an endpoint that is over. `ping` and `initialize` are none. Results are not in it, and arguments only where they were asked for. Texts of
 * the endpoint (`method`, `tool`, `id`) are to be escaped before they are shown (D97).
 */
export interface FinishedCall {
  /** Unique in a run. */
  key: number;
  /** Name of the link. */
  link: string;
  /** The server that the request was sent to; undefined when it was sent to none, or to several. */
  server: string | undefined;
  /** The request's method, such as `tools/call`. */
  method: string;
  /** The tool or prompt, as the endpoint spells it; undefined for other requests. */
  tool: string | undefined;
  /** The request's id as the endpoint spells it, JSON text. */
  id: string;
  /** When it was over, in milliseconds of the daemon's clock (`performance.now()`). */
  endedAt: number;
  /** Time from the request to its end, in milliseconds. */
  ms: number;
  /** How it ended. */
  outcome: CallOutcome;
  /** Code of the error (JSON-RPC 2.0 §5.1); undefined without one. */
  code: number | undefined;
  /** Bytes of the request. */
  requestBytes: number;
  /** Bytes of the answer; 0 without one. */
  replyBytes: number;
  /** The server was not asked: an answer from before was still good (`"cache"`). */
  fromCache?: boolean | undefined;
  /** Undefined for a call that no server has answered. `sent` of it, and `ms`, grow until the socket has taken the answer. */
  legs: CallLegs | undefined;
  /** Who has made it; undefined where neither key nor agent is known. */
  caller?: CallerName | undefined;
  /** Of requests of clients of the gateway. */
  origin?: CallOrigin | undefined;
  /** Not redacted; undefined unless they were asked for. */
  arguments?: CallArguments | undefined;
  /** Keeps the object as it is until `letGo` was called as often. Only objects that are used again have both. */
  keep?(): void;
  /** Call it once for each `keep`, when the object is not needed any more. */
  letGo?(): void;
}

/**
 * Receives every call when it is over, once. Must not throw. Where `reusesCalls` is set, the object is used for another call
 * afterwards, unless `keep` was called.
 */
export type OnCall = (call: FinishedCall) => void;
