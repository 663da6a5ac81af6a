import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { CLIENT_MASK } from './frames.js';
import { LoadConnection } from './load-connection.js';

/** Accepts the connections of a subject on raw sockets, so that the generator costs little. */
export class LoadEndpoint {
  readonly #server = createServer((_request, response) => response.writeHead(404).end());
  readonly #connections = new Map<string, LoadConnection>();
  readonly #sockets = new Set<Socket>();
  readonly #waiting = new Map<string, (connection: LoadConnection) => void>();

  static async start(): Promise<LoadEndpoint> {
    const endpoint = new LoadEndpoint();
    endpoint.#server.on('upgrade', (request, socket) => endpoint.#accept(request, socket as Socket));
    endpoint.#server.listen(0, '127.0.0.1');
    await once(endpoint.#server, 'listening');
    return endpoint;
  }

  /** Open connections. */
  get open(): number {
    return this.#sockets.size;
  }

  url(token: string): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}/mcp/?token=${token}`;
  }

  /** The next connection with that token, or the one that is there and open. */
  connection(token: string): Promise<LoadConnection> {
    const there = this.#connections.get(token);
    if (there && !there.closed) return Promise.resolve(there);
    return new Promise((resolve) => this.#waiting.set(token, resolve));
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(request: IncomingMessage, socket: Socket): void {
    const key = request.headers['sec-websocket-key'];
    // RFC 6455 §4.2.2.
    const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    const token = new URL(request.url ?? '/', 'http://x').searchParams.get('token') ?? '';
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    const connection = new LoadConnection(socket);
    this.#connections.set(token, connection);
    this.#waiting.get(token)?.(connection);
    this.#waiting.delete(token);
  }
}

/** Connects to a subject that listens, as soon as it does; it is tried again every 2 ms. */
export async function dialled(url: string): Promise<LoadConnection> {
  for (;;) {
    const socket = await upgraded(url.replace(/^ws:/, 'http:')).catch(() => undefined);
    if (socket) return new LoadConnection(socket, CLIENT_MASK);
    await delay(2);
  }
}

function upgraded(url: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const headers = {
      ...{ Connection: 'Upgrade', Upgrade: 'websocket' },
      ...{ 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': 'bWNwLXBpcGUgYmVuY2ghIQ==' },
    };
    const asked = request(url, { headers });
    asked.on('upgrade', (_response, socket, head) => {
      if (head.length > 0) socket.unshift(head);
      resolve(socket as Socket);
    });
    asked.on('response', (response) => {
      response.resume();
      reject(new Error(`answered with ${response.statusCode}`));
    });
    asked.on('error', reject);
    asked.end();
  });
}
