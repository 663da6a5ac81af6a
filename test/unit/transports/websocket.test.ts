import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { defaults } from '../../../src/config/defaults.js';
import { Endpoint } from '../../../src/protocol/endpoint.js';
import { DialError } from '../../../src/protocol/errors.js';
import type { OversizeMessage } from '../../../src/protocol/oversize.js';
import { systemClock } from '../../../src/time/clock.js';
import {
  dialWebSocket,
  type WebSocketOptions,
  type WebSocketTransport,
} from '../../../src/transports/websocket.js';
import { eventually } from '../../helpers/eventually.js';
import { listen } from '../../helpers/listen.js';

const TOKEN = 'se/cret+token==';
const tlsFile = (name: string) => readFile(join(import.meta.dirname, '../../fixtures/tls', name), 'utf8');
const standard: WebSocketOptions = { ...defaults, clock: systemClock };

const endpointAt = (host: string, scheme = 'ws') =>
  new Endpoint(`${scheme}://${host}/mcp/?token=${encodeURIComponent(TOKEN)}`);

function dial(
  endpoint: Endpoint,
  over: Partial<WebSocketOptions> = {},
  signal = new AbortController().signal,
) {
  return dialWebSocket(endpoint, { ...standard, ...over })(signal);
}

/** One accepted connection, seen from both sides. */
async function connected(over: Partial<WebSocketOptions> = {}) {
  const server = createServer();
  const wss = new WebSocketServer({ server });
  const port = await listen(server);
  const accepted = once(wss, 'connection') as Promise<[WebSocket, IncomingMessage]>;
  const transport = await dial(endpointAt(`127.0.0.1:${port}`), over);
  const [far, request] = await accepted;
  far.on('error', () => {});
  onTestFinished(async () => {
    await transport.close({ forceSignal: AbortSignal.abort() });
  });
  return { transport, far, request, tcp: request.socket };
}

async function firstBatch(transport: WebSocketTransport): Promise<string[]> {
  for await (const batch of transport.batches) return batch.map(String);
  return [];
}

async function failure(dialling: Promise<unknown>): Promise<DialError> {
  const error = await dialling.then(
    () => 'it connected',
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DialError);
  const everything = `${inspect(error, { depth: 9 })} ${JSON.stringify(error)} ${(error as Error).stack}`;
  for (const secret of [TOKEN, encodeURIComponent(TOKEN)]) expect(everything).not.toContain(secret);
  return error as DialError;
}

