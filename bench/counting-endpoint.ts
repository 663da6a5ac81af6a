import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

/** One connection and the calls in it, in the order in which they were sent; ids count from 0 as the cloud's do. */
interface Calls {
  isAnswered: boolean[];
  /** So many had been received: the pong to a later ping has come (RFC 6455 §5.5.3). */
  received: number;
}

/** Calls without waiting for answers, and counts those that a subject had received and never answered. */
export class CountingEndpoint {
  readonly #server: WebSocketServer;
  readonly #connections: Calls[] = [];
  readonly #open = new Set<WebSocket>();
  readonly #timers = new Set<NodeJS.Timeout>();

  private constructor(server: WebSocketServer) {
    this.#server = server;
  }

  /** @param call What is sent every `everyMs` on connections with `token`, as the inside of `params`. */
  static async start(token: string, everyMs: number, call: () => string): Promise<CountingEndpoint> {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    const endpoint = new CountingEndpoint(server);
    server.on('connection', (socket, { url }) => {
      socket.on('error', () => {});
      endpoint.#greet(socket, () => {
        if (url?.includes(token)) endpoint.#callAllTheTime(socket, everyMs, call);
      });
    });
    await once(server, 'listening');
    return endpoint;
  }

  url(token: string): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}/mcp/?token=${token}`;
  }

  /** Connections on which calls were made. */
  get connections(): number {
    return this.#connections.length;
  }

  get received(): number {
    return this.#connections.reduce((sum, { received }) => sum + received, 0);
  }

  /** To be asked when every connection has ended. */
  get lost(): number {
    return this.#connections.reduce(
      (sum, { isAnswered, received }) => sum + isAnswered.slice(0, received).filter((is) => !is).length,
      0,
    );
  }

  /** Ends when the subject has ended its connections. */
  async close(): Promise<void> {
    for (const socket of this.#open) await once(socket, 'close');
    for (const timer of this.#timers) clearInterval(timer);
    this.#server.close();
  }

  #greet(socket: WebSocket, greeted: () => void): void {
    const params = {
      ...{ protocolVersion: '2024-11-05', capabilities: { roots: { listChanged: false }, sampling: {} } },
      clientInfo: { name: 'bench', version: '1' },
    };
    this.#open.add(socket);
    socket.once('close', () => this.#open.delete(socket));
    socket.once('message', () => {
      socket.send('{"jsonrpc":"2.0","method":"notifications/initialized"}');
      greeted();
    });
    socket.send(JSON.stringify({ jsonrpc: '2.0', id: 'greeting', method: 'initialize', params }));
  }

  #callAllTheTime(socket: WebSocket, everyMs: number, call: () => string): void {
    const calls: Calls = { isAnswered: [], received: 0 };
    this.#connections.push(calls);
    socket.on('message', (data) => {
      const { id, method } = JSON.parse(data.toString()) as { id: number; method?: string };
      if (method === undefined) calls.isAnswered[id] = true;
    });
    socket.on('pong', (data) => {
      calls.received = Number(data.toString());
    });
    const timer = setInterval(() => {
      if (socket.readyState !== socket.OPEN) return clearInterval(timer);
      const id = calls.isAnswered.push(false) - 1;
      socket.send(`{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{${call()}}}`);
      socket.ping(String(calls.isAnswered.length));
    }, everyMs);
    this.#timers.add(timer);
  }
}
