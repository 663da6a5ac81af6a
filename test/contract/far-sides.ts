import { once } from 'node:events';
import {
  Agent,
  createServer,
  type IncomingMessage,
  type RequestListener,
  request,
  type Server,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { SharedBytes } from '../../src/faces/shared-bytes.js';
import { SseClient } from '../../src/faces/sse/sse-client.js';
import { accepting } from '../../src/faces/streamable-http/accepting.js';
import { StreamableHttp } from '../../src/faces/streamable-http/streamable-http.js';
import { WebSockets, type WebSocketsOptions } from '../../src/faces/websocket/web-sockets.js';
import { systemClock } from '../../src/time/clock.js';
import { EventStream } from '../../src/transports/remote/event-stream.js';
import type { Transport } from '../../src/transports/transport.js';
import { bodyOf } from '../helpers/body-of.js';
import { listen } from '../helpers/listen.js';
import type { Pair } from './transport.contract.js';

/** A far side over WebSocket, and how it is dialled. */
export async function overWebSocket(dial: (url: string) => Promise<Transport>): Promise<Pair> {
  const counts = { flooded: 0 };
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  onTestFinished(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });
  server.on('connection', (socket, request) => {
    farOverWebSocket(socket, request.socket, counts);
  });
  await once(server, 'listening');
  const transport = await dial(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/?token=t`);
  return closing({ transport, flooded: () => counts.flooded });
}

function farOverWebSocket(socket: WebSocket, tcp: Socket, counts: { flooded: number }): void {
  socket.on('message', async (data) => {
    const text = data.toString();
    if (text === '!bye') {
      socket.send('last words');
      socket.close(4001, 'bye');
    } else if (text.startsWith('!burst ')) {
      tcp.cork();
      for (const frame of numbered(Number(text.slice(7)))) socket.send(frame, { binary: false });
      tcp.uncork();
    } else if (text === '!deaf') tcp.pause();
    else if (text.startsWith('!flood ')) {
      socket.pause();
      for (let i = 0; i < Number(text.slice(7)); i += 1) {
        await new Promise((resolve) => socket.send(ofFlood(i), resolve));
        counts.flooded = i + 1;
      }
      socket.resume();
    } else socket.send(text);
  });
}

type Bounds = Omit<WebSocketsOptions, 'clock' | 'unfinished'> & { maxFrameBytes: number };

/** A far side that has opened a WebSocket to mcp-pipe. */
export async function acceptedWebSocket(bounds: Bounds): Promise<Pair> {
  const unfinished = new SharedBytes(2 ** 30);
  const sockets = new WebSockets({ ...bounds, clock: systemClock, unfinished });
  const server = createServer();
  const accepted = new Promise<Transport>((resolve) => {
    server.on('upgrade', (incoming, socket, head) => {
      const accept = ({ transport }: { transport: Transport }) => {
        resolve(transport);
        return true;
      };
      const { maxFrameBytes } = bounds;
      sockets.upgrade(incoming, socket, head, {
        ...{ caller: {}, accept, maxFrameBytes },
        refuse: () => socket.destroy(),
      });
    });
  });
  const client = new WebSocket(`ws://127.0.0.1:${await listen(server)}/ws`, ['mcp']);
  onTestFinished(() => client.terminate());
  client.on('error', () => {});
  let tcp: Socket | undefined;
  client.on('upgrade', ({ socket }) => {
    tcp = socket;
  });
  await once(client, 'open');
  const counts = { flooded: 0 };
  farOverWebSocket(client, tcp!, counts);
  return closing({ transport: await accepted, flooded: () => counts.flooded });
}

/** A far side that has opened a stream of HTTP with SSE, and posts its messages. */
export async function acceptedSse(bounds: Bounds): Promise<Pair> {
  let arrived = (_client: SseClient): void => {};
  const client = new Promise<SseClient>((resolve) => {
    arrived = resolve;
  });
  const server = keepingAlive(async (incoming, response) => {
    if (incoming.method === 'GET') {
      const opened = new SseClient(response, {
        ...{ ...bounds, clock: systemClock, unread: new SharedBytes(2 ** 30) },
        ...{ stallTimeoutMs: 60_000, keepAliveMs: 15_000, endpoint: '/messages' },
      });
      opened.open();
      return arrived(opened);
    }
    const to = await client;
    await to.whenRoom();
    to.receive(await bodyOf(incoming), { requestId: 'request' });
    response.writeHead(202).end();
  });
  const url = `http://127.0.0.1:${await listen(server)}`;
  const far = new PostingFar(url);
  await far.listen({});
  return far.pairWith(await client);
}

/** A far side that has opened a session of Streamable HTTP. Its messages are notifications around the frames. */
export async function acceptedHttp({ maxQueuedBytes }: Bounds): Promise<Pair> {
  let arrived = (_transport: Transport): void => {};
  const accepted = new Promise<Transport>((resolve) => {
    arrived = resolve;
  });
  const accept = ({ transport }: { transport: Transport }) => {
    arrived(transport);
    return true;
  };
  const sessionless = { join: () => Promise.reject(new Error('every request has a session')) as never };
  const http = new StreamableHttp({
    backend: accepting({ accept, sessionless, maxQueuedBytes }),
    ...{ maxQueuedBytes, stallTimeoutMs: 60_000 },
  });
  const server = keepingAlive((incoming, response) => http.handle(incoming, response));
  const url = `http://127.0.0.1:${await listen(server)}`;
  onTestFinished(() => http.close());
  const far = new PostingFar(url, inNotification, fromNotification);
  const initialize = {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'far', version: '1' },
  };
  const opening = far.request(
    'POST',
    JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'initialize', params: initialize }),
  );
  const transport = await accepted;
  await transport.batches[Symbol.asyncIterator]().next();
  const result = {
    protocolVersion: '2025-11-25',
    capabilities: {},
    serverInfo: { name: 'near', version: '1' },
  };
  transport.send([Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 0, result }))]);
  const session = String((await opening).headers['mcp-session-id']);
  await far.listen({ 'mcp-session-id': session });
  return far.pairWith(unwrapped(transport));
}

