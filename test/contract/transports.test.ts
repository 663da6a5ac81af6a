import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, createServer as createSocketServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { WebSocketServer } from 'ws';
import { defaults } from '../../src/config/defaults.js';
import { launch } from '../../src/process/launch.js';
import { Endpoint } from '../../src/protocol/endpoint.js';
import { systemClock } from '../../src/time/clock.js';
import { lineTransport } from '../../src/transports/lines.js';
import { httpRequests } from '../../src/transports/remote/http-requests.js';
import { openRemote } from '../../src/transports/remote/open-remote.js';
import { stdioTransport } from '../../src/transports/stdio.js';
import type { Transport } from '../../src/transports/transport.js';
import { dialWebSocket } from '../../src/transports/websocket.js';
import { listen } from '../helpers/listen.js';
import { memoryPair } from '../helpers/memory-pair.js';
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
            await far.send([Buffer.from(String(i).padEnd(999, '.'))]);
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
            await new Promise((resolve) => socket.write(`${String(i).padEnd(999, '.')}\n`, resolve));
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

transportContract('WebSocket', async (): Promise<Pair> => {
  let flooded = 0;
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  onTestFinished(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });
  server.on('connection', (socket, request) => {
    socket.on('message', async (data) => {
      const text = data.toString();
      if (text === '!bye') {
        socket.send('last words');
        socket.close(4001, 'bye');
      } else if (text.startsWith('!burst ')) {
        request.socket.cork();
        for (const frame of numbered(Number(text.slice(7)))) socket.send(frame, { binary: false });
        request.socket.uncork();
      } else if (text === '!deaf') request.socket.pause();
      else if (text.startsWith('!flood ')) {
        socket.pause();
        for (let i = 0; i < Number(text.slice(7)); i += 1) {
          await new Promise((resolve) => socket.send(String(i).padEnd(999, '.'), resolve));
          flooded = i + 1;
        }
        socket.resume();
      } else socket.send(text);
    });
  });
  await once(server, 'listening');
  const endpoint = new Endpoint(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/?token=t`);
  const transport = await dialWebSocket(endpoint, { ...options, clock: systemClock })(
    new AbortController().signal,
  );
  return closing({ transport, flooded: () => flooded });
});

transportContract('Streamable HTTP', async (): Promise<Pair> => {
  let flooded = 0;
  let isOver = false;
  let isDeaf = false;
  let stream: ServerResponse | undefined;
  const event = (data: string) => `data: ${data}\n\n`;
  const say = (data: string) => new Promise<void>((resolve) => stream!.write(event(data), () => resolve()));
  const hear = async (text: string, response: ServerResponse) => {
    if (text.includes('"initialize"')) {
      response.setHeader('mcp-session-id', 's1').setHeader('content-type', 'application/json');
      return response.end('{"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2025-11-25"}}');
    }
    if (isDeaf) return undefined;
    response.writeHead(202).end();
    if (text === '!deaf') isDeaf = true;
    else if (text === '!bye') {
      isOver = true;
      stream!.end(event('last words'));
    } else if (text.startsWith('!burst ')) {
      stream!.write(
        numbered(Number(text.slice(7)))
          .map((frame) => event(frame.toString()))
          .join(''),
      );
    } else if (text.startsWith('!flood ')) {
      for (let i = 0; i < Number(text.slice(7)); i += 1) {
        await say(String(i).padEnd(999, '.'));
        flooded = i + 1;
      }
    } else if (!text.startsWith('{')) await say(text);
    return undefined;
  };
  let heard = () => {};
  const listening = new Promise<void>((resolve) => {
    heard = resolve;
  });
  const far = createServer(async (request, response) => {
    if (isOver) response.writeHead(404).end();
    else if (request.method === 'GET') {
      stream = response.writeHead(200, { 'content-type': 'text/event-stream' });
      stream.write('retry: 100\n\n');
      heard();
    } else if (request.method === 'POST') await hear(await text(request), response);
    else if (!isDeaf) response.end();
  });
  const server = { url: `http://127.0.0.1:${await listen(far)}/mcp`, headers: {}, network: {} };
  const transport = await openRemote({
    ...{ kind: 'http', server, requests: httpRequests(server), settings: options, clock: systemClock },
    signal: new AbortController().signal,
  });
  transport.send(
    [
      { jsonrpc: '2.0', id: 0, method: 'initialize', params: {} },
      { jsonrpc: '2.0', method: 'notifications/initialized' },
    ].map((message) => Buffer.from(JSON.stringify(message))),
  );
  await transport.batches[Symbol.asyncIterator]().next();
  await listening;
  return closing({ transport, flooded: () => flooded });
});

function numbered(count: number): Buffer[] {
  return Array.from({ length: count }, (_, i) => Buffer.from(`${i}`));
}

function closing<T extends { transport: Transport }>(pair: T): T {
  onTestFinished(async () => {
    await pair.transport.close({ forceSignal: AbortSignal.abort() });
  });
  return pair;
}
