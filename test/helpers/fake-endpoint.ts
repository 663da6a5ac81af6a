import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

import { Endpoint } from '../../src/protocol/endpoint.js';
import { CLOUD_INITIALIZE } from '../../src/protocol/mcp.js';
import { factsOfResponse } from '../../src/transports/dial-failure.js';
import { clock } from './clock.js';
import { eventually, PATIENCE_MS } from './eventually.js';
import { listenInMemory } from './memory-network.js';
import { isMemory } from './strategy.js';

type Json = Record<string, unknown>;

/** A reply, as tests read it; the request decides which members it has. */
export interface Reply {
  id: unknown;
  result: {
    protocolVersion: string;
    tools: { name: string }[];
    content: [{ text: string }];
    [member: string]: unknown;
  };
  error: { code: number; message: string; data?: unknown };
}

/** The channel that the frames of a connection go through. */
export interface Wire {
  /** Called with each received frame, as text. */
  onFrame: (text: string) => void;
  readonly closed: Promise<{ code: number; reason: string }>;
  send(text: string): void;
  close(code?: number, reason?: string): void;
  drop(): void;
  taken(): Promise<unknown>;
}

/** See what every connection receives and sends. */
export const watching: Record<'onReceived' | 'onSent', (on: FakeConnection, text: string) => void> = {
  onReceived: () => {},
  onSent: () => {},
};

/** One accepted connection. The test decides about each frame. */
export class FakeConnection {
  readonly #wire: Wire;
  /** The address that was dialled, with its token; without the host, unless in memory. */
  readonly url: string;
  readonly openedAt = clock.now();
  /** Every frame received, as text, in order. */
  readonly frames: string[] = [];
  /** Settles with code and reason when the connection has ended. */
  readonly closed: Promise<{ code: number; reason: string; at: number }>;
  isClosed = false;

  /** Called with each frame, as text, in addition. */
  onFrame: ((text: string) => void) | undefined;

  constructor(wire: Wire, url: string) {
    this.#wire = wire;
    this.url = url;
    wire.onFrame = (text) => {
      this.frames.push(text);
      watching.onReceived(this, text);
      this.onFrame?.(text);
    };
    this.closed = wire.closed.then((end) => {
      this.isClosed = true;
      return { ...end, at: clock.now() };
    });
  }

  get socket(): WebSocket {
    return this.#sockets.socket;
  }

  get tcp(): Socket {
    return this.#sockets.tcp;
  }

  get #sockets(): SocketWire {
    if (this.#wire instanceof SocketWire) return this.#wire;
    throw new Error('a connection in memory has no socket');
  }

  /** Starts the closing handshake. */
  close(code?: number, reason?: string): void {
    this.#wire.close(code, reason);
  }

  /** Ends the connection without a close frame. */
  drop(): void {
    this.#wire.drop();
  }

  /** Resolves when the link has read everything that was sent so far. */
  async taken(): Promise<void> {
    await this.#wire.taken();
  }

  /** Sends a string unchanged, any other value as JSON. */
  send(message: string | Json): void {
    const text = typeof message === 'string' ? message : JSON.stringify(message);
    watching.onSent(this, text);
    this.#wire.send(text);
  }

  /** Resolves with the first frame, received or future, that satisfies the condition. */
  frame(matches: (frame: string) => boolean, timeoutMs = PATIENCE_MS): Promise<string> {
    return eventually(() => this.frames.find(matches), { timeoutMs, what: 'the expected frame' });
  }

  /** Resolves with the parsed reply to the call with that id. */
  async reply(id: unknown, timeoutMs = PATIENCE_MS): Promise<Reply> {
    const text = await this.frame((frame) => {
      const message = JSON.parse(frame) as Json;
      return message.id === id && !('method' in message);
    }, timeoutMs);
    return JSON.parse(text);
  }

  /** Calls a method; resolves with the reply. */
  async call(id: unknown, method: string, params: Json = {}, timeoutMs = PATIENCE_MS) {
    this.send({ jsonrpc: '2.0', id, method, params });
    return this.reply(id, timeoutMs);
  }

  /** Calls a tool, and does not wait for the reply. */
  begin(id: unknown, name: string, args: Json = {}): void {
    this.send({ jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: args } });
  }

  /** Calls a tool; resolves with the text of its first content block. */
  async tool(id: unknown, name: string, args: Json = {}, timeoutMs = PATIENCE_MS): Promise<string> {
    const { result, error } = await this.call(id, 'tools/call', { name, arguments: args }, timeoutMs);
    if (error) throw new Error(JSON.stringify(error));
    return result.content[0].text;
  }

  /** Does what the cloud does first: initialize (id 0), then notifications/initialized. */
  async greet(params: Json = { ...CLOUD_INITIALIZE }, id: unknown = 0) {
    const reply = await this.call(id, 'initialize', params);
    this.send({ jsonrpc: '2.0', method: 'notifications/initialized' });
    return reply;
  }
}

