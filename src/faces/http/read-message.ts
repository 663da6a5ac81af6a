import { isUtf8 } from 'node:buffer';
import { type Envelope, MAX_BATCH_ITEMS, readEnvelope } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import { nestsDeeper } from '../../protocol/json-depth.js';
import { valueAt } from '../../protocol/json-parts.js';
import { Method } from '../../protocol/mcp.js';
import { RpcError } from '../../protocol/rpc-errors.js';
import { type Rejection, refusal } from './rejection.js';

/**
 * Objects and arrays in each other. Messages nest some ten, and schemas in them some tens deep; readers of JSON that are recursive,
 * Python's among them, fail at about 1 000.
 */
export const MAX_DEPTH = 250;

/**
 * Bytes of what mcp-pipe parses itself and does not only pass on: `initialize`, and `_meta` of a request. Some kilobytes are usual, with
 * the icons of a client some hundred. 60 MB of them took 2.5 GB and held up everybody for more than 10 s.
 */
export const MAX_CONTEXT = 1024 * 1024;

export const LONG_CONTEXT = `initialize, and "_meta" of a request, may be ${MAX_CONTEXT} bytes long`;

/** Whether a message has more of that. `envelope` is that of the frame. */
export function hasLongContext(frame: Frame, envelope: Envelope): boolean {
  if (frame.length <= MAX_CONTEXT) return false;
  return (envelope.items ?? [envelope]).some((item) => {
    if (item.method === Method.initialize) return true;
    if (item.paramsStart < 0) return false;
    const meta = valueAt(frame, ['_meta'], { start: item.paramsStart, end: frame.length });
    return meta !== undefined && meta.end - meta.start > MAX_CONTEXT;
  });
}

/** The envelope of a POST's body, or why the body is rejected. */
export function readMessage(body: Buffer): Envelope | Rejection {
  if (nestsDeeper(body, MAX_DEPTH))
    return refusal(400, `the body nests objects and arrays more than ${MAX_DEPTH} deep`);
  const envelope = readEnvelope(body);
  const refuse = (message: string) => ({ status: 400, code: RpcError.parse, message });
  // The server would close its connection because of it (RFC 6455 §8.1), and every caller would lose the server.
  if (!envelope.isPlain && !isUtf8(body)) return refuse('the body is not UTF-8');
  if (envelope.kind === 'invalid') return refuse('the body is not valid JSON');
  if (envelope.kind === 'other' || !envelope.versioned) {
    return refusal(400, `the body is no JSON-RPC 2.0 message, and no batch of ${MAX_BATCH_ITEMS} at most`);
  }
  if (hasLongContext(body, envelope)) return refusal(413, LONG_CONTEXT);
  // MCP "Requests"; its answer could not be told from the answer to what cannot be read.
  if ((envelope.items ?? [envelope]).some((item) => item.kind === 'request' && hasNullId(body, item))) {
    return refusal(400, 'the id of a request must not be null');
  }
  return envelope;
}

function hasNullId(body: Buffer, { idStart }: Envelope): boolean {
  return body[idStart] === 0x6e;
}
