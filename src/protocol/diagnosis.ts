import type { ProxyFacts } from './errors.js';

/** Why a connection ended or could not be made. */
export type Cause =
  /** 4004 soon after open while our answer to `initialize` was still owed: the server is too slow or broken. */
  | 'initialize-unanswered'
  /** The endpoint ended the connection after it got an error as the answer to its `initialize`. */
  | 'initialize-refused'
  /** 4004 while other links of this process hold the same token: the endpoint's limit. */
  | 'token-limit'
  /** 4004 without either: the endpoint failed, or another program uses this token. */
  | 'endpoint-error'
  /** 1008: the endpoint does not accept the token. */
  | 'token-rejected'
  /** 1000 with a reason that says a newer connection took over. */
  | 'replaced'
  /** 1000 or 1005: the endpoint ended the connection in good order. */
  | 'closed-by-endpoint'
  /** 1001, 1012, 1013: the endpoint goes away or restarts. */
  | 'endpoint-restarting'
  /** 1006: the connection vanished without a close frame. */
  | 'connection-lost'
  /** 1009: a message was larger than the endpoint takes. */
  | 'message-too-big'
  /** 1011: the endpoint failed inside. */
  | 'endpoint-failed'
  /** 1002, 1003, 1007: the endpoint says that we broke the WebSocket protocol, or sent what it does not take. */
  | 'protocol-violation'
  /** The endpoint, or a proxy on the way, broke the WebSocket protocol, and we closed. */
  | 'endpoint-violation'
  /** Our keepalive went unanswered: a half-open socket. */
  | 'keepalive-lost'
  /** Alive on the wire, but silent for much longer than this endpoint ever was. */
  | 'deaf'
  /** Nothing was asked on it since it opened: the endpoint may have forgotten it. */
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
  /** 407 of a proxy: it wants a login, or another one. */
  | 'proxy-auth'
  /** Any other refusal of a proxy. */
  | 'proxy-refused'
  /** 5xx of a proxy: it does not get through to the endpoint. */
  | 'proxy-cannot-reach'
  /** The proxy itself cannot be reached. */
  | 'proxy-unreachable'
  /** What answers is no HTTP proxy. */
  | 'proxy-invalid'
  /** None of the above; code and reason tell the rest. */
  | 'unknown';

/** What a supervisor does about a cause. */
export type NextAction =
  /** Dial again after the ordinary backoff. */
  | { kind: 'retry' }
  /** Dial again, but not before `notBeforeMs`, growing with each repetition of the same cause. */
  | { kind: 'retry-slowly'; notBeforeMs: number };

/** A request of the endpoint that was answered with an error. */
export interface Refusal {
  /** Of the request. */
  method: string;
  /** Who answered: the server, or mcp-pipe in its place. */
  by: 'server' | 'mcp-pipe';
  /** JSON-RPC 2.0 §5.1; undefined when the error had none. */
  code: number | undefined;
  /** Its own words: to be cleaned before they are shown. May be empty. */
  message: string;
  /** How long before the end of the connection, in milliseconds. */
  agoMs: number;
}

/** What was concluded from the end of a connection, or from a failed attempt: data, without words for people (D5). */
export interface Diagnosis {
  /** Why, as far as it can be known. */
  cause: Cause;
  /** What the supervisor does next. */
  action: NextAction;
  /** WebSocket close code (RFC 6455 §7.4) or HTTP status; undefined when there was neither. */
  code: number | undefined;
  /** The endpoint's own words, or the system's error word. May be empty. */
  reason: string;
  /** The proxy that is to blame; undefined when it is not. */
  proxy?: ProxyFacts | undefined;
  /** How many links of this process hold the same token, this one not counted. */
  siblings: number;
  /** How long the connection was open; undefined when it never was. */
  openForMs: number | undefined;
  /** Whether the endpoint sent `initialize` in this connection, and whether it was answered. */
  initialize: 'not-asked' | 'unanswered' | 'answered';
  /** The error that the endpoint was answered with just before the end, if that may be why. */
  refusal?: Refusal | undefined;
}