type Refusal = { status: number; headers: Record<string, string> } | 'cut';

export interface FakeEndpointOptions {
  /** Runs on each connection right after it was accepted. */
  onConnection?: (connection: FakeConnection, index: number) => void;
  /** Answers the upgrade with this status and these headers instead; `cut` drops the TCP connection. */
  refuse?: (() => Refusal | undefined) | undefined;
  /** May handle the upgrade itself; returns whether it did. Not used in memory. */
  onUpgrade?: (request: IncomingMessage, socket: Socket) => boolean;
}

class SocketWire implements Wire {
  readonly socket: WebSocket;
  readonly tcp: Socket;
  onFrame: (text: string) => void = () => {};
  readonly closed: Promise<{ code: number; reason: string }>;

  constructor(socket: WebSocket, tcp: Socket) {
    this.socket = socket;
    this.tcp = tcp;
    socket.on('message', (data, isBinary) => this.onFrame(isBinary ? `binary:${data}` : data.toString()));
    this.closed = new Promise((resolve) =>
      socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() })),
    );
    socket.on('error', () => {});
  }

  send(text: string): void {
    this.socket.send(text);
  }

  close(code?: number, reason?: string): void {
    this.socket.close(code, reason);
  }

  drop(): void {
    this.tcp.destroy();
  }

  taken(): Promise<unknown> {
    this.socket.ping();
    return once(this.socket, 'pong');
  }
}

/** A WebSocket endpoint that sends nothing by itself. In memory, where links use `dialInMemory`, it opens no socket. */
export class FakeEndpoint {
  readonly connections: FakeConnection[] = [];
  /** When each upgrade was requested, in milliseconds. */
  readonly dials: number[] = [];
  options: FakeEndpointOptions;
  #port = 0;
  #stopListening: () => void | Promise<void> = () => {};

  private constructor(options: FakeEndpointOptions) {
    this.options = options;
  }

  static async start(options: FakeEndpointOptions = {}): Promise<FakeEndpoint> {
    const endpoint = new FakeEndpoint(options);
    if (isMemory) endpoint.#listenInMemory();
    else await endpoint.#listen();
    return endpoint;
  }

  async #listen(): Promise<void> {
    const wss = new WebSocketServer({ noServer: true, maxPayload: 512 * 1024 * 1024 });
    const server = createServer((_: IncomingMessage, response: ServerResponse) =>
      response.writeHead(426).end(),
    );
    server.on('upgrade', (request, socket, head) => {
      this.dials.push(clock.now());
      // A client may cut its connection while it is refused.
      socket.on('error', () => {});
      if (this.options.onUpgrade?.(request, socket as Socket)) return;
      const refused = this.options.refuse?.();
      if (refused === 'cut') return void socket.destroy();
      if (refused) return void socket.end(httpAnswer(refused));
      wss.handleUpgrade(request, socket as Socket, head, (ws) => {
        this.#accept(new SocketWire(ws, socket as Socket), request.url ?? '');
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    this.#port = (server.address() as AddressInfo).port;
    this.#stopListening = async () => {
      for (const { socket } of this.connections) socket.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    };
  }

  #listenInMemory(): void {
    const { port, close } = listenInMemory((newWire, url) => {
      this.dials.push(clock.now());
      const refused = this.options.refuse?.();
      if (refused === 'cut') return { reason: 'ECONNRESET' };
      if (refused) return factsOfResponse(refused.status, lowerCased(refused.headers), Date.now());
      this.#accept(newWire(), url);
      return undefined;
    });
    this.#port = port;
    this.#stopListening = () => {
      for (const connection of this.connections) connection.drop();
      close();
    };
  }

  #accept(wire: Wire, url: string): void {
    const connection = new FakeConnection(wire, url);
    this.connections.push(connection);
    const serving: unknown = this.options.onConnection?.(connection, this.connections.length - 1);
    // What it waits for on a connection that has ended, of the last redial of a test for instance, is of no interest.
    if (serving instanceof Promise)
      serving.catch((error: unknown) => {
        if (!connection.isClosed) throw error;
      });
  }

  get port(): number {
    return this.#port;
  }

  endpoint(token = 'secret-token-for-tests'): Endpoint {
    return new Endpoint(`ws://127.0.0.1:${this.port}/mcp/?token=${token}`);
  }

  /** Resolves with connection number `index`, counted from 0. */
  connection(index = 0, timeoutMs = PATIENCE_MS): Promise<FakeConnection> {
    return eventually(() => this.connections[index], { timeoutMs, what: `connection ${index}` });
  }

  async close(): Promise<void> {
    await this.#stopListening();
  }
}

function httpAnswer({ status, headers }: { status: number; headers: Record<string, string> }): string {
  const all = { ...headers, 'Content-Length': '0', Connection: 'close' };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} No\r\n${lines.join('')}\r\n`;
}

/** Header names in lower case, as Node.js returns them. */
function lowerCased(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
