import {
  Agent,
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
} from 'node:http';
import { performance } from 'node:perf_hooks';
import { onTestFinished } from 'vitest';
import { RawEvents } from './raw-events.js';

const VERSION = '2025-11-25';
export const INITIALIZE = {
  protocolVersion: VERSION,
  capabilities: {},
  clientInfo: { name: 'raw', version: '1' },
};

export interface RawMessage {
  id?: number | string | null;
  method?: string;
  params?: Record<string, unknown>;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the server says
  result?: any;
  error?: { code: number; message: string; data?: unknown };
  /** How long it was. */
  bytes?: number;
}

/** A longer message is not parsed: its id is enough. */
const LONG = 1024 * 1024;

export function readRaw(text: Buffer): RawMessage {
  const bytes = text.length;
  if (bytes <= LONG) return { ...(JSON.parse(text.toString()) as RawMessage), bytes };
  const id = /"id":("[^"]*"|\d+)/.exec(text.toString('latin1', 0, 200))?.[1];
  return { id: id === undefined ? null : (JSON.parse(id) as number), bytes };
}

export interface RawAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  /** All messages in the body, whether JSON or a stream. */
  messages: RawMessage[];
  /** The reply to the request. */
  reply: RawMessage;
  bytes: number;
  /** When the last byte had come, as `performance.now()`. */
  at: number;
}

export interface RawOptions {
  headers?: Readonly<Record<string, string>>;
  /** Ends with the test unless this is false. */
  endsWithTest?: boolean;
  /** Default: one of its own. */
  agent?: Agent;
}

/**
 * A session of Streamable HTTP on bare requests: what no SDK would do can be done with it (leave without a word, read nothing),
 * and nothing of it is retried.
 */
export class RawHttpSession {
  /** Undefined before `open`. */
  id: string | undefined;
  /** Streams that were cut and asked for again. */
  resumed = 0;
  readonly #url: string;
  readonly #headers: Record<string, string>;
  readonly #agent: Agent;
  #nextId = 1;

  constructor(url: string, { headers = {}, endsWithTest = true, agent }: RawOptions = {}) {
    this.#agent = agent ?? new Agent({ keepAlive: true });
    this.#url = url;
    this.#headers = { ...headers };
    if (endsWithTest) onTestFinished(() => this.vanish());
  }

  /** Initialises. @throws Error when that is refused */
  async open(params: object = INITIALIZE): Promise<RawMessage> {
    const { status, headers, reply } = await this.ask('initialize', params);
    if (status !== 200 || !reply.result) {
      const error = new Error(`initialize: ${status} ${JSON.stringify(reply)}`);
      throw Object.assign(error, { code: reply.error?.code ?? status });
    }
    this.id = headers['mcp-session-id'] as string;
    const version = reply.result.protocolVersion;
    Object.assign(this.#headers, { 'mcp-session-id': this.id, 'mcp-protocol-version': version });
    await this.post({ method: 'notifications/initialized' });
    return reply;
  }

  call(name: string, args: Record<string, unknown> = {}): Promise<RawAnswer> {
    return this.ask('tools/call', { name, arguments: args });
  }

  /** The text of a tool's result. @throws Error for any other answer */
  async text(name: string, args: Record<string, unknown> = {}): Promise<string> {
    const { status, reply } = await this.call(name, args);
    const text = reply.result?.content?.[0]?.text;
    if (typeof text !== 'string') throw new Error(`${name}: ${status} ${JSON.stringify(reply)}`);
    return text;
  }

  ask(method: string, params: object = {}): Promise<RawAnswer> {
    return this.post({ id: this.#nextId++, method, params });
  }

  post(message: object): Promise<RawAnswer> {
    return new Promise((resolve, reject) => {
      const asked = this.begin(message, (response) => void readAnswer(response).then(resolve, reject));
      asked.on('error', reject);
    });
  }

  /**
   * As `ask`; but when the answer begins as a stream, it is cut at the first event with an id, and the rest is asked for by
   * `Last-Event-ID`.
   */
  async askAndResume(method: string, params: object = {}): Promise<RawAnswer> {
    const id = this.#nextId++;
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      this.begin({ id, method, params }, resolve).on('error', reject);
    });
    if (response.headers['content-type'] !== 'text/event-stream') return readAnswer(response);
    const messages: RawMessage[] = [];
    let bytes = 0;
    const events = new RawEvents((data) => void messages.push(readRaw(data)));
    const replyIn = () => messages.find((message) => message.id === id && message.method === undefined);
    const readUntil = async (from: IncomingMessage, isEnough: () => boolean) => {
      // Leaving the loop destroys the stream, and its connection.
      for await (const chunk of from) {
        bytes += (chunk as Buffer).length;
        events.push(chunk as Buffer);
        if (isEnough()) return;
      }
    };
    await readUntil(response, () => events.lastId !== undefined || replyIn() !== undefined);
    if (!replyIn()) {
      if (events.lastId === undefined) throw new Error('the stream ended without an id and without a reply');
      const resumed = await this.#resume(events.lastId);
      if (resumed.statusCode !== 200) return readAnswer(resumed);
      this.resumed += 1;
      await readUntil(resumed, () => replyIn() !== undefined);
    }
    const reply = replyIn();
    if (!reply) throw new Error('the resumed stream ended without a reply');
    return { status: 200, headers: response.headers, messages, reply, bytes, at: performance.now() };
  }

  #resume(lastId: string): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const headers = { ...this.#headers, accept: 'text/event-stream', 'last-event-id': lastId };
      request(this.#url, { agent: this.#agent, headers }, resolve).on('error', reject).end();
    });
  }

  /** Sends a message, for tests that read the response themselves, or not at all. */
  begin(message: object, onResponse: (response: IncomingMessage) => void): ClientRequest {
    const body = JSON.stringify({ jsonrpc: '2.0', ...message });
    const headers = {
      ...{ accept: 'application/json, text/event-stream', 'content-type': 'application/json' },
      ...{ ...this.#headers, 'content-length': Buffer.byteLength(body) },
    };
    const asked = request(this.#url, { method: 'POST', agent: this.#agent, headers }, onResponse);
    asked.on('error', () => {});
    asked.end(body);
    return asked;
  }

  /** DELETE. */
  end(): Promise<number> {
    return new Promise((resolve, reject) => {
      const options = { method: 'DELETE', agent: this.#agent, headers: this.#headers };
      const asked = request(this.#url, options, (response) => {
        response.resume().on('close', () => resolve(response.statusCode ?? 0));
      });
      asked.on('error', reject).end();
    });
  }

  /** Cuts all connections, and says nothing. */
  vanish(): void {
    this.#agent.destroy();
  }
}

async function readAnswer(response: IncomingMessage): Promise<RawAnswer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const at = performance.now();
  const messages: RawMessage[] = [];
  const events = new RawEvents((data) => void messages.push(readRaw(data)));
  const body = Buffer.concat(chunks);
  if (response.headers['content-type'] === 'text/event-stream') events.push(body);
  else if (body.length > 0) messages.push(readRaw(body));
  const { statusCode: status = 0, headers } = response;
  const reply = messages.find(({ method }) => method === undefined) ?? {};
  return { status, headers, messages, reply, bytes: body.length, at };
}
