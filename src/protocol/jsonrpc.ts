import type { RawId } from './envelope.js';
import type { Frame } from './frame.js';
import { markOwn } from './own-error.js';

/**
 * Error codes of mcp-pipe's own replies. They are outside -32768..-32000, which JSON-RPC 2.0 §5.1 reserves and in which MCP
 * 2026-07-28 forbids codes of gateways.
 */
// D48
export const ErrorCode = {
  /** The server's process ended while this call was running. The call was not repeated. */
  serverExited: -31001,
  /** The server is not running right now and did not come back in time. */
  serverDown: -31002,
  /** The endpoint's connection ended before it answered this request of the server. */
  endpointGone: -31003,
  /** mcp-pipe is shutting down and accepts no further calls. */
  shuttingDown: -31004,
  /** The message, or the answer to it, is larger than `maxFrameBytes`. */
  oversize: -31005,
  /** The server runs, but was not initialised by mcp-pipe, so mcp-pipe cannot send it requests of its own. */
  notInitialized: -31006,
  /** A request of mcp-pipe's own was cancelled by its caller, `mcp-pipe call` for instance. */
  cancelled: -31007,
  /** The server has not read its input for seconds; the request was not passed on. */
  serverBusy: -31008,
  /** The server did not answer within `callTimeoutMs`. */
  callTimeout: -31009,
  /** For a request of the server: no caller is connected that could answer it. */
  noCaller: -31010,
  /** The connection was given to another server (rotation), link (priority) or mcp-pipe before this call was answered. */
  turnOver: -31011,
  /** The servers of this token take turns, and this server waits for its turn. */
  notItsTurn: -31012,
  /** The server has answered, but its answer cannot be passed on. `data.why` says why. */
  unreadable: -31013,
  /** Too many requests of this server to the endpoint are unanswered, so this one is not passed on. */
  tooManyServerRequests: -31014,
  /** The configuration was changed: this link is being replaced, or this link or server is no longer in it. */
  configChanged: -31015,
  /** The client has not read its answers for seconds, while others use the server: this answer, or request of the server, was dropped. */
  clientTooSlow: -31016,
  /** The connection was closed to be made anew before this call was answered. */
  connectionRenewed: -31017,
  /** The server, or something on the way to it, rejected the request; it had no effect. `data.cause` says why. */
  requestRejected: -31018,
  /** The server's answer to this call was cut, or is none. The call may have had its effect; it was not repeated. */
  answerLost: -31019,
  /** The key, agent or server does not allow this: tool, method or server. The server did not get the request. */
  notAllowed: -31020,
  /** More calls than allowed in this time; `data.retryAfterMs` says when to come again. */
  tooManyCalls: -31021,
  /** As many calls as allowed run, and as many wait. `data.retryAfterMs` says when to come again. */
  serverFull: -31022,
  /** The server has failed too often: its calls are refused for a while. `data.retryAfterMs` says when to come again. */
  serverFailing: -31023,
  /** The call needs the approval of a person, who declined or did not answer in time. */
  notApproved: -31024,
  /** The definition of the tool has changed since it was approved: it is held until somebody approves it. */
  toolChanged: -31025,
} as const;

/** Whether an error comes from an mcp-pipe: from this one, or from a server that is one. */
export function isOwnError(code: number | undefined): boolean {
  return Object.values<number | undefined>(ErrorCode).includes(code);
}

/** One error reply, `{"jsonrpc":"2.0","id":…,"error":{code,message,data?}}`; `rawId` is the id token. */
export function encodeError(rawId: RawId, code: number, message: string, data?: unknown): Frame {
  const error = JSON.stringify(data !== undefined ? { code, message, data } : { code, message });
  return markOwn(Buffer.from(`{"jsonrpc":"2.0","id":${rawId},"error":${error}}`, 'utf8'));
}

/** Code and message of an error reply, as far as they are valid in JSON-RPC 2.0 §5.1. */
export function errorIn(reply: Frame): { code: number | undefined; message: string } {
  let error: { code?: unknown; message?: unknown } | null | undefined;
  try {
    ({ error } = JSON.parse(reply.toString('utf8')) as { error?: typeof error });
  } catch {
    // The envelope of a message may be valid although its inner parts are no JSON.
  }
  return {
    code: typeof error?.code === 'number' ? error.code : undefined,
    message: typeof error?.message === 'string' ? error.message : '',
  };
}

/** One success reply; `rawId` is the id token as JSON text. */
export function encodeResult(rawId: RawId, result: unknown): Frame {
  return Buffer.from(`{"jsonrpc":"2.0","id":${rawId},"result":${JSON.stringify(result)}}`, 'utf8');
}

/** One request; `rawId` is the id token as JSON text. */
export function encodeRequest(rawId: RawId, method: string, params?: unknown): Frame {
  const tail = params === undefined ? '' : `,"params":${JSON.stringify(params)}`;
  return Buffer.from(`{"jsonrpc":"2.0","id":${rawId},"method":${JSON.stringify(method)}${tail}}`, 'utf8');
}

/** One notification. */
export function encodeNotification(method: string, params?: unknown): Frame {
  const tail = params === undefined ? '' : `,"params":${JSON.stringify(params)}`;
  return Buffer.from(`{"jsonrpc":"2.0","method":${JSON.stringify(method)}${tail}}`, 'utf8');
}