describe('dialWebSocket', () => {
  it('reads on in the next turn when its queue was full, so that others have one as well', async () => {
    const sockets: Socket[] = [];
    const made = (message: unknown) => void sockets.push((message as { socket: Socket }).socket);
    subscribe('net.client.socket', made);
    const { transport, far } = await connected({ maxQueuedBytes: 1_000 });
    unsubscribe('net.client.socket', made);
    far.send('x'.repeat(5_000));
    for await (const [frame] of transport.batches) {
      expect(frame).toHaveLength(5_000);
      expect(sockets.map((socket) => socket.isPaused())).toEqual([true]);
      await new Promise((resolve) => setImmediate(resolve));
      expect(sockets.map((socket) => socket.isPaused())).toEqual([false]);
      break;
    }
  });

  it('asks with the whole address and nothing that compresses or speaks a subprotocol', async () => {
    const { request } = await connected();
    expect(request.url).toBe(`/mcp/?token=${encodeURIComponent(TOKEN)}`);
    expect(request.headers).not.toHaveProperty('sec-websocket-extensions');
    expect(request.headers).not.toHaveProperty('sec-websocket-protocol');
  });

  it('does without the fragment of an address', async () => {
    const server = createServer();
    new WebSocketServer({ server });
    const port = await listen(server);
    const transport = await dial(new Endpoint(`ws://127.0.0.1:${port}/mcp/?token=t#part`));
    expect(await transport.close()).toMatchObject({ by: 'local' });
  });

  it('says that the connection was refused', async () => {
    const server = createTcpServer();
    const port = await listen(server);
    await new Promise((closed) => server.close(closed));
    const error = await failure(dial(endpointAt(`127.0.0.1:${port}`)));
    expect(error.facts).toEqual({ reason: 'ECONNREFUSED' });
    expect(error.message).toBe(`cannot connect to 127.0.0.1:${port}: ECONNREFUSED`);
  });

  it('says that the name does not exist', async () => {
    const { facts } = await failure(dial(endpointAt('endpoint.invalid')));
    // EAI_AGAIN where there is no name server at all.
    expect(facts.reason).toMatch(/^(ENOTFOUND|EAI_AGAIN)$/);
  });

  it.each([
    [401, {}, undefined],
    [403, {}, undefined],
    [404, {}, undefined],
    [429, { 'retry-after': '17' }, 17_000],
    [503, { 'retry-after': 'Thu, 01 Jan 2026 00:01:00 GMT', date: 'Thu, 01 Jan 2026 00:00:00 GMT' }, 60_000],
    [302, { location: 'ws://127.0.0.1:1/elsewhere' }, undefined],
    [200, {}, undefined],
  ])('tells that the endpoint answered with HTTP %i', async (status, headers, retryAfterMs) => {
    const answer = (_: IncomingMessage, response: ServerResponse) =>
      response.writeHead(status, headers as Record<string, string>).end('no');
    const port = await listen(createServer(answer));
    const { facts, message } = await failure(dial(endpointAt(`127.0.0.1:${port}`)));
    expect(facts).toEqual({
      reason: '',
      httpStatus: status,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    });
    expect(message).toContain(`HTTP status ${status} instead of 101`);
  });

  it('hangs up on an endpoint that answers and never ends its answer', async () => {
    const server = createServer((_, response) => response.writeHead(500).write('…'));
    const port = await listen(server);
    // Not by `once` for the end, which rejects at an error: hanging up may reset.
    const hungUp = new Promise((resolve) =>
      server.once('connection', (socket) => socket.once('close', resolve)),
    );
    expect((await failure(dial(endpointAt(`127.0.0.1:${port}`)))).facts.httpStatus).toBe(500);
    await hungUp;
  });

  it('gives up after dialTimeoutMs on an endpoint that says nothing', async () => {
    const port = await listen(createTcpServer());
    const { facts } = await failure(dial(endpointAt(`127.0.0.1:${port}`), { dialTimeoutMs: 50 }));
    expect(facts).toEqual({ reason: 'ETIMEDOUT' });
  });

  it('gives up after dialTimeoutMs on an endpoint that dribbles', async () => {
    const server = createTcpServer((socket) => {
      const timer = setInterval(() => socket.write('HTTP/1.1 101 '.charAt(socket.bytesWritten) || 'x'), 10);
      socket.on('close', () => clearInterval(timer)).on('error', () => {});
    });
    const port = await listen(server);
    const { facts } = await failure(dial(endpointAt(`127.0.0.1:${port}`), { dialTimeoutMs: 100 }));
    expect(facts).toEqual({ reason: 'ETIMEDOUT' });
  });

  it('says that the endpoint hung up before it answered', async () => {
    const port = await listen(createTcpServer((socket) => socket.destroy()));
    expect((await failure(dial(endpointAt(`127.0.0.1:${port}`)))).facts).toEqual({ reason: 'ECONNRESET' });
  });

  it('keeps quiet about what an endpoint that does not speak HTTP repeats', async () => {
    const server = createTcpServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', (request) => socket.end(request));
    });
    const port = await listen(server);
    expect((await failure(dial(endpointAt(`127.0.0.1:${port}`)))).facts.reason).toMatch(/^HPE_/);
  });

  it('is given up at once when its signal aborts', async () => {
    const port = await listen(createTcpServer());
    const stop = new AbortController();
    const dialling = dial(endpointAt(`127.0.0.1:${port}`), {}, stop.signal);
    stop.abort(new Error('stopping'));
    await expect(dialling).rejects.toThrow('stopping');
    await expect(dial(endpointAt('127.0.0.1:1'), {}, stop.signal)).rejects.toThrow('stopping');
  });
});

