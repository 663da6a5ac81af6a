import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import WebSocket, { WebSocketServer } from 'ws';
import { bodyOf } from '../../helpers/body-of.js';
import { FaultProxy } from '../../helpers/fault-proxy.js';

/** A server that answers `got BODY` in two parts, and echoes over WebSocket; with the proxy in front of it. */
async function proxied() {
  const got: string[] = [];
  const server = http.createServer(async (asked, answer) => {
    const body = String(await bodyOf(asked));
    got.push(body);
    answer.writeHead(200, { 'x-server': 'yes' });
    answer.write('got ');
    setImmediate(() => answer.end(body));
  });
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket) => socket.on('message', (said) => socket.send(String(said))));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy = await FaultProxy.start(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  onTestFinished(async () => {
    await proxy.close();
    for (const socket of sockets.clients) socket.terminate();
    server.closeAllConnections();
    server.close();
  });
  const ask = async (body: string, signal?: AbortSignal) => {
    const answer = await fetch(`${proxy.origin}/x`, { method: 'POST', body, signal: signal ?? null });
    return `${answer.status} ${await answer.text()}`;
  };
  return { proxy, got, ask };
}

it('forwards, fails as often as it was asked to, and forwards again', async () => {
  const { proxy, got, ask } = await proxied();
  expect(await ask('one')).toBe('200 got one');
  await proxy.fail({ kind: 'answer', status: 503, body: '<html>' }, { times: 1, body: 'two' });
  expect(await ask('one')).toBe('200 got one');
  expect(await ask('two')).toBe('503 <html>');
  expect(await ask('two')).toBe('200 got two');
  expect(got).toEqual(['one', 'one', 'two']);
  expect(proxy.seen.map(({ fault }) => fault)).toEqual(['none', 'none', 'answer', 'none']);
});

it('refuses connections on its port until it is healed', async () => {
  const { proxy, got, ask } = await proxied();
  await ask('one');
  await proxy.fail({ kind: 'refuse' });
  await expect(ask('two')).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
  await proxy.heal();
  expect(await ask('three')).toBe('200 got three');
  expect(got).toEqual(['one', 'three']);
});

it('resets before the server gets the request, or cuts the answer after it', async () => {
  const { proxy, got, ask } = await proxied();
  await proxy.fail({ kind: 'reset' });
  await expect(ask('one')).rejects.toThrow();
  expect(got).toEqual([]);
  await proxy.fail({ kind: 'cut', afterBytes: 0 });
  await expect(ask('two')).rejects.toThrow();
  await proxy.fail({ kind: 'cut', afterBytes: 5 });
  await expect(ask('three')).rejects.toThrow();
  expect(got).toEqual(['two', 'three']);
});

it('lets requests hang, and connections that are open vanish, while new ones work', async () => {
  const { proxy, got, ask } = await proxied();
  await proxy.fail({ kind: 'hang', isForwarded: true }, { times: 1 });
  const hanging = new AbortController();
  const hung = ask('one', hanging.signal).catch((error: Error) => error.name);
  expect(await ask('two')).toBe('200 got two');
  await expect.poll(() => got).toEqual(expect.arrayContaining(['one', 'two']));
  const socket = new WebSocket(proxy.origin.replace('http', 'ws'));
  await once(socket, 'open');
  socket.send('a');
  expect(String((await once(socket, 'message'))[0])).toBe('a');
  proxy.vanish();
  const heard: unknown[] = [];
  socket.on('message', (said) => heard.push(said));
  socket.send('b');
  const other = new WebSocket(proxy.origin.replace('http', 'ws'));
  await once(other, 'open');
  other.send('c');
  expect(String((await once(other, 'message'))[0])).toBe('c');
  expect([heard, socket.readyState]).toEqual([[], WebSocket.OPEN]);
  hanging.abort();
  expect(await hung).toBe('AbortError');
  const closed = once(other, 'close');
  other.on('error', () => {});
  proxy.dropAll();
  await closed;
  socket.terminate();
});

it('answers an upgrade in place of the server, and delays', async () => {
  const { proxy, ask } = await proxied();
  await proxy.fail({ kind: 'answer', status: 401, headers: { 'www-authenticate': 'Bearer' } });
  const socket = new WebSocket(proxy.origin.replace('http', 'ws'));
  const [, answer] = (await once(socket, 'unexpected-response')) as [unknown, http.IncomingMessage];
  expect(answer.statusCode).toBe(401);
  socket.on('error', () => {});
  socket.terminate();
  await proxy.fail({ kind: 'delay', ms: 20 });
  const before = performance.now();
  expect(await ask('one')).toBe('200 got one');
  expect(performance.now() - before).toBeGreaterThan(15);
});
