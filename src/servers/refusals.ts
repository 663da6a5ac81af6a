import type { Refusal } from '../protocol/diagnosis.js';
import type { Frame } from '../protocol/frame.js';
import { errorIn, isOwnError } from '../protocol/jsonrpc.js';
import { Method } from '../protocol/mcp.js';

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
 * The error that may be why the endpoint closed the connection at `now` (clock time in ms); undefined when there is
 * none.
 */
export function refusalOf({ initialize, last }: RefusedRequests, now: number): Refusal | undefined {
  // An error to `initialize` does not count when a later `initialize` succeeded.
  const found = initialize ?? (last?.method === Method.initialize ? undefined : last);
  if (!found) return undefined;
  const { method, reply, at } = found;
  const { code, message } = errorIn(reply);
  return { method, by: isOwnError(code) ? 'mcp-pipe' : 'server', code, message, agoMs: Math.round(now - at) };
}
