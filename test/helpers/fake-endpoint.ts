import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { Endpoint } from '../../src/protocol/endpoint.js';
import { CLOUD_INITIALIZE } from '../../src/protocol/mcp.js';
import { eventually, PATIENCE_MS } from './eventually.js';

type Json = Record<string, unknown>;

/** A reply as the tests read it; which members are there depends on what was asked. */
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

/** One accepted connection, driven by the test frame by frame. */
export class FakeConnection {
  readonly socket: WebSocket;
  readonly tcp: Socket;
  readonly openedAt = performance.now();
  /** Every frame received, as text, in order. */
  readonly frames: string[] = [];
  /** Settles with code and reason when the connection has ended. */
  readonly closed: Promise<{ code: number; reason: string; at: number }>;
  isClosed = false;

  constructor(socket: WebSocket, tcp: Socket) {
    this.socket = socket;
    this.tcp = tcp;
    socket.on('message', (data, isBinary) => this.frames.push(isBinary ? `binary:${data}` : data.toString()));
    this.closed = new Promise((resolve) =>
      socket.on('close', (code, reason) => {
        this.isClosed = true;
        resolve({ code, reason: reason.toString(), at: performance.now() });
      }),
    );
    socket.on('error', () => {});
  }

  /** Sends text as it is, anything else as JSON. */
  send(message: string | Json): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** The first frame, received or yet to come, that satisfies the condition. */
  frame(matches: (frame: string) => boolean, timeoutMs = PATIENCE_MS): Promise<string> {
    return eventually(() => this.frames.find(matches), { timeoutMs, what: 'the expected frame' });
  }

  /** The parsed reply to the call with that id. */
  async reply(id: unknown, timeoutMs = PATIENCE_MS): Promise<Reply> {
    const text = await this.frame((frame) => {
      const message = JSON.parse(frame) as Json;
      return message.id === id && !('method' in message);
    }, timeoutMs);
    return JSON.parse(text);
  }

  /** Calls a method and waits for the reply. */
  async call(id: unknown, method: string, params: Json = {}, timeoutMs = PATIENCE_MS) {
    this.send({ jsonrpc: '2.0', id, method, params });
    return this.reply(id, timeoutMs);
  }

  /** Calls a tool and gives the text of its first content block. */
  async tool(id: unknown, name: string, args: Json = {}, timeoutMs = PATIENCE_MS): Promise<string> {
    const { result, error } = await this.call(id, 'tools/call', { name, arguments: args }, timeoutMs);
    if (error) throw new Error(JSON.stringify(error));
    return result.content[0].text;
  }

  /** What the cloud does first: initialize (id 0), then notifications/initialized. */
  async greet(params: Json = { ...CLOUD_INITIALIZE }, id: unknown = 0) {
    const reply = await this.call(id, 'initialize', params);
    this.send({ jsonrpc: '2.0', method: 'notifications/initialized' });
    return reply;
  }
}

export interface FakeEndpointOptions {
  /** Runs on each connection right after it was accepted. */
  onConnection?: (connection: FakeConnection, index: number) => void;
  /** Answers the upgrade with plain HTTP instead. */
  onUpgrade?: (request: IncomingMessage, socket: Socket) => boolean;
}

/** A WebSocket endpoint that does nothing by itself. */
export class FakeEndpoint {
  readonly connections: FakeConnection[] = [];
  /** When each upgrade was asked for, milliseconds. */
  readonly dials: number[] = [];
  readonly #server = createServer((_: IncomingMessage, response: ServerResponse) =>
    response.writeHead(426).end(),
  );
  readonly #wss = new WebSocketServer({ noServer: true, maxPayload: 512 * 1024 * 1024 });
  options: FakeEndpointOptions;

  private constructor(options: FakeEndpointOptions) {
    this.options = options;
  }

  static async start(options: FakeEndpointOptions = {}): Promise<FakeEndpoint> {
    const endpoint = new FakeEndpoint(options);
    endpoint.#server.on('upgrade', (request, socket, head) => {
      endpoint.dials.push(performance.now());
      if (endpoint.options.onUpgrade?.(request, socket as Socket)) return;
      endpoint.#wss.handleUpgrade(request, socket as Socket, head, (ws) => {
        const connection = new FakeConnection(ws, socket as Socket);
        endpoint.connections.push(connection);
        endpoint.options.onConnection?.(connection, endpoint.connections.length - 1);
      });
    });
    endpoint.#server.listen(0, '127.0.0.1');
    await once(endpoint.#server, 'listening');
    return endpoint;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  endpoint(token = 'secret-token-for-tests'): Endpoint {
    return new Endpoint(`ws://127.0.0.1:${this.port}/mcp/?token=${token}`);
  }

  /** The n-th connection, 0-based, as soon as it is there. */
  connection(index = 0, timeoutMs = PATIENCE_MS): Promise<FakeConnection> {
    return eventually(() => this.connections[index], { timeoutMs, what: `connection ${index}` });
  }

  async close(): Promise<void> {
    for (const { socket } of this.connections) socket.terminate();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
