import {
  Agent,
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
} from 'node:http';
import { performance } from 'node:perf_hooks';
import { onTestFinished } from 'vitest';

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
}

/**
 * A session of Streamable HTTP on bare requests: what no SDK would do can be done with it (leave without a word, read nothing),
 * and nothing of it is retried.
 */
export class RawHttpSession {
  /** Undefined before `open`. */
  id: string | undefined;
  readonly #url: string;
  readonly #headers: Record<string, string>;
  readonly #agent = new Agent({ keepAlive: true });
  #nextId = 1;

  constructor(url: string, { headers = {}, endsWithTest = true }: RawOptions = {}) {
    this.#url = url;
    this.#headers = { ...headers };
    if (endsWithTest) onTestFinished(() => this.vanish());
  }

  /** Initialises. @throws Error when that is refused */
  async open(params: object = INITIALIZE): Promise<RawMessage> {
    const { status, headers, reply } = await this.ask('initialize', params);
    if (status !== 200 || !reply.result) throw new Error(`initialize: ${status} ${JSON.stringify(reply)}`);
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
        response.resume().on('end', () => resolve(response.statusCode ?? 0));
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
  const body = Buffer.concat(chunks).toString();
  const isStream = response.headers['content-type'] === 'text/event-stream';
  const texts = isStream ? dataOf(body) : body === '' ? [] : [body];
  const messages = texts.map((text) => JSON.parse(text) as RawMessage);
  const { statusCode: status = 0, headers } = response;
  const reply = messages.find(({ method }) => method === undefined) ?? {};
  return { status, headers, messages, reply, bytes: body.length, at };
}

function dataOf(body: string): string[] {
  return body.split('\n').flatMap((line) => (line.startsWith('data: {') ? [line.slice(6)] : []));
}
