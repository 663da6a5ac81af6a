import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import type { Arrival } from '../../../../src/faces/accept.js';
import { refuseUpgrade } from '../../../../src/faces/http/refuse-upgrade.js';
import { SharedBytes } from '../../../../src/faces/shared-bytes.js';
import { WebSockets, type WebSocketsOptions } from '../../../../src/faces/websocket/web-sockets.js';
import { systemClock } from '../../../../src/time/clock.js';
import { eventually } from '../../../helpers/eventually.js';
import { listen } from '../../../helpers/listen.js';
import { ManualClock } from '../../../helpers/manual-clock.js';
import { SocketPeer } from '../../../helpers/socket-peer.js';

const MAX_FRAME_BYTES = 1_000;

/** `WebSockets` on their own port. */
async function startWebSockets(
  options: Partial<WebSocketsOptions> = {},
  accepts: (arrival: Arrival) => boolean = () => true,
) {
  const arrivals: Arrival[] = [];
  const sockets = new WebSockets({
    ...{ clock: systemClock, maxQueuedBytes: 64 * 1024, closeTimeoutMs: 2_000 },
    ...{ keepaliveIntervalMs: 20_000, keepaliveTimeoutMs: 15_000, unfinished: new SharedBytes(2 ** 24) },
    ...options,
  });
  const accept = (arrival: Arrival) => {
    arrivals.push(arrival);
    return accepts(arrival);
  };
  const server = createServer();
  server.on('upgrade', (request, socket, head) =>
    sockets.upgrade(request, socket, head, {
      ...{ caller: { key: 'an' }, accept, maxFrameBytes: MAX_FRAME_BYTES },
      refuse: (rejection) => refuseUpgrade(socket, rejection),
    }),
  );
  const port = await listen(server);
  onTestFinished(() => sockets.close());
  return { sockets, arrivals, port, url: `ws://127.0.0.1:${port}/ws` };
}

