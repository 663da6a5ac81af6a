import type { RawId } from './envelope.js';
import type { Frame } from './frame.js';

/**
 * Error codes of mcp-pipe's own replies. They lie outside -32768..-32000, which JSON-RPC 2.0 §5.1 reserves and
 * MCP 2026-07-28 forbids gateways to invent codes in.
 */
// D48
export const ErrorCode = {
  /** The server's process ended while this call was running. The call was not repeated. */
  serverExited: -31001,
  /** The server is not running right now and did not come back in time. */
  serverDown: -31002,
  /** The endpoint's connection ended before it answered this request of the server. */
  endpointGone: -31003,
  /** mcp-pipe is shutting down and takes no further calls. */
  shuttingDown: -31004,
  /** The message, or the answer to it, is larger than `maxFrameBytes`. */
  oversize: -31005,
  /** The server runs, but was not initialised by mcp-pipe, so that it cannot be asked beside its endpoint. */
  notInitialized: -31006,
  /** Whoever asked beside the endpoint has cancelled the call. */
  cancelled: -31007,
  /** The server has not read its input for seconds; the request was not passed on. */
  serverBusy: -31008,
  /** The server did not answer within `callTimeoutMs`. */
  callTimeout: -31009,
  /** A request of the server, and nobody is there who could answer it. */
  noCaller: -31010,
  /** The connection was given to another server (rotation) or link (priority) before this call was answered. */
  turnOver: -31011,
  /** The servers of this token take turns, and this one waits for its own. */
  notItsTurn: -31012,
  /** The server has answered, but in a way that cannot be passed on. `data.why` says what is wrong. */
  unreadable: -31013,
  /** The endpoint has not answered so many requests of this server that no more are passed on. */
  tooManyQuestions: -31014,
} as const;

/** Whether an error comes from mcp-pipe, this one or one that the server is. */
export function isOwnError(code: number | undefined): boolean {
  return Object.values<number | undefined>(ErrorCode).includes(code);
}

/** One error reply, `{"jsonrpc":"2.0","id":…,"error":{code,message,data?}}`; `rawId` is the id token. */
export function encodeError(rawId: RawId, code: number, message: string, data?: unknown): Frame {
  const error = JSON.stringify(data !== undefined ? { code, message, data } : { code, message });
  return Buffer.from(`{"jsonrpc":"2.0","id":${rawId},"error":${error}}`, 'utf8');
}

/** What an error reply says, as far as it keeps to JSON-RPC 2.0 §5.1. */
export function errorIn(reply: Frame): { code: number | undefined; message: string } {
  let error: { code?: unknown; message?: unknown } | null | undefined;
  try {
    ({ error } = JSON.parse(reply.toString('utf8')) as { error?: typeof error });
  } catch {
    // An envelope may hold for a message whose inside is no JSON.
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