describe('dialWebSocket over TLS', () => {
  async function secure() {
    const [key, cert] = await Promise.all([tlsFile('localhost-key.pem'), tlsFile('localhost-cert.pem')]);
    const server = createSecureServer({ key, cert });
    const wss = new WebSocketServer({ server });
    wss.on('connection', (socket) => socket.on('message', (data) => socket.send(data, { binary: false })));
    const port = await listen(server);
    return { port, ca: cert };
  }

  it('names a certificate that nobody vouches for', async () => {
    const { port } = await secure();
    const { facts } = await failure(dial(endpointAt(`localhost:${port}`, 'wss')));
    expect(facts).toEqual({ reason: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  });

  it('names a certificate for another host', async () => {
    const { port, ca } = await secure();
    const { facts } = await failure(dial(endpointAt(`127.0.0.1:${port}`, 'wss'), { ca }));
    expect(facts).toEqual({ reason: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  });

  it('names what comes of TLS spoken to a plain server', async () => {
    const port = await listen(createServer());
    const { facts } = await failure(dial(endpointAt(`127.0.0.1:${port}`, 'wss')));
    expect(facts.reason).toMatch(/^(EPROTO|ERR_SSL_)/);
  });

  it('carries frames, large ones too', async () => {
    const { port, ca } = await secure();
    const transport = await dial(endpointAt(`localhost:${port}`, 'wss'), { ca });
    const sent = ['a', 'é'.repeat(300_000), 'c'];
    transport.send(sent.map((text) => Buffer.from(text)));
    const received: string[] = [];
    for await (const batch of transport.batches) {
      received.push(...batch.map(String));
      if (received.length === 3) break;
    }
    expect(received).toEqual(sent);
    expect(await transport.close()).toMatchObject({ by: 'local' });
  });
});

describe('an open WebSocket', () => {
  it('sends text frames, and one batch with one write', async () => {
    const { transport, far, tcp } = await connected();
    const received: [string, boolean][] = [];
    let chunks = 0;
    tcp.on('data', () => {
      chunks += 1;
    });
    far.on('message', (data, isBinary) => received.push([data.toString(), isBinary]));
    transport.send(Array.from({ length: 100 }, (_, i) => Buffer.from(`{"id":${i}}`)));
    await eventually(() => received.length === 100);
    expect(received).toEqual(Array.from({ length: 100 }, (_, i) => [`{"id":${i}}`, false]));
    expect(chunks).toBe(1);
  });

  it('takes UTF-8 in a binary message for text and leaves other binary messages out', async () => {
    const noise: unknown[][] = [];
    const { transport, far } = await connected({ onInvalidMessage: (...what) => void noise.push(what) });
    far.send(Buffer.from([0xff, 0xfe, 0x00]));
    far.send(Buffer.from('{"ü":1}'), { binary: true });
    expect(await firstBatch(transport)).toEqual(['{"ü":1}']);
    expect(noise).toEqual([['a binary message that is no UTF-8 text', 'fffe00', 3]]);
  });

  it.each([
    [4004, 'limit'],
    [1008, 'token解密失败'],
    [1000, '新连接替换'],
  ])('hands on close code %i and its reason', async (code, reason) => {
    const { transport, far } = await connected();
    far.close(code, reason);
    expect(await transport.closed).toEqual({ by: 'remote', code, reason });
  });

  it.each([
    ['text that is no UTF-8', Buffer.from([0x81, 2, 0xff, 0xfe]), 1007],
    ['a masked frame', Buffer.from([0x81, 0x82, 1, 2, 3, 4, 0x7a, 0x7f]), 1002],
    ['a continuation of nothing', Buffer.from([0x80, 2, 0x7b, 0x7d]), 1002],
    ['a frame with a reserved bit', Buffer.from([0xc1, 2, 0x7b, 0x7d]), 1002],
    ['a frame of no known kind', Buffer.from([0x83, 0]), 1002],
    ['a ping in fragments', Buffer.from([0x09, 0]), 1002],
    ['a ping that is too long', Buffer.concat([Buffer.from([0x89, 126, 0, 126]), Buffer.alloc(126)]), 1002],
    ['a close code that cannot be sent', Buffer.from([0x88, 2, 0x03, 0xed]), 1002],
    ['a close reason that is no UTF-8', Buffer.from([0x88, 3, 0x03, 0xe8, 0xff]), 1007],
    ['a frame longer than anything', Buffer.from([0x81, 127, ...Array(8).fill(0x7f)]), 1009],
  ])('delivers what came before %s, and ends with the code for it', async (_, bytes, code) => {
    const { transport, tcp } = await connected();
    tcp.write(Buffer.concat([Buffer.from([0x81, 2, 0x7b, 0x7d]), bytes, Buffer.from([0x81, 2, 0x31, 0x32])]));
    expect(await transport.closed).toMatchObject({ by: 'violation', code });
    const texts: string[] = [];
    for await (const batch of transport.batches) texts.push(...batch.map(String));
    expect(texts).toEqual(['{}']);
  });

  it('delivers what a socket that we have stopped reading still held when the endpoint was gone', async () => {
    const { transport, far } = await connected({ maxQueuedBytes: 1_000 });
    const sent = Array.from({ length: 200 }, (_, i) => `{"n":${i},"x":"${'x'.repeat(1_000)}"}`);
    for (const text of sent) far.send(text);
    await eventually(() => far.bufferedAmount === 0);
    far.terminate();
    const got: string[] = [];
    for await (const batch of transport.batches) got.push(...batch.map(String));
    expect(got).toEqual(sent);
    expect(await transport.closed).toMatchObject({ by: 'remote', code: 1006 });
  });

  it('reports an end without a close frame as 1006', async () => {
    const { transport, tcp } = await connected();
    tcp.end();
    expect(await transport.closed).toEqual({ by: 'remote', code: 1006, reason: '' });
  });

  it('keeps the system word of a reset connection', async () => {
    const { transport, tcp } = await connected();
    tcp.resetAndDestroy();
    expect(await transport.closed).toEqual({ by: 'remote', code: 1006, reason: 'ECONNRESET' });
  });

  it('closes with the code and reason it is given, the latter cut to what fits', async () => {
    const { transport, far } = await connected();
    const ended = once(far, 'close');
    expect(await transport.close({ code: 1001, reason: 'ü'.repeat(100) })).toEqual({
      by: 'local',
      code: 1001,
      reason: 'ü'.repeat(100),
    });
    const [code, reason] = await ended;
    expect([code, reason.toString()]).toEqual([1001, 'ü'.repeat(61)]);
  });

  it('does not wait longer than closeTimeoutMs for an endpoint that does not close', async () => {
    const { transport, tcp } = await connected({ closeTimeoutMs: 50 });
    tcp.pause();
    expect(await transport.close()).toEqual({ by: 'local', code: 1000, reason: '' });
  });

  it('keeps a connection on which too large a message comes, whole or in fragments, and tells its id', async () => {
    const { transport, far } = await connected({ maxFrameBytes: 1_000 });
    const oversize: OversizeMessage[] = [];
    transport.onOversize = (message) => oversize.push(message);
    const call = (id: number, length: number) =>
      JSON.stringify({ result: 'x'.repeat(length), jsonrpc: '2.0', id });
    far.send(call(1, 100));
    far.send(call(2, 1_000));
    far.send(call(3, 600).slice(0, 600), { fin: false });
    far.ping();
    far.send(call(3, 600).slice(600), { fin: true });
    far.send(call(4, 800).slice(0, 600), { fin: false });
    far.send('x'.repeat(600), { fin: false });
    far.send(call(4, 800).slice(600), { fin: true });
    far.send('last');
    const texts: string[] = [];
    for await (const batch of transport.batches) {
      texts.push(...batch.map(String));
      if (texts.at(-1) === 'last') break;
    }
    expect(texts).toEqual([call(1, 100), call(3, 600), 'last']);
    expect(oversize).toMatchObject([
      { kind: 'response', rawId: '2', bytes: call(2, 1_000).length },
      { kind: 'response', rawId: '4', bytes: call(4, 1_400).length },
    ]);
    expect(far.readyState).toBe(far.OPEN);
  });

  it('notices by itself that the endpoint is no longer there, half-open', async () => {
    const { transport, tcp } = await connected({ keepaliveIntervalMs: 30, keepaliveTimeoutMs: 100 });
    // The connection stands, and nobody reads it any more.
    tcp.pause();
    expect(await transport.closed).toEqual({
      by: 'keepalive',
      reason: 'nothing came within 100 ms of our ping',
    });
  });

  it('stays open on pongs alone, and notes when it last heard something', async () => {
    const { transport, far } = await connected({ keepaliveIntervalMs: 20, keepaliveTimeoutMs: 20_000 });
    let pings = 0;
    far.on('ping', () => {
      pings += 1;
    });
    const openedAt = transport.lastInboundAt;
    await eventually(() => pings >= 3);
    await eventually(() => transport.lastInboundAt > openedAt);
    expect(await transport.close()).toMatchObject({ by: 'local' });
  });

  it('answers the pings of the endpoint', async () => {
    const { far } = await connected();
    const pong = once(far, 'pong');
    far.ping('are you there?');
    expect((await pong)[0].toString()).toBe('are you there?');
  });

  it('answers any number of pings in one read, at least the last of them', async () => {
    const { transport, far, tcp } = await connected();
    const answered: string[] = [];
    far.on('pong', (payload) => answered.push(String(payload)));
    const pings = Array.from({ length: 5_000 }, (_, i) => {
      const payload = Buffer.from(String(i));
      return Buffer.concat([Buffer.from([0x89, payload.length]), payload]);
    });
    tcp.write(Buffer.concat(pings));
    await eventually(() => answered.includes('4999'));
    far.send('still here');
    expect(await firstBatch(transport)).toEqual(['still here']);
  });

  it('gives no keepalive verdict while it does not read because its reader is slow', async () => {
    const { transport, far } = await connected({
      ...{ keepaliveIntervalMs: 20, keepaliveTimeoutMs: 40, maxQueuedBytes: 1_000 },
    });
    let pings = 0;
    far.on('ping', () => {
      pings += 1;
    });
    for (let i = 0; i < 10; i += 1) far.send('x'.repeat(1_000_000));
    const before = pings;
    // Pings go on, their pongs wait behind what is not read, and still nothing is given up.
    await eventually(() => pings >= before + 5);
    let count = 0;
    for await (const batch of transport.batches) {
      count += batch.length;
      if (count === 10) break;
    }
    expect(await transport.close()).toMatchObject({ by: 'local' });
  });
});

describe('roundTrip', () => {
  it('resolves behind everything that the endpoint had sent before its pong, read confirmations or not', async () => {
    const { transport, far } = await connected();
    const got: string[] = [];
    void (async () => {
      for await (const batch of transport.batches) got.push(...batch.map(String));
    })();
    for (let trip = 1; trip <= 3; trip++) {
      far.once('ping', () => far.send(`late ${trip}`));
      far.send(`sent ${trip}`);
      if (trip === 2) void transport.send([Buffer.from('{}')]);
      await transport.roundTrip!();
      await new Promise((resolve) => setImmediate(resolve));
      // `ws` answers a ping before it tells of it.
      expect(got).toContain(`sent ${trip}`);
    }
  });

  it('is over when the connection is', async () => {
    const { transport, far } = await connected();
    far.pause();
    const trip = transport.roundTrip!();
    far.terminate();
    await trip;
    await transport.closed;
    expect(transport.roundTrip!()).toBeUndefined();
  });
});
