import { Agent, type IncomingMessage, request } from 'node:http';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { RawEvents } from './raw-events.js';
import { INITIALIZE, RawHttpSession, type RawMessage, readRaw } from './raw-http-session.js';

/** How a client speaks with a gateway. */
export type Way = 'http' | 'modern' | 'sse' | 'ws';

/** A client without an SDK: it retries nothing, and may leave without a word. */
export interface RawClient {
  open(): Promise<void>;
  /**
   * Resolves with the reply; rejects when the connection ends before it. `resumes`: a client of Streamable HTTP cuts the stream
   * of the answer when it has begun, and asks for the rest.
   */
  ask(method: string, params?: object, options?: { resumes?: boolean }): Promise<RawMessage>;
  vanish(): void;
  /** Streams that were cut and asked for again. */
  readonly resumed: number;
}

export interface RawClientOptions {
  headers?: Readonly<Record<string, string>>;
  /** Is called with everything that comes. */
  onMessage?: (message: RawMessage) => void;
  /** Vanishes when the test ends, unless this is false. */
  endsWithTest?: boolean;
}

/** A client of the server at `origin/servers/NAME`, or, without a name, of all servers. */
export function rawClient(
  way: Way,
  origin: string,
  server?: string,
  { headers = {}, onMessage = () => {}, endsWithTest = true }: RawClientOptions = {},
): RawClient {
  const base = server === undefined ? origin : `${origin}/servers/${encodeURIComponent(server)}`;
  const client =
    way === 'sse'
      ? new RawSse(`${base}/sse`, headers, onMessage)
      : way === 'ws'
        ? new RawSocket(`${base.replace('http', 'ws')}/ws`, headers, onMessage)
        : way === 'modern'
          ? new RawModern(`${base}/mcp`, headers, onMessage)
          : new RawSession(`${base}/mcp`, headers, onMessage);
  if (endsWithTest) onTestFinished(() => client.vanish());
  return client;
}

type Headers = Readonly<Record<string, string>>;
type OnMessage = (message: RawMessage) => void;

class RawSession implements RawClient {
  readonly #session: RawHttpSession;
  readonly #onMessage: OnMessage;

  constructor(url: string, headers: Headers, onMessage: OnMessage) {
    this.#session = new RawHttpSession(url, { headers, endsWithTest: false });
    this.#onMessage = onMessage;
  }

  get resumed(): number {
    return this.#session.resumed;
  }

  async open(): Promise<void> {
    await this.#session.open();
  }

  async ask(method: string, params: object = {}, { resumes = false } = {}): Promise<RawMessage> {
    const { status, messages, reply } = await (resumes
      ? this.#session.askAndResume(method, params)
      : this.#session.ask(method, params));
    for (const message of messages) this.#onMessage(message);
    if (status === 200) return reply;
    // By its status a client of HTTP knows that its session has ended.
    return { error: { message: `HTTP ${status}`, ...reply.error, code: status } };
  }

  vanish(): void {
    this.#session.vanish();
  }
}

const VERSION = '2026-07-28';

/** Each request by itself. */
class RawModern implements RawClient {
  readonly resumed = 0;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #url: string;
  readonly #headers: Headers;
  readonly #onMessage: OnMessage;
  #nextId = 1;

  constructor(url: string, headers: Headers, onMessage: OnMessage) {
    this.#url = url;
    this.#headers = headers;
    this.#onMessage = onMessage;
  }

  async open(): Promise<void> {
    await this.ask('server/discover');
  }

  ask(method: string, params: { name?: string } = {}): Promise<RawMessage> {
    const _meta = {
      'io.modelcontextprotocol/protocolVersion': VERSION,
      'io.modelcontextprotocol/clientInfo': { name: 'raw', version: '1' },
      'io.modelcontextprotocol/clientCapabilities': {},
    };
    const id = this.#nextId++;
    const body = JSON.stringify({ jsonrpc: '2.0', id, method, params: { ...params, _meta } });
    const headers = {
      ...{ ...this.#headers, 'mcp-protocol-version': VERSION, 'mcp-method': method },
      ...(params.name === undefined ? {} : { 'mcp-name': params.name }),
      ...{ accept: 'application/json, text/event-stream', 'content-type': 'application/json' },
      'content-length': Buffer.byteLength(body),
    };
    return new Promise((resolve, reject) => {
      const asked = request(this.#url, { method: 'POST', agent: this.#agent, headers }, (response) => {
        const isStream = response.headers['content-type'] === 'text/event-stream';
        const events = new RawEvents((data) => {
          const message = readRaw(data);
          this.#onMessage(message);
          if (message.method === undefined) resolve(message);
        });
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => void (isStream ? events.push(chunk) : chunks.push(chunk)));
        response.on('error', reject);
        response.on('close', () => reject(new Error('the stream ended without a reply')));
        response.on('end', () => {
          if (isStream) return;
          const message = readRaw(Buffer.concat(chunks));
          this.#onMessage(message);
          resolve(message);
        });
      });
      asked.on('error', reject).end(body);
    });
  }

