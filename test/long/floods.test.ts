import { writeFile } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import WebSocket from 'ws';
import { Cli, folder } from '../helpers/cli.js';
import { eventually } from '../helpers/eventually.js';
import { FakeEndpoint } from '../helpers/fake-endpoint.js';
import { fixture } from '../helpers/link.js';
import { peakRssBytes, rssBytes } from '../helpers/rss.js';
import { isMux, strategy } from '../helpers/strategy.js';

const MIB = 1024 * 1024;
const FLOOD_MS = 4_000;

/**
 * Each door is flooded as fast as the machine allows; what mcp-pipe holds stays below the total of docs/limits.md for that
 * door, and what the garbage collector has not returned yet.
 */
const LINK_BYTES = (isMux ? 224 : 160) * MIB;
const SHARED_BYTES = 256 * MIB;

async function start(args: readonly string[], fake: FakeEndpoint, more: readonly string[] = []) {
  const cwd = await folder();
  const greedy = { command: process.execPath, args: [fixture('greedy.mjs'), ...args] };
  await writeFile(join(cwd, 'mcp_config.json'), JSON.stringify({ mcpServers: { greedy } }));
  const env = { MCP_ENDPOINT: fake.endpoint('token-of-the-flood').href };
  const cli = new Cli(['--mode', strategy, ...more], { cwd, env });
  await cli.event('server-ready');
  return { cli, cwd, idle: rssBytes(cli) };
}

async function endpoint(options = {}) {
  const fake = await FakeEndpoint.start(options);
  onTestFinished(() => fake.close());
  return fake;
}

/** Sends over and over, as fast as it is taken, until `bytes` are sent or the test is over; the result counts them. */
function flood(tcp: net.Socket, data: Buffer, bytes: number): { sent: number } {
  const count = { sent: 0 };
  const send = () => {
    while (count.sent < bytes && tcp.writable) {
      count.sent += data.length;
      if (!tcp.write(data)) return;
    }
  };
  tcp.on('drain', send);
  tcp.on('error', () => {});
  send();
  return count;
}

/** An unmasked text frame, as a server of WebSockets sends it. */
function frame(text: string): Buffer {
  const payload = Buffer.from(text);
  const head =
    payload.length < 126 ? [0x81, payload.length] : [0x81, 126, payload.length >> 8, payload.length & 0xff];
  return Buffer.concat([Buffer.from(head), payload]);
}

const many = (text: string) => Buffer.concat(new Array<Buffer>(200).fill(frame(text)));

describe.runIf(process.platform === 'linux')('memory stays below the stated total', () => {
  it.each(['ping', 'roots/list', 'no/such/method'])(
    'when a server asks %s without end and reads nothing',
    async (method) => {
      // No endpoint answers: every question is answered by mcp-pipe.
      const held: net.Socket[] = [];
      const fake = await endpoint({
        onUpgrade: (_: unknown, socket: net.Socket) => held.push(socket) > 0,
      });
      onTestFinished(() => held.forEach((socket) => void socket.destroy()));
      const { cli, idle } = await start(['asks', method], fake);
      expect((await peakRssBytes(cli, FLOOD_MS)) - idle).toBeLessThan(LINK_BYTES);
    },
  );

  it('when a server asks without end and the endpoint is there', async () => {
    const fake = await endpoint({
      // What it is asked is not kept.
      onConnection: ({ socket }: { socket: WebSocket }) => socket.removeAllListeners('message'),
    });
    const { cli, idle } = await start(['asks', 'ping'], fake);
    await fake.connection();
    expect((await peakRssBytes(cli, FLOOD_MS)) - idle).toBeLessThan(LINK_BYTES);
  });

  it.each([
    [
      'initialize',
      { protocolVersion: '2024-11-05', capabilities: {}, clientInfo: { name: 'c', version: '1' } },
    ],
    ['tools/list', {}],
    ['ping', {}],
    ['no/such/method', {}],
  ])('when an endpoint asks %s without end and reads nothing', async (method, params) => {
    const fake = await endpoint();
    const { cli, idle } = await start(['list'], fake);
    const connection = await fake.connection();
    await connection.greet();
    await connection.call(1, 'tools/list');
    connection.socket.pause();
    flood(connection.tcp, many(JSON.stringify({ jsonrpc: '2.0', id: 7, method, params })), 64 * MIB);
    expect((await peakRssBytes(cli, FLOOD_MS)) - idle).toBeLessThan(LINK_BYTES);
    // It goes on as soon as somebody reads.
    const before = connection.frames.length;
    connection.socket.resume();
    await eventually(() => connection.frames.length > before + 200);
    connection.socket.removeAllListeners('message');
  });
});

