import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { encodeError } from '../../protocol/jsonrpc.js';
import type { Rejection } from './rejection.js';

/** Answers a request to upgrade with the rejection, as `reject` answers others, and ends the connection. */
export function refuseUpgrade(socket: Duplex, { status, code, message, data, headers }: Rejection): void {
  const body = encodeError('null', code, message, data);
  const lines = Object.entries({
    connection: 'close',
    'content-type': 'application/json',
    'content-length': String(body.length),
    ...headers,
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
