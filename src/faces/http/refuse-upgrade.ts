import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { encodeError } from '../../protocol/jsonrpc.js';
import type { Rejection } from './rejection.js';
import { REQUEST_ID_HEADER, withRequestId } from './request-id.js';

const listeners = new WeakMap<Duplex, (status: number) => void>();

/** Calls `listener` with the status if the request on this socket is refused. */
export function hearRefusal(socket: Duplex, listener: (status: number) => void): void {
  listeners.set(socket, listener);
}

/**
 * Answers a request to upgrade with the rejection, as `reject` answers others, and ends the connection.
 *
 * @param requestId see `requestIdOf`
 * @param more further headers
 */
export function refuseUpgrade(
  socket: Duplex,
  { status, code, message, data, headers }: Rejection,
  requestId?: string,
  more: readonly (readonly [string, string])[] = [],
): void {
  listeners.get(socket)?.(status);
  const body = encodeError('null', code, message, withRequestId(data, requestId));
  const lines = Object.entries({
    ...Object.fromEntries(more),
    connection: 'close',
    'content-type': 'application/json',
    'content-length': String(body.length),
    ...headers,
    ...(requestId === undefined ? {} : { [REQUEST_ID_HEADER]: requestId }),
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  // Without this a half-closed connection would outlive the server.
  socket.once('finish', () => socket.destroy());
  socket.on('error', () => socket.destroy());
  socket.end(
    Buffer.concat([
      Buffer.from(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n`),
      body,
    ]),
  );
}
