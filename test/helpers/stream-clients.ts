import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { WebSocket } from 'ws';
import { EventStream } from '../../src/transports/remote/event-stream.js';
import { eventually } from './eventually.js';

export interface StreamMessage {
  id?: unknown;
  method?: string;
  params?: Record<string, unknown>;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the server says
  result?: any;
  error?: { code: number; message: string; data?: unknown };
}

interface Wire {
  /** Sends a message as it is written. Resolves with the status of its POST, if it is one. */
  send(text: string): Promise<number | undefined>;
  drop(): void;
}

export type StreamKind = 'ws' | 'sse';

/** A client that holds a connection open, without an SDK: what it sends and gets is seen byte for byte. */
export class StreamClient {
  /** Every message that has come, as it was written. */
  readonly texts: string[] = [];
  /** The data of the first event of a stream of HTTP with SSE. */
  endpoint = '';
  /** Resolves when the connection has ended, with the code of a WebSocket. */
  readonly closed: Promise<number | undefined>;
  isClosed = false;
  #wire!: Wire;
  #closed!: (code?: number) => void;
  #heard = new Set<() => void>();
  #nextId = 1_000;

  private constructor() {
    this.closed = new Promise((resolve) => {
      this.#closed = (code) => {
        this.isClosed = true;
        resolve(code);
        for (const heard of [...this.#heard]) heard();
      };
    });
  }

  /** Opens a WebSocket (`ws:`) or a stream of HTTP with SSE (`http:`). */
  static async open(url: string, headers: Record<string, string> = {}): Promise<StreamClient> {
    const client = new StreamClient();
    client.#wire = await (url.startsWith('ws') ? client.#webSocket(url, headers) : client.#sse(url, headers));
    return client;
  }

  /** Opens it and initialises. */
  static async initialized(url: string, headers: Record<string, string> = {}): Promise<StreamClient> {
    const client = await StreamClient.open(url, headers);
    const { result } = await client.ask('initialize', {
      protocolVersion: '2025-06-18',
      capabilities: { sampling: {}, roots: {} },
      clientInfo: { name: 'raw', version: '1' },
    });
    if (!result) throw new Error('initialize was refused');
    await client.send({ method: 'notifications/initialized' });
    return client;
  }

  get messages(): StreamMessage[] {
    return this.texts.map((text) => JSON.parse(text) as StreamMessage);
  }

  send(message: object | string): Promise<number | undefined> {
    const text = typeof message === 'string' ? message : JSON.stringify({ jsonrpc: '2.0', ...message });
    return this.#wire.send(text);
  }

  /** Sends a request and resolves with its reply. */
  async ask(method: string, params: object = {}, id: unknown = this.#nextId++): Promise<StreamMessage> {
    const replied = this.reply(id);
    // Where sending fails, that is the error.
    replied.catch(() => {});
    await this.send({ id, method, params });
    return replied;
  }

  call(name: string, args: object = {}, id?: unknown): Promise<StreamMessage> {
    return this.ask('tools/call', { name, arguments: args }, id ?? this.#nextId++);
  }

  /** The text of a tool's result. @throws Error for any other answer */
  async text(name: string, args: object = {}, id?: unknown): Promise<string> {
    const reply = await this.call(name, args, id);
    const text = reply.result?.content?.[0]?.text;
    if (typeof text !== 'string') throw new Error(`${name}: ${JSON.stringify(reply)}`);
    return text;
  }

  /** The next reply with this id. */
  reply(id: unknown): Promise<StreamMessage> {
    return this.next((message) => message.method === undefined && message.id === id, `a reply to ${id}`);
  }

  /** The next message that is as wanted. */
  async next(isWanted: (message: StreamMessage) => boolean, what = 'a message'): Promise<StreamMessage> {
    let at = this.texts.length;
    for (;;) {
      for (; at < this.texts.length; at++) {
        const message = JSON.parse(this.texts[at]!) as StreamMessage;
        if (isWanted(message)) return message;
      }
      if (this.isClosed) throw new Error(`the connection ended before ${what} came`);
      await new Promise<void>((resolve) => {
        const heard = () => {
          this.#heard.delete(heard);
          resolve();
        };
        this.#heard.add(heard);
      });
    }
  }

  /** Cuts the connection, and says nothing. */
  drop(): void {
    this.#wire.drop();
  }

  #take(text: string): void {
    this.texts.push(text);
    for (const heard of [...this.#heard]) heard();
  }

  async #webSocket(url: string, headers: Record<string, string>): Promise<Wire> {
    const socket = new WebSocket(url, ['mcp'], { headers, maxPayload: 2 ** 30 });
    socket.on('message', (data) => this.#take(String(data)));
    socket.on('error', () => {});
    socket.on('close', (code) => this.#closed(code));
    await Promise.race([
      once(socket, 'open'),
      this.closed.then((code) => Promise.reject(new Error(`closed ${code}`))),
    ]);
    return {
      send: (text) =>
        new Promise((resolve) => socket.send(Buffer.from(text), { binary: false }, () => resolve(undefined))),
      drop: () => socket.terminate(),
    };
  }

  async #sse(url: string, headers: Record<string, string>): Promise<Wire> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const opening = request(url, { headers: { accept: 'text/event-stream', ...headers } });
    opening.on('error', () => {});
    const [stream] = (await once(opening.end(), 'response')) as [IncomingMessage];
    if (stream.statusCode !== 200) throw new Error(`status ${stream.statusCode}`);
    const events = new EventStream(2 ** 30, {
      onData: (data, type) => {
        if (type === 'endpoint') this.endpoint = data.toString();
        else this.#take(data.toString());
      },
      onOversize: () => {},
    });
    stream.on('data', (chunk: Buffer) => events.push(chunk));
    stream.on('error', () => {});
    stream.on('close', () => {
      agent.destroy();
      this.#closed();
    });
    const endpoint = await eventually(() => this.endpoint !== '' && this.endpoint, {
      what: 'the first event',
    });
    const to = new URL(endpoint, url);
    return {
      send: (text) =>
        new Promise((resolve, reject) => {
          const length = Buffer.byteLength(text);
          const own = { 'content-type': 'application/json', 'content-length': length };
          const post = request(to, { method: 'POST', agent, headers: { ...own, ...headers } }, (response) =>
            response.resume().once('close', () => resolve(response.statusCode)),
          );
          post.on('error', reject);
          post.end(text);
        }),
      drop: () => {
        opening.destroy();
        agent.destroy();
      },
    };
  }
}