// The rest has nothing to do with what a link is.
describe.runIf(process.platform === 'linux' && strategy === 'pipe')(
  'what connections hold together is bounded',
  () => {
    const HALF = Buffer.alloc(15.5 * MIB, 'x');

    async function embedded() {
      const cli = new Cli(['endpoint', '-p', '0', '--log-format', 'json']);
      const { port } = await eventually(() => {
        const found = /127\.0\.0\.1:(\d+)/.exec(cli.stdout + cli.stderr);
        return found ? { port: Number(found[1]) } : undefined;
      });
      return { cli, port, idle: rssBytes(cli) };
    }

    function connected(to: net.NetConnectOpts): net.Socket {
      const socket = net.connect(to);
      socket.on('error', () => {});
      onTestFinished(() => void socket.destroy());
      return socket;
    }

    it('when 60 clients send half of a body each', async () => {
      const { cli, port, idle } = await embedded();
      for (let i = 0; i < 60; i++) {
        const socket = connected({ port, host: '127.0.0.1' });
        socket.write(
          `POST /call/t HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\naccept: application/json\r\ncontent-type: application/json\r\ncontent-length: ${16 * MIB}\r\n\r\n`,
        );
        socket.write(HALF);
        socket.resume();
      }
      expect((await peakRssBytes(cli, FLOOD_MS)) - idle).toBeLessThan(SHARED_BYTES);
      // Somebody honest is served.
      const response = await fetch(`http://127.0.0.1:${port}/call/t`, {
        method: 'POST',
        headers: { accept: 'application/json', 'content-type': 'application/json' },
        body: '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}',
      });
      expect(await response.json()).toMatchObject({ id: 1, error: {} });
    });

    it.each(['call', 'mcp'])(
      'when 60 clients send half of a message each over WebSocket (/%s/)',
      async (path) => {
        const { cli, port, idle } = await embedded();
        for (let i = 0; i < 60; i++) {
          const socket = new WebSocket(`ws://127.0.0.1:${port}/${path}/?token=t${i}`);
          onTestFinished(() => socket.terminate());
          socket.on('error', () => {});
          socket.once('open', () => socket.send(HALF, { fin: false, binary: false }, () => {}));
        }
        expect((await peakRssBytes(cli, FLOOD_MS)) - idle).toBeLessThan(SHARED_BYTES);
      },
    );

    it('when 60 connections to the control socket leave a line unfinished', async () => {
      const fake = await endpoint();
      const { cli, cwd, idle } = await start(['list'], fake, ['--control', 'control.sock']);
      const path = join(cwd, 'control.sock');
      for (let i = 0; i < 60; i++) {
        const socket = connected({ path });
        socket.write(HALF);
        socket.resume();
      }
      expect((await peakRssBytes(cli, FLOOD_MS)) - idle).toBeLessThan(SHARED_BYTES);
      const health = new Cli(['health', '--control', path], { cwd });
      expect(await health.exited).toBe(0);
    });
  },
);

describe.runIf(process.platform === 'linux' && isMux)('a list that never ends', () => {
  it('is cut where the bound is, and said', async () => {
    const fake = await endpoint();
    const { cli, idle } = await start(['pages'], fake);
    const connection = await fake.connection();
    await connection.greet();
    connection.send({ jsonrpc: '2.0', id: 1, method: 'tools/list' });
    expect((await peakRssBytes(cli, FLOOD_MS)) - idle).toBeLessThan(LINK_BYTES);
    const { result } = await connection.reply(1);
    expect(result.tools.length).toBe(15);
    expect(await cli.event('list-too-long')).toMatchObject({ level: 'warn', maxBytes: 16 * MIB });
  });
});