  vanish(): void {
    this.#agent.destroy();
  }
}

/** Pending requests of a channel that carries all. */
class Pending {
  readonly #waiting = new Map<unknown, [(reply: RawMessage) => void, (error: Error) => void]>();
  #nextId = 1;
  /** Why nothing more is waited for. */
  #ended: Error | undefined;

  wait(send: (id: number) => void): Promise<RawMessage> {
    return new Promise((resolve, reject) => {
      if (this.#ended) return reject(this.#ended);
      const id = this.#nextId++;
      this.#waiting.set(id, [resolve, reject]);
      send(id);
    });
  }

  take(message: RawMessage): void {
    if (message.method !== undefined || this.#ended) return;
    const [resolve] = this.#waiting.get(message.id) ?? [];
    if (!resolve) throw new Error(`a reply that nobody waits for: ${JSON.stringify(message).slice(0, 200)}`);
    this.#waiting.delete(message.id);
    resolve(message);
  }

  end(why: string): void {
    this.#ended ??= new Error(why);
    for (const [, reject] of this.#waiting.values()) reject(this.#ended);
    this.#waiting.clear();
  }
}

class RawSse implements RawClient {
  readonly resumed = 0;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #pending = new Pending();
  readonly #url: string;
  readonly #headers: Headers;
  readonly #onMessage: OnMessage;
  #messages: string | undefined;
  #stream: IncomingMessage | undefined;

  constructor(url: string, headers: Headers, onMessage: OnMessage) {
    this.#url = url;
    this.#headers = headers;
    this.#onMessage = onMessage;
  }

  async open(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const headers = { ...this.#headers, accept: 'text/event-stream' };
      const asked = request(this.#url, { agent: this.#agent, headers }, (response) => {
        if (response.statusCode !== 200) return reject(new Error(`SSE: HTTP ${response.statusCode}`));
        this.#stream = response;
        const events = new RawEvents((data) => {
          if (this.#messages !== undefined) return this.#take(readRaw(data));
          this.#messages = new URL(data.toString(), this.#url).href;
          resolve();
        });
        response.on('data', (chunk: Buffer) => events.push(chunk));
        response.on('error', () => {});
        response.on('close', () => this.#pending.end('the stream has ended'));
      });
      asked.on('error', reject).end();
    });
    const { error } = await this.ask('initialize', { ...INITIALIZE, protocolVersion: '2024-11-05' });
    if (error) throw new Error(error.message);
    this.#post({ method: 'notifications/initialized' });
  }

  ask(method: string, params: object = {}): Promise<RawMessage> {
    return this.#pending.wait((id) => this.#post({ id, method, params }));
  }

  vanish(): void {
    this.#stream?.destroy();
    this.#agent.destroy();
  }

  #take(message: RawMessage): void {
    this.#onMessage(message);
    this.#pending.take(message);
  }

  #post(message: object): void {
    const body = JSON.stringify({ jsonrpc: '2.0', ...message });
    const headers = {
      ...{ ...this.#headers, 'content-type': 'application/json' },
      'content-length': Buffer.byteLength(body),
    };
    const asked = request(this.#messages!, { method: 'POST', agent: this.#agent, headers }, (response) => {
      response.resume();
      if (response.statusCode !== 202) this.#pending.end(`POST: HTTP ${response.statusCode}`);
    });
    asked.on('error', (error) => this.#pending.end(error.message)).end(body);
  }
}

class RawSocket implements RawClient {
  readonly resumed = 0;
  readonly #pending = new Pending();
  readonly #url: string;
  readonly #headers: Headers;
  readonly #onMessage: OnMessage;
  #socket: WebSocket | undefined;

  constructor(url: string, headers: Headers, onMessage: OnMessage) {
    this.#url = url;
    this.#headers = headers;
    this.#onMessage = onMessage;
  }

  async open(): Promise<void> {
    const options = { headers: this.#headers, perMessageDeflate: false, maxPayload: 256 * 1024 * 1024 };
    const socket = new WebSocket(this.#url, 'mcp', options);
    this.#socket = socket;
    socket.on('message', (data) => {
      const message = readRaw(data as Buffer);
      this.#onMessage(message);
      this.#pending.take(message);
    });
    socket.on('close', (code) => this.#pending.end(`the WebSocket was closed with ${code}`));
    await new Promise<void>((resolve, reject) => socket.once('open', resolve).on('error', reject));
    const { error } = await this.ask('initialize', INITIALIZE);
    if (error) throw new Error(error.message);
    socket.send(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' }));
  }

  ask(method: string, params: object = {}): Promise<RawMessage> {
    return this.#pending.wait((id) => {
      this.#socket!.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    });
  }

  vanish(): void {
    this.#socket?.terminate();
  }
}
