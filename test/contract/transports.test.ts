import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, createServer as createSocketServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { defaults } from '../../src/config/defaults.js';
import { launch } from '../../src/process/launch.js';
import { Endpoint } from '../../src/protocol/endpoint.js';
import { systemClock } from '../../src/time/clock.js';
import { lineTransport } from '../../src/transports/lines.js';
import { httpRequests } from '../../src/transports/remote/http-requests.js';
import { openRemote } from '../../src/transports/remote/open-remote.js';
import type { RemoteKind } from '../../src/transports/remote/remote-transport.js';
import { stdioTransport } from '../../src/transports/stdio.js';
import type { Transport } from '../../src/transports/transport.js';
import { dialWebSocket } from '../../src/transports/websocket.js';
import { bodyOf } from '../helpers/body-of.js';
import { listen } from '../helpers/listen.js';
import { memoryPair } from '../helpers/memory-pair.js';
import {
  acceptedHttp,
  acceptedSse,
  acceptedWebSocket,
  closing,
  numbered,
  ofFlood,
  overWebSocket,
} from './far-sides.js';
import { MAX_QUEUED_BYTES, type Pair, transportContract } from './transport.contract.js';

// The waits of closing are left long: nothing here may need them.
const options = {
  ...defaults,
  endTimeoutMs: 10_000,
  closeTimeoutMs: 10_000,
  maxQueuedBytes: MAX_QUEUED_BYTES,
};

transportContract('memory', async (): Promise<Pair> => {
  const [transport, far] = memoryPair({ maxQueuedBytes: MAX_QUEUED_BYTES });
  let flooded = 0;
  void (async () => {
    for await (const batch of far.batches) {
      let echoes: Buffer[] = [];
      const flush = async () => {
        const ready = echoes;
        echoes = [];
        await far.send(ready);
      };
      for (const frame of batch) {
        const text = frame.toString();
        if (!text.startsWith('!')) echoes.push(frame);
        else await flush();
        if (text === '!bye') {
          await far.send([Buffer.from('last words')]);
          await far.close();
        } else if (text.startsWith('!burst ')) await far.send(numbered(Number(text.slice(7))));
        else if (text === '!deaf') await new Promise(() => {});
        else if (text.startsWith('!flood ')) {
          for (let i = 0; i < Number(text.slice(7)); i += 1) {
            await far.send([Buffer.from(ofFlood(i))]);
            flooded = i + 1;
          }
        }
      }
      await flush();
    }
  })();
  return closing({ transport, flooded: () => flooded });
});

transportContract('stdio', async (): Promise<Pair> => {
  let flooded = 0;
  const echo = join(import.meta.dirname, '../fixtures/servers/echo.mjs');
  const transport = stdioTransport(
    await launch({ command: process.execPath, args: [echo], cwd: process.cwd(), env: {} }),
    {
      ...options,
      onStderr: (line) => {
        flooded = Number(/^sent (\d+)$/.exec(line)?.[1] ?? flooded);
      },
    },
  );
  return closing({ transport, flooded: () => flooded });
});

transportContract('lines over a socket', async (): Promise<Pair> => {
  let flooded = 0;
  const server = createSocketServer((socket) => {
    socket.on('error', () => {});
    const echo = async () => {
      for await (const line of createInterface({ input: socket, crlfDelay: Number.POSITIVE_INFINITY })) {
        if (line === '!bye') socket.end('last words\n');
        else if (line.startsWith('!burst ')) {
          socket.write(
            numbered(Number(line.slice(7)))
              .map((frame) => `${frame}\n`)
              .join(''),
          );
        } else if (line === '!deaf') await new Promise(() => {});
        else if (line.startsWith('!flood ')) {
          for (let i = 0; i < Number(line.slice(7)); i += 1) {
            await new Promise((resolve) => socket.write(`${ofFlood(i)}\n`, resolve));
            flooded = i + 1;
          }
        } else socket.write(`${line}\n`);
      }
    };
    void echo().catch(() => {});
  });
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  await once(socket, 'connect');
  const transport = lineTransport({ ...options, input: socket, output: socket });
  return closing({ transport, flooded: () => flooded });
});

