import { once } from 'node:events';
import { WebSocket } from 'ws';
import { eventually, PATIENCE_MS } from './eventually.js';

/** One end of a WebSocket as a test drives it: every frame is kept, and nothing is answered by itself. */
export class SocketPeer {
  readonly frames: string[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  pings = 0;
  pongs = 0;
  readonly socket: WebSocket;
  #read = 0;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data) => this.frames.push(String(data)));
    socket.on('ping', () => (this.pings += 1));
    socket.on('pong', () => (this.pongs += 1));
    socket.on('error', () => {});
    // Not by `once`, which rejects at an error.
    this.closed = new Promise((resolve) =>
      socket.once('close', (code, reason) => resolve({ code, reason: String(reason) })),
    );
  }

  static async open(url: string, options: { protocols?: string[]; headers?: Record<string, string> } = {}) {
    const socket = new WebSocket(url, options.protocols ?? [], { headers: options.headers ?? {} });
    const peer = new SocketPeer(socket);
    await once(socket, 'open');
    return peer;
  }

  /** The HTTP status that answers an upgrade which is not accepted, and its Retry-After. */
  static async rejected(url: string, headers: Record<string, string> = {}) {
    const socket = new WebSocket(url, { headers });
    socket.on('error', () => {});
    const [, response] = await once(socket, 'unexpected-response');
    socket.terminate();
    return {
      status: response.statusCode as number,
      retryAfter: response.headers['retry-after'] as string | undefined,
    };
  }

  send(text: string): void {
    this.socket.send(text);
  }

  /** The next frame that was not read yet. */
  async next(timeoutMs = PATIENCE_MS): Promise<string> {
    const at = this.#read++;
    return eventually(() => this.frames[at] ?? false, { timeoutMs, everyMs: 2, what: `frame ${at + 1}` });
  }

  async nextJson(): Promise<Message> {
    return JSON.parse(await this.next()) as Message;
  }

  reply(message: Message, result: unknown): void {
    this.send(JSON.stringify({ jsonrpc: '2.0', id: message.id, result }));
  }

  /** Answers `initialize` and `tools/list` as a server with these tools. */
  async greet(tools: unknown[] = [], serverInfo = { name: 'peer', version: '1' }): Promise<void> {
    this.reply(await this.nextJson(), {
      protocolVersion: '2024-11-05',
      capabilities: { tools: {} },
      serverInfo,
    });
    await this.next(); // notifications/initialized
    this.reply(await this.nextJson(), { tools });
  }

  /** Resolves when the far side has handled everything that was sent before: it answers pings in order. */
  async settled(): Promise<void> {
    const pongs = this.pongs;
    this.socket.ping();
    await eventually(() => this.pongs > pongs, { everyMs: 2, what: 'the pong' });
  }
}

export interface Message {
  id?: unknown;
  method?: string;
  params?: Record<string, unknown>;
  result?: unknown;
  error?: { code: number; message: string };
}
