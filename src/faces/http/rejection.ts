import type { ServerResponse } from 'node:http';
import type { RawId } from '../../protocol/envelope.js';
import { encodeError } from '../../protocol/jsonrpc.js';
import { RpcError } from '../../protocol/rpc-errors.js';
import { REQUEST_ID_HEADER, withRequestId } from './request-id.js';

/** Why a request is rejected: an HTTP status, and the JSON-RPC error in its body. */
export interface Rejection {
  status: number;
  code: number;
  message: string;
  data?: unknown;
  headers?: Readonly<Record<string, string>>;
}

/** A rejection for which JSON-RPC has no code of its own. */
export function refusal(
  status: number,
  message: string,
  headers?: Readonly<Record<string, string>>,
): Rejection {
  return { status, code: RpcError.invalidRequest, message, ...(headers ? { headers } : {}) };
}

/** Answers with the rejection. To be called before anything else is sent. */
export function reject(response: ServerResponse, rejection: Rejection, rawId: RawId = 'null'): void {
  const { status, code, message, data, headers } = rejection;
  const named = withRequestId(data, response.getHeader(REQUEST_ID_HEADER));
  sendJson(response, status, encodeError(rawId, code, message, named), headers);
}

/** Bodies up to this length are copied once more, which costs less than a second piece. */
const IN_ONE_PIECE_BYTES = 8 * 1024;

/** Answers with one JSON text. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: Buffer,
  headers?: Readonly<Record<string, string>>,
): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': body.length,
    'cache-control': 'no-store',
    ...headers,
  });
  // A short text is written together with the headers, in one piece.
  if (body.length <= IN_ONE_PIECE_BYTES) response.end(body.toString('latin1'), 'latin1');
  else response.end(body);
}
