import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { SharedBytes } from '../../src/faces/shared-bytes.js';
import { SseClient } from '../../src/faces/sse/sse-client.js';
import { WebSockets, type WebSocketsOptions } from '../../src/faces/websocket/web-sockets.js';
import { systemClock } from '../../src/time/clock.js';
import { EventStream } from '../../src/transports/remote/event-stream.js';
import type { Transport } from '../../src/transports/transport.js';
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
        await new Promise((resolve) => socket.send(String(i).padEnd(999, '.'), resolve));
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
      sockets.upgrade(incoming, socket, head, { caller: {}, accept, maxFrameBytes });
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
  const server = createServer(async (incoming, response) => {
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
    to.receive(await buffer(incoming));
    response.writeHead(202).end();
  });
  const port = await listen(server);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  const post = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const sent = request({ port, host: '127.0.0.1', method: 'POST', path: '/messages', agent });
      sent.on('error', reject);
      sent.on('response', (answer) => answer.resume().once('end', resolve));
      sent.end(text);
    });
  const counts = { flooded: 0 };
  const [stream] = (await once(request({ port, host: '127.0.0.1', path: '/sse' }).end(), 'response')) as [
    IncomingMessage,
  ];
  onTestFinished(() => void stream.destroy());
  stream.on('error', () => {});
  let said: Promise<unknown> = Promise.resolve();
  const hear = async (text: string) => {
    if (text === '!bye') {
      await post('last words');
      stream.destroy();
    } else if (text === '!deaf') stream.pause();
    else if (text.startsWith('!flood ')) {
      for (let i = 0; i < Number(text.slice(7)); i += 1) {
        await post(String(i).padEnd(999, '.'));
        counts.flooded = i + 1;
      }
    } else await post(text);
  };
  const events = new EventStream(2 ** 30, {
    onData: (data, type) => {
      const text = data.toString();
      if (type !== 'message') return;
      said = said.then(() => hear(text)).catch(() => {});
    },
    onOversize: () => {},
  });
  stream.on('data', (chunk: Buffer) => events.push(chunk));
  return closing({ transport: await client, flooded: () => counts.flooded, sendsOneByOne: true });
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
