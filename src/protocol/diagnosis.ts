import type { ProxyFacts } from './errors.js';

/** Why a connection ended or could not be made. */
export type Cause =
  /** 4004 while `initialize` was not answered: the server is too slow or broken. */
  | 'initialize-unanswered'
  /** The endpoint ended the connection after it got an error as the answer to its `initialize`. */
  | 'initialize-refused'
  /** 4004 while other links of this process have the same token: the endpoint's limit. */
  | 'token-limit'
  /** 4004 without either: the endpoint failed, or another program uses this token. */
  | 'endpoint-error'
  /** 1008: the endpoint does not accept the token. */
  | 'token-rejected'
  /** 1000 with a reason that says a newer connection took over. */
  | 'replaced'
  /** 1000 or 1005: the endpoint closed the connection without an error. */
  | 'closed-by-endpoint'
  /** 1001, 1012, 1013: the endpoint goes away or restarts. */
  | 'endpoint-restarting'
  /** 1006: the connection ended without a close frame. */
  | 'connection-lost'
  /** 1009: a message was larger than the endpoint accepts. */
  | 'message-too-big'
  /** 1011: the endpoint had an internal error. */
  | 'endpoint-failed'
  /**
   * 1002, 1003, 1007: the endpoint says that mcp-pipe violated the WebSocket protocol, or sent data that it does not
   * accept.
   */
  | 'protocol-violation'
  /** The endpoint, or a proxy on the way, violated the WebSocket protocol, and mcp-pipe closed. */
  | 'endpoint-violation'
  /** A keepalive ping was not answered: a half-open socket. */
  | 'keepalive-lost'
  /** The socket is open, but the endpoint was silent for much longer than ever before. */
  | 'deaf'
  /** No request came since the connection opened: the endpoint may have forgotten it. */
  | 'never-asked'
  | 'refused'
  | 'dns'
  | 'tls'
  | 'timeout'
  | 'unreachable'
  | 'http-unauthorized'
  | 'http-forbidden'
  | 'http-not-found'
  | 'http-rate-limited'
  | 'http-server-error'
  | 'http-unexpected'
  /** 407 of a proxy: it requires a login, or another one. */
  | 'proxy-auth'
  /** Any other rejection by a proxy. */
  | 'proxy-refused'
  /** 5xx of a proxy: it cannot reach the endpoint. */
  | 'proxy-cannot-reach'
  /** The proxy itself cannot be reached. */
  | 'proxy-unreachable'
  /** The program that answers is no HTTP proxy. */
  | 'proxy-invalid'
  /** None of the above; see code and reason. */
  | 'unknown';

/** What the supervisor does after an end with this cause. */
export type NextAction =
  /** Dial again after the usual backoff. */
  | { kind: 'retry' }
  /** Dial again, but not before `notBeforeMs`, growing with each repetition of the same cause. */
  | { kind: 'retry-slowly'; notBeforeMs: number };

/** A request of the endpoint that was answered with an error. */
export interface Refusal {
  /** Method of the request. */
  method: string;
  /** The side that answered: the server, or mcp-pipe in its place. */
  by: 'server' | 'mcp-pipe';
  /** JSON-RPC 2.0 §5.1; undefined when the error had none. */
  code: number | undefined;
  /** Text of the error, to be escaped before it is shown (D97). May be empty. */
  message: string;
  /** How long before the end of the connection, in milliseconds. */
  agoMs: number;
}

/** The conclusion from the end of a connection, or from a failed dial: data, without texts for people (D5). */
export interface Diagnosis {
  /** The cause, as far as it can be known. */
  cause: Cause;
  /** What the supervisor does next. */
  action: NextAction;
  /** WebSocket close code (RFC 6455 §7.4) or HTTP status; undefined when there was neither. */
  code: number | undefined;
  /** The reason that the endpoint gave, or the system's error code. May be empty. */
  reason: string;
  /** The proxy, if it is to blame. */
  proxy?: ProxyFacts | undefined;
  /** Number of other links of this process with the same token. */
  siblings: number;
  /** How long the connection was open, in milliseconds; undefined when it never opened. */
  openForMs: number | undefined;
  /** Whether the endpoint sent `initialize` in this connection, and whether it got an answer. */
  initialize: 'not-asked' | 'unanswered' | 'answered';
  /** The error that the endpoint got as an answer just before the end, if that may be the cause. */
  refusal?: Refusal | undefined;
}
