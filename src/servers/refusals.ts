import type { Refusal } from '../protocol/diagnosis.js';
import type { Frame } from '../protocol/frame.js';
import { ErrorCode, errorIn, isOwnError } from '../protocol/jsonrpc.js';
import { Method } from '../protocol/mcp.js';
import type { WhyStopped } from '../protocol/status.js';

/** A request of the endpoint that was answered with an error. The reply is parsed only by `refusalOf`. */
interface RefusedRequest {
  method: string;
  reply: Frame;
  /** Clock time in milliseconds. */
  at: number;
}

/** Error answers on one connection: the one to `initialize`, unless a later `initialize` succeeded, and the last of all. */
export interface RefusedRequests {
  initialize: RefusedRequest | undefined;
  last: RefusedRequest | undefined;
}

/**
 * The error that may be why the endpoint closed the connection at `now` (clock time in ms); undefined when there is none.
 */
export function refusalOf({ initialize, last }: RefusedRequests, now: number): Refusal | undefined {
  // An error to `initialize` does not count when a later `initialize` succeeded.
  const found = initialize ?? (last?.method === Method.initialize ? undefined : last);
  if (!found) return undefined;
  const { method, reply, at } = found;
  const { code, message } = errorIn(reply);
  return { method, by: isOwnError(code) ? 'mcp-pipe' : 'server', code, message, agoMs: Math.round(now - at) };
}

/** The JSON-RPC error that answers a request in place of the server. */
export interface ErrorReply {
  /** One of `ErrorCode`. */
  code: number;
  text: string;
}

/** What callers get whose requests come while the link stops. */
export const STOPPED: Record<WhyStopped, ErrorReply> = {
  stopping: { code: ErrorCode.shuttingDown, text: 'mcp-pipe is stopping and takes no more calls.' },
  replaced: {
    code: ErrorCode.configChanged,
    text: 'The configuration of this link was changed, so its connection is being replaced. Try again in a few seconds.',
  },
  removed: {
    code: ErrorCode.configChanged,
    text: 'This link was removed from the configuration and takes no more calls.',
  },
  paused: {
    code: ErrorCode.configChanged,
    text: 'This link was paused and takes no more calls until it is resumed.',
  },
  'handed-over': {
    code: ErrorCode.turnOver,
    text: 'Another mcp-pipe takes this connection over. The call was not passed on: call again in a moment.',
  },
  unserved: {
    code: ErrorCode.configChanged,
    text: 'This client is served no longer: its key or its server is gone, or its place is needed.',
  },
};
