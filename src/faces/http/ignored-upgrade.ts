import type { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

/**
 * Whether a request asks for a protocol that is spoken here. Some clients offer HTTP/2 (`h2c`) with every first request, Java's
 * for instance; a server may go on as if they had not (RFC 9110 §7.8).
 */
export function asksForWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket';
}

/**
 * Lets the server answer a request to upgrade as an ordinary one: Node hands over its connection once it is one.
 *
 * @param takes the event with which the server takes connections: `secureConnection` for one of TLS
 */
export function ignoreUpgrade(
  server: EventEmitter,
  takes: 'connection' | 'secureConnection',
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): void {
  const { method, url, httpVersion, rawHeaders } = request;
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let i = 0; i < rawHeaders.length; i += 2)
    if (rawHeaders[i]!.toLowerCase() !== 'upgrade') lines.push(`${rawHeaders[i]}: ${rawHeaders[i + 1]}`);
  server.emit(takes, socket);
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]));
}
