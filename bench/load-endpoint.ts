import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { closeFrame, FrameCounter, textFrame } from './frames.js';

/** Of every id, so that all requests have the same length. */
const ID_DIGITS = 9;

/** One connection of a subject; the load is written and counted here. */
export class LoadConnection {
  /** Messages received since the connection was made. */
  received = 0;
  receivedBytes = 0;
  /** Called after each chunk that completed messages or carried a part of one. */
  onReceived: (messages: number) => void = () => {};
  closed = false;
  /** The tools that are called, in turn from one write to the next. */
  tools: readonly string[] = ['bench'];
  #turn = 0;
  readonly #socket: Socket;
  #nextId = 10 ** (ID_DIGITS - 1);
  readonly #made = new Map<string, { params: string; frame: Buffer; idAt: number }>();
  #closing = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    const counter = new FrameCounter({
      onMessages: (messages, bytes) => {
        this.received += messages;
        this.receivedBytes += bytes;
        this.onReceived(messages);
      },
      onPing: (pong) => socket.write(pong),
      // The server ends the TCP connection, whichever side began to close (RFC 6455 §7.1.1).
      onClose: (answer) => socket.end(this.#closing ? '' : answer),
    });
    socket.on('data', (chunk: Buffer) => counter.push(chunk));
    socket.on('close', () => {
      this.closed = true;
    });
    socket.on('error', () => {});
  }

  /** `countCall` requests in one write. `params` is the inside of a JSON object. */
  request(count: number, params: string): void {
    const { frame, idAt } = this.#template(params);
    const block = Buffer.allocUnsafe(frame.length * count);
    for (let i = 0, at = 0; i < count; i++, at += frame.length) {
      block.set(frame, at);
      let id = this.#nextId++;
      for (let digit = at + idAt + ID_DIGITS - 1; id > 0; digit--) {
        block[digit] = 0x30 + (id % 10);
        id = Math.floor(id / 10);
      }
    }
    this.#socket.write(block);
  }

  /** A request whose id is to be filled in: making each one anew would cost more than the subjects spend on it. */
  #template(params: string) {
    const tool = this.tools[this.#turn++ % this.tools.length]!;
    const made = this.#made.get(tool);
    if (made?.params === params) return made;
    const head = '{"jsonrpc":"2.0","id":';
    const rest = `,"method":"tools/call","params":{"name":"${tool}","arguments":{${params}}}}`;
    const frame = textFrame(head + '0'.repeat(ID_DIGITS) + rest);
    const fresh = { params, frame, idAt: frame.indexOf('"id":') + 5 };
    this.#made.set(tool, fresh);
    return fresh;
  }

  /** What the cloud does first. */
  async greet(): Promise<void> {
    const params = JSON.stringify({
      protocolVersion: '2024-11-05',
      capabilities: { roots: { listChanged: false }, sampling: {} },
      clientInfo: { name: 'bench', version: '1' },
    });
    const answered = this.messages(this.received + 1);
    this.#socket.write(textFrame(`{"jsonrpc":"2.0","id":0,"method":"initialize","params":${params}}`));
    await answered;
    this.#socket.write(textFrame('{"jsonrpc":"2.0","method":"notifications/initialized"}'));
  }

  /** One request and its answer. */
  async ask(params = ''): Promise<void> {
    const answered = this.messages(this.received + 1);
    this.request(1, params);
    await answered;
  }

  /** What every endpoint asks for before it calls a tool. */
  async list(): Promise<void> {
    const answered = this.messages(this.received + 1);
    this.#socket.write(textFrame('{"jsonrpc":"2.0","id":1,"method":"tools/list"}'));
    await answered;
  }

  /** Asks again and again until an answer comes: a program may lose requests while its server is away. */
  async insist(): Promise<void> {
    const answered = this.messages(this.received + 1);
    const again = setInterval(() => this.request(1, ''), 200);
    this.request(1, '');
    await answered;
    clearInterval(again);
  }

  /** Resolves when `total` messages have come. */
  messages(total: number): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (this.received < total) return;
        this.onReceived = () => {};
        resolve();
      };
      this.onReceived = look;
      look();
    });
  }

  close(code: number): void {
    this.#closing = true;
    this.#socket.write(closeFrame(code));
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

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