transportContract('WebSocket', () =>
  overWebSocket((url) =>
    dialWebSocket(new Endpoint(url), { ...options, clock: systemClock })(new AbortController().signal),
  ),
);

transportContract('accepted WebSocket', () => acceptedWebSocket(options));

transportContract('accepted HTTP+SSE', () => acceptedSse(options));

transportContract('accepted Streamable HTTP', () => acceptedHttp(options));

/** A far side that takes messages by POST and sends its own ones as events. */
class EventsFar {
  flooded = 0;
  isOver = false;
  isDeaf = false;
  #stream: ServerResponse | undefined;
  #heard = (): void => {};
  readonly listening = new Promise<void>((resolve) => {
    this.#heard = resolve;
  });

  /** Opens the stream of events. */
  open(response: ServerResponse, first: string): void {
    this.#stream = response.writeHead(200, { 'content-type': 'text/event-stream' });
    this.#stream.write(first);
    this.#heard();
  }

  async hear(message: string, response: ServerResponse): Promise<void> {
    if (this.isDeaf) return;
    response.writeHead(202).end();
    if (message === '!deaf') this.isDeaf = true;
    else if (message === '!bye') {
      this.isOver = true;
      this.#stream!.end(event('last words'));
    } else if (message.startsWith('!burst ')) {
      const events = numbered(Number(message.slice(7))).map((frame) => event(frame.toString()));
      this.#stream!.write(events.join(''));
    } else if (message.startsWith('!flood ')) {
      for (let i = 0; i < Number(message.slice(7)); i += 1) {
        await this.#say(ofFlood(i));
        this.flooded = i + 1;
      }
    } else if (!message.startsWith('{')) await this.#say(message);
  }

  #say(data: string): Promise<void> {
    return new Promise((resolve) => this.#stream!.write(event(data), () => resolve()));
  }
}

const event = (data: string) => `data: ${data}\n\n`;

async function openedRemote(kind: RemoteKind, url: string): Promise<Transport> {
  const server = { url, headers: {}, network: {} };
  const { signal } = new AbortController();
  const requests = httpRequests(server);
  return openRemote({ kind, server, requests, settings: options, clock: systemClock, signal });
}

transportContract('Streamable HTTP', async (): Promise<Pair> => {
  const far = new EventsFar();
  const server = createServer(async (request, response) => {
    if (far.isOver) response.writeHead(404).end();
    else if (request.method === 'GET') far.open(response, 'retry: 100\n\n');
    else if (request.method === 'POST') {
      const message = String(await bodyOf(request));
      if (!message.includes('"initialize"')) return far.hear(message, response);
      response.setHeader('mcp-session-id', 's1').setHeader('content-type', 'application/json');
      response.end('{"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2025-11-25"}}');
    } else if (!far.isDeaf) response.end();
    return undefined;
  });
  const transport = await openedRemote('http', `http://127.0.0.1:${await listen(server)}/mcp`);
  transport.send(
    [
      { jsonrpc: '2.0', id: 0, method: 'initialize', params: {} },
      { jsonrpc: '2.0', method: 'notifications/initialized' },
    ].map((message) => Buffer.from(JSON.stringify(message))),
  );
  await transport.batches[Symbol.asyncIterator]().next();
  await far.listening;
  return closing({ transport, flooded: () => far.flooded });
});

transportContract('HTTP+SSE', async (): Promise<Pair> => {
  const far = new EventsFar();
  const server = createServer(async (request, response) => {
    if (request.method === 'GET') far.open(response, 'event: endpoint\ndata: /messages\n\n');
    else await far.hear(String(await bodyOf(request)), response);
  });
  const transport = await openedRemote('sse', `http://127.0.0.1:${await listen(server)}/sse`);
  await far.listening;
  return closing({ transport, flooded: () => far.flooded });
});
