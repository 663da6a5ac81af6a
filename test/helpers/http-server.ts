import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { ClientInbox, HttpBackend, HttpClient } from '../../src/faces/streamable-http/backend.js';
import type { StreamableHttpOptions } from '../../src/faces/streamable-http/options.js';
import { StreamableHttp } from '../../src/faces/streamable-http/streamable-http.js';
import { eventually } from './eventually.js';

export const INITIALIZE = {
  jsonrpc: '2.0',
  id: 0,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
};
export const INITIALIZED = {
  protocolVersion: '2025-11-25',
  capabilities: {},
  serverInfo: { name: 'fake', version: '1' },
};
export const META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
};

/** A client, as the fake backend got it. */
export class Joined implements ClientInbox {
  readonly received: string[] = [];
  readonly left: string[] = [];
  readonly client: HttpClient;
  readonly #answerAtOnce: (message: Message) => unknown;

  constructor(client: HttpClient, answerAtOnce: (message: Message) => unknown) {
    this.client = client;
    this.#answerAtOnce = answerAtOnce;
  }

  receive(frame: Buffer): void {
    this.received.push(frame.toString('utf8'));
    const message = JSON.parse(frame.toString('utf8')) as Message;
    const result = message.id === undefined ? undefined : this.#answerAtOnce(message);
    if (result !== undefined) this.send({ jsonrpc: '2.0', id: message.id, result });
  }

  leave(reason: string): void {
    this.left.push(reason);
  }

  send(message: object | string): void {
    this.client.send(Buffer.from(typeof message === 'string' ? message : JSON.stringify(message)));
  }
}

interface Message {
  id?: unknown;
  method?: string;
}

/** A `StreamableHttp` on its own port, with a backend that the test scripts. `X-Key` names the caller's key. */
export async function startHttp(
  options: Partial<StreamableHttpOptions> = {},
  answerAtOnce: (message: Message) => unknown = ({ method }) =>
    method === 'initialize' ? INITIALIZED : undefined,
) {
  const joined: Joined[] = [];
  const answerer: HttpBackend = {
    join: (client) => {
      const seat = new Joined(client, answerAtOnce);
      joined.push(seat);
      return seat;
    },
  };
  const http = new StreamableHttp({ backend: answerer, ...options });
  const server = createServer((incoming, response) => {
    const key = incoming.headers['x-key'];
    http.handle(incoming, response, key === undefined ? undefined : { key: String(key) });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    http.close();
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  /** Opens a session. Resolves with the headers that its requests need. */
  const initialize = async () => {
    const { headers } = await post(url, INITIALIZE);
    return { 'mcp-session-id': String(headers['mcp-session-id']) };
  };
  /** Resolves when the server has noticed that no client is connected any more. */
  const alone = () =>
    eventually(
      () => new Promise<boolean>((resolve) => server.getConnections((_, count) => resolve(count === 0))),
      { what: 'the end of every connection' },
    );
  return { http, url, joined, initialize, alone };
}

export interface Reply {
  status: number;
  headers: IncomingMessage['headers'];
  /** The part of the body that has come, as text; it grows while the response is open. */
  readonly text: string;
  /** The messages in it: data of events, unless they have none, or the JSON. */
  readonly messages: string[];
  /** The ids of its events, those without data among them. */
  readonly ids: string[];
  readonly isEnded: boolean;
  ended(): Promise<void>;
  /** Resolves with the message at that index. */
  // biome-ignore lint/suspicious/noExplicitAny: what a test expects of it, it says by itself
  message(index: number): Promise<any>;
  /** Closes the connection. */
  drop(): void;
  response: IncomingMessage;
}

/** Sends one HTTP request. Resolves when the headers of the response have come. */
export async function ask(
  url: string,
  method: string,
  headers: Record<string, string> = {},
  body?: string,
): Promise<Reply> {
  const outgoing = request(url, { method, headers, agent: false });
  // Also a connection that is reset after the response has come: `once` listens until then.
  outgoing.on('error', () => {});
  outgoing.end(body);
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  return replyOf(response, () => outgoing.destroy());
}

function replyOf(response: IncomingMessage, drop: () => void): Reply {
  const chunks: Buffer[] = [];
  let isEnded = false;
  response.on('data', (chunk: Buffer) => chunks.push(chunk));
  response.on('error', () => {});
  const ended = new Promise<void>((resolve) =>
    response.once('close', () => {
      isEnded = true;
      resolve();
    }),
  );
  const textNow = () => Buffer.concat(chunks).toString('utf8');
  const messagesNow = () => {
    const text = textNow();
    if (!String(response.headers['content-type']).startsWith('text/event-stream')) return text ? [text] : [];
    return text
      .split('\n\n')
      .slice(0, -1)
      .filter((event) => event.includes('data: '))
      .map((event) =>
        event
          .split('\n')
          .filter((line) => line.startsWith('data: '))
          .map((line) => line.slice(6))
          .join('\n'),
      )
      .filter((data) => data !== '');
  };
  const idsNow = () => [...textNow().matchAll(/^id: (.*)$/gm)].map(([, id]) => id!);
  return {
    status: response.statusCode!,
    headers: response.headers,
    get text() {
      return textNow();
    },
    get messages() {
      return messagesNow();
    },
    get ids() {
      return idsNow();
    },
    get isEnded() {
      return isEnded;
    },
    ended: () => ended,
    message: async (index) =>
      JSON.parse(await eventually(() => messagesNow()[index], { what: `message ${index}` })) as unknown,
    drop,
    response,
  };
}

const ACCEPT = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };

export function post(url: string, message: unknown, headers: Record<string, string> = {}): Promise<Reply> {
  const body = typeof message === 'string' ? message : JSON.stringify(message);
  return ask(url, 'POST', { ...ACCEPT, ...headers }, body);
}

/** Sends a message. Returns a function that closes the connection, before a response has come. */
export function postAndDrop(url: string, message: unknown, headers: Record<string, string> = {}): () => void {
  const outgoing = request(url, { method: 'POST', headers: { ...ACCEPT, ...headers }, agent: false });
  outgoing.on('error', () => {});
  outgoing.end(JSON.stringify(message));
  return () => outgoing.destroy();
}

export function get(url: string, headers: Record<string, string> = {}): Promise<Reply> {
  return ask(url, 'GET', { accept: 'text/event-stream', ...headers });
}

/** Sends a request of MCP 2026-07-28 with all required headers, or with the given ones. */
export function postModern(
  url: string,
  method: string,
  params: Record<string, unknown> = {},
  headers: Record<string, string> = {},
  id: unknown = 1,
): Promise<Reply> {
  const name = params.name ?? params.uri;
  const own = {
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': method,
    ...(typeof name === 'string' ? { 'mcp-name': name } : {}),
  };
  return post(
    url,
    { jsonrpc: '2.0', id, method, params: { _meta: META, ...params } },
    { ...own, ...headers },
  );
}
