import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import type { EndpointOptions } from '../../src/faces/endpoint/running-endpoint.js';
import { startEndpoint } from '../../src/faces/endpoint/server.js';

async function start(options: EndpointOptions = {}) {
  const endpoint = await startEndpoint({ port: 0, closeTimeoutMs: 200, ...options });
  onTestFinished(() => endpoint.close());
  return endpoint;
}

const UPGRADE = [
  ...['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'],
  'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
];

/** Every way in. */
const DOORS: Readonly<Record<string, { line: string; headers?: readonly string[] }>> = {
  'the list of tokens': { line: 'GET /' },
  'its head': { line: 'HEAD /' },
  'the address of servers': { line: 'GET /mcp/?token=one' },
  'the self-hosted address': { line: 'GET /mcp_endpoint/mcp/?token=one' },
  'a caller over HTTP': { line: 'POST /call/one', headers: ['Content-Length: 2'] },
  'a stream of a caller': { line: 'GET /call/one' },
  'no address at all': { line: 'GET /elsewhere' },
};

/** The status and the body that the raw request gets. */
async function ask(port: number, line: string, headers: readonly string[]) {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk;
  });
  socket.write(`${line} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n{}`);
  while (!text.includes('\r\n\r\n')) await once(socket, 'data');
  const status = Number(text.split(' ')[1]);
  socket.destroy();
  return { status, text };
}

it.each(Object.entries(DOORS))('%s is closed to a foreign Host and to several Hosts', async (_, door) => {
  const { port } = await start();
  const own = `Host: 127.0.0.1:${port}`;
  const more = [...(door.headers ?? []), 'Connection: close'];
  const to = async (...hosts: string[]) => (await ask(port, door.line, [...hosts, ...more])).status;
  for (const host of ['evil.example', `evil.example:${port}`, `127.0.0.1.evil.example:${port}`, ''])
    expect([host, await to(`Host: ${host}`)]).toEqual([host, 403]);
  expect(await to(own, 'Host: evil.example')).toBe(400);
  expect(await to('Host: evil.example', own)).toBe(400);
  expect(await to(own, `hOST: 127.0.0.1:${port}`)).toBe(400);
  for (const host of ['localhost', '127.0.0.1', '[::1]', 'LOCALHOST.', '[::ffff:127.0.0.1]'])
    expect([host, await to(`Host: ${host}:${port}`)]).not.toEqual([host, 403]);
});

it('several Hosts open no WebSocket; a page of another site opens none by any name', async () => {
  const endpoint = await start();
  const { port } = endpoint;
  const own = `Host: 127.0.0.1:${port}`;
  const open = async (...headers: string[]) =>
    (await ask(port, 'GET /mcp/?token=one', [...headers, ...UPGRADE])).status;
  expect(await open(own, 'Host: evil.example')).toBe(400);
  expect(await open('Host: evil.example', 'Origin: http://evil.example')).toBe(403);
  expect(await open(own)).toBe(101);
});

it('the list of tokens says nothing to a foreign Host', async () => {
  const endpoint = await start();
  await ask(endpoint.port, 'GET /mcp/?token=one', [`Host: 127.0.0.1:${endpoint.port}`, ...UPGRADE]);
  const { text } = await ask(endpoint.port, 'GET /', [`Host: evil.example:${endpoint.port}`]);
  expect(text).not.toContain('fingerprint');
  const absolute = await ask(endpoint.port, 'GET http://evil.example/', [`Host: 127.0.0.1:${endpoint.port}`]);
  expect(absolute.text).not.toContain('fingerprint');
});