describe('a WebSocket of a client', () => {
  it.each([
    ['nothing', [], ''],
    ['mcp', ['mcp'], 'mcp'],
    ['mcp beside others', ['chat', 'mcp'], 'mcp'],
  ])('that offers %s is accepted', async (_, protocols, chosen) => {
    const { url, arrivals } = await startWebSockets();
    const { socket } = await SocketPeer.open(url, { protocols });
    expect(socket.protocol).toBe(chosen);
    expect(arrivals).toMatchObject([{ kind: 'ws', caller: { key: 'an' }, hasSession: true }]);
  });

  it('that offers only others is accepted without one: it decides itself whether to go on', async () => {
    const { url, port, arrivals } = await startWebSockets();
    const strict = new WebSocket(url, ['chat']);
    const [error] = (await once(strict, 'error')) as [Error];
    expect(error.message).toMatch(/no subprotocol/);
    const lax = connect(port, '127.0.0.1').on('error', () => {});
    lax.write(`${upgradeRequest}Sec-WebSocket-Protocol: chat\r\n\r\n`);
    const [head] = (await once(lax, 'data')) as [Buffer];
    lax.destroy();
    expect(String(head)).toMatch(/^HTTP\/1\.1 101 /);
    expect(String(head)).not.toMatch(/sec-websocket-protocol/i);
    expect(arrivals).toHaveLength(2);
  });

  it('is not compressed, though clients offer it', async () => {
    const { url } = await startWebSockets();
    const { socket } = await SocketPeer.open(url);
    expect(socket.extensions).toBe('');
  });

  it('carries one message in one text frame, both ways, byte for byte', async () => {
    const { url, arrivals } = await startWebSockets();
    const peer = await SocketPeer.open(url);
    const batches = arrivals[0]!.transport.batches[Symbol.asyncIterator]();
    const text = '{"jsonrpc":"2.0", "id":"\\u0061",\n"method":"xin chào"}';
    // JSON is text, yet some send it in binary frames.
    for (const binary of [false, true]) {
      peer.socket.send(Buffer.from(text), { binary });
      expect((await batches.next()).value!.map(String)).toEqual([text]);
    }
    arrivals[0]!.transport.send([Buffer.from(text), Buffer.from('{}')]);
    await eventually(() => peer.frames.length === 2, { what: 'both messages' });
    expect(peer.frames).toEqual([text, '{}']);
  });

  it('may send what is too long, or no text, and stays open', async () => {
    const { url, arrivals } = await startWebSockets();
    const peer = await SocketPeer.open(url);
    const { transport } = arrivals[0]!;
    const long: number[] = [];
    transport.onOversize = ({ bytes }) => long.push(bytes);
    peer.socket.send(`{"jsonrpc":"2.0","id":1,"method":"${'x'.repeat(MAX_FRAME_BYTES)}"}`);
    peer.socket.send(Buffer.from([0xff, 0xfe]), { binary: true });
    peer.socket.send('{}');
    expect((await transport.batches[Symbol.asyncIterator]().next()).value!.map(String)).toEqual(['{}']);
    expect(long).toEqual([expect.any(Number)]);
    const error = JSON.parse(await eventually(() => peer.frames[0], { what: 'the error' })) as object;
    expect(error).toMatchObject({ id: null, error: { code: -32700 } });
    expect(peer.socket.readyState).toBe(WebSocket.OPEN);
  });

  it('that breaks the protocol is closed with a code', async () => {
    const { port, arrivals } = await startWebSockets();
    const tcp = await upgraded(port);
    // Not masked.
    tcp.write(Buffer.from([0x81, 0x02, 0x7b, 0x7d]));
    expect(await arrivals[0]!.transport.closed).toMatchObject({ by: 'violation', code: 1002 });
  });

  it('is closed with a code and the reason', async () => {
    const { url, arrivals } = await startWebSockets();
    const peer = await SocketPeer.open(url);
    await arrivals[0]!.transport.close({ code: 1000, reason: 'the server was removed' });
    expect(await peer.closed).toEqual({ code: 1000, reason: 'the server was removed' });
  });

  it('is refused with 1013 and the reason when there is nothing for it', async () => {
    const { url } = await startWebSockets({}, ({ onRefused }) => {
      onRefused?.('all 8 processes are in use');
      return false;
    });
    const peer = await SocketPeer.open(url);
    expect(await peer.closed).toEqual({ code: 1013, reason: 'all 8 processes are in use' });
  });

  it('is pinged, and cut when nothing comes back', async () => {
    const clock = new ManualClock();
    const { port, arrivals } = await startWebSockets({ clock });
    const tcp = await upgraded(port);
    const bytes: Buffer[] = [];
    tcp.on('data', (chunk: Buffer) => bytes.push(chunk));
    await clock.advance(20_000);
    await eventually(() => Buffer.concat(bytes)[0] === 0x89, { what: 'a ping' });
    await clock.advance(40_000);
    expect(await arrivals[0]!.transport.closed).toMatchObject({ by: 'keepalive' });
  });

  it('that begins a message and never ends it takes no room from others', async () => {
    const { port, url, arrivals } = await startWebSockets({ unfinished: new SharedBytes(1_500) });
    const slow = await upgraded(port);
    const header = Buffer.from([0x81, 0x80 | 126, 900 >> 8, 900 & 0xff, 0, 0, 0, 0]);
    slow.write(Buffer.concat([header, Buffer.alloc(800, 0x20)]));
    const other = await upgraded(port);
    await eventually(() => arrivals.length === 2, { what: 'both' });
    other.write(Buffer.concat([header, Buffer.alloc(750, 0x20)]));
    await arrivals[0]!.transport.closed;
    const peer = await SocketPeer.open(url);
    peer.socket.send('{}');
    expect((await arrivals[2]!.transport.batches[Symbol.asyncIterator]().next()).value).toHaveLength(1);
  });
});

describe('the face', () => {
  it('closes what is open with 1001, and takes no more', async () => {
    const { sockets, url } = await startWebSockets();
    const peer = await SocketPeer.open(url);
    sockets.close();
    expect(await peer.closed).toEqual({ code: 1001, reason: 'shutting down' });
    expect(await SocketPeer.rejected(url)).toMatchObject({ status: 503 });
  });

  it('answers a request that is no handshake with 400', async () => {
    const { port, arrivals } = await startWebSockets();
    const tcp = connect(port, '127.0.0.1').on('error', () => {});
    tcp.write('GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    const [head] = (await once(tcp, 'data')) as [Buffer];
    expect(String(head)).toMatch(/^HTTP\/1\.1 400 /);
    expect(arrivals).toEqual([]);
  });
});

const upgradeRequest = [
  'GET /ws HTTP/1.1',
  'Host: 127.0.0.1',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  '',
].join('\r\n');

/** A WebSocket without a library. */
async function upgraded(port: number): Promise<Socket> {
  const tcp = connect(port, '127.0.0.1');
  tcp.on('error', () => {});
  onTestFinished(() => void tcp.destroy());
  tcp.write(`${upgradeRequest}\r\n`);
  await once(tcp, 'data');
  return tcp;
}
