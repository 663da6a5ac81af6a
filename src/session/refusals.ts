import type { Refusal } from '../protocol/diagnosis.js';
import type { Frame } from '../protocol/frame.js';
import { errorIn, isOwnError } from '../protocol/jsonrpc.js';
import { Method } from '../protocol/mcp.js';

/** A request of the endpoint that was answered with an error. The reply is read when somebody asks what it said. */
interface RefusedRequest {
  method: string;
  reply: Frame;
  /** Clock time in milliseconds. */
  at: number;
}

/** Those of one connection: its `initialize`, unless a later one fared better, and the last of all. */
export interface RefusedRequests {
  initialize: RefusedRequest | undefined;
  last: RefusedRequest | undefined;
}

/** What may be why the endpoint ended the connection at `now`, clock time in milliseconds. */
export function refusalOf({ initialize, last }: RefusedRequests, now: number): Refusal | undefined {
  // One that was made up for is forgiven.
  const found = initialize ?? (last?.method === Method.initialize ? undefined : last);
  if (!found) return undefined;
  const { method, reply, at } = found;
  const { code, message } = errorIn(reply);
  return { method, by: isOwnError(code) ? 'mcp-pipe' : 'server', code, message, agoMs: Math.round(now - at) };
}
