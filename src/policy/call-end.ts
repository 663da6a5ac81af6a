import type { Envelope } from '../protocol/envelope.js';
import type { Frame } from '../protocol/frame.js';
import { valueAt } from '../protocol/json-parts.js';
import { errorIn, isOwnError } from '../protocol/jsonrpc.js';
import { Method } from '../protocol/mcp.js';
import { MAX_LOOKED_INTO_BYTES } from './policy-defaults.js';
import type { CallEnd } from './stage.js';

/** How a reply to a request of this method ends it. */
export function endBy(method: string, reply: Frame, { isError }: Envelope): CallEnd {
  if (isError) return isOwnError(errorIn(reply).code) ? 'gone' : 'error';
  return method === Method.callTool && isToolError(reply) ? 'tool-error' : 'answered';
}

function isToolError(reply: Frame): boolean {
  if (reply.length > MAX_LOOKED_INTO_BYTES || !reply.includes('isError')) return false;
  const at = valueAt(reply, ['result', 'isError']);
  return at !== undefined && reply.toString('latin1', at.start, at.end) === 'true';
}