/** A server that ends no connection between two requests: on a busy machine the next one may be on its way by then. */
function keepingAlive(answer: RequestListener): Server {
  return Object.assign(createServer(answer), { keepAliveTimeout: 0 });
}

const inNotification = (text: string) =>
  JSON.stringify({ jsonrpc: '2.0', method: 'notifications/frame', params: { text } });
const fromNotification = (text: string) => (JSON.parse(text) as { params: { text: string } }).params.text;

/** The transport, as one of the frames in its notifications. */
function unwrapped(transport: Transport): Transport {
  const inner = transport.batches[Symbol.asyncIterator]();
  const next = async () => {
    const { done, value } = await inner.next();
    return done
      ? { done, value: undefined }
      : { done: false as const, value: value.map((frame) => Buffer.from(fromNotification(String(frame)))) };
  };
  const outer = {
    next,
    return: async () => (await inner.return?.()) ?? { done: true as const, value: undefined },
  };
  return {
    batches: { [Symbol.asyncIterator]: () => outer },
    send: (batch) => transport.send(batch.map((frame) => Buffer.from(inNotification(String(frame))))),
    close: (asked) => transport.close(asked),
    closed: transport.closed,
    onOversize: undefined,
  };
}

/** A far side that posts its messages, one after the other, and gets those for it as events. */
class PostingFar {
  #flooded = 0;
  #isOver = false;
  /** What became of the first message that was not taken, while the near side was there. */
  #failure: Error | undefined;
  #stream: IncomingMessage | undefined;
  readonly #url: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #wrap: (text: string) => string;
  readonly #unwrap: (text: string) => string;
  #headers: Record<string, string> = {};

  constructor(url: string, wrap = (text: string) => text, unwrap = (text: string) => text) {
    this.#url = url;
    this.#wrap = wrap;
    this.#unwrap = unwrap;
    onTestFinished(() => {
      this.#agent.destroy();
      if (this.#failure) throw this.#failure;
    });
  }

  /** The pair of both sides. A message that is lost fails the test, and ends the stream: nothing waits for what cannot come. */
  pairWith(transport: Transport): Pair {
    void transport.closed.then(() => {
      this.#isOver = true;
    });
    return closing({ transport, flooded: () => this.#flooded, sendsOneByOne: true });
  }

  request(method: string, body = ''): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const types = { accept: 'application/json, text/event-stream', 'content-type': 'application/json' };
      const options = { method, agent: this.#agent, headers: { ...types, ...this.#headers } };
      const sent = request(this.#url, options);
      sent.on('error', reject);
      sent.on('response', (answer) => answer.resume().once('end', () => resolve(answer)));
      sent.end(body);
    });
  }

  /** Opens the stream of events; with these headers, as all requests from now on. */
  async listen(headers: Record<string, string>): Promise<void> {
    this.#headers = headers;
    const asked = request(this.#url, {
      headers: { accept: 'text/event-stream', ...headers },
      agent: false,
    });
    // Also of a connection that is reset after the response has come.
    asked.on('error', () => {});
    const [stream] = (await once(asked.end(), 'response')) as [IncomingMessage];
    this.#stream = stream;
    onTestFinished(() => void stream.destroy());
    stream.on('error', () => {});
    let said: Promise<unknown> = Promise.resolve();
    const events = new EventStream(2 ** 30, {
      onData: (data, type) => {
        if (type !== 'message') return;
        const text = this.#unwrap(data.toString());
        said = said.then(() => this.#hear(text, stream)).catch((error: Error) => this.#fail(error));
      },
      onOversize: () => {},
    });
    stream.on('data', (chunk: Buffer) => events.push(chunk));
  }

  async #post(text: string): Promise<void> {
    const { statusCode = 0 } = await this.request('POST', this.#wrap(text));
    if (statusCode !== 202) throw new Error(`"${text.slice(0, 20)}" was answered with ${statusCode}`);
  }

  /** The near side may end at any time; then nobody takes what is still posted. */
  #fail(error: Error): void {
    if (this.#isOver) return;
    this.#failure ??= error;
    this.#stream?.destroy();
  }

  async #hear(text: string, stream: IncomingMessage): Promise<void> {
    if (text === '!bye') {
      await this.#post('last words');
      if (this.#headers['mcp-session-id']) await this.request('DELETE');
      stream.destroy();
    } else if (text === '!deaf') stream.pause();
    else if (text.startsWith('!flood ')) {
      for (let i = 0; i < Number(text.slice(7)); i += 1) {
        await this.#post(ofFlood(i).slice(0, 999));
        this.#flooded = i + 1;
      }
    } else await this.#post(text);
  }
}

/** A frame of a flood: of those that are not posted one by one, few of them fill what the system holds. */
export function ofFlood(i: number): string {
  return String(i).padEnd(9_999, '.');
}

export function numbered(count: number): Buffer[] {
  return Array.from({ length: count }, (_, i) => Buffer.from(`${i}`));
}

export function closing<T extends { transport: Transport }>(pair: T): T {
  onTestFinished(async () => {
    await pair.transport.close({ forceSignal: AbortSignal.abort() });
  });
  return pair;
}
