import { once } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { openCaller } from '../../src/faces/endpoint/caller.js';
import { startEndpoint } from '../../src/faces/endpoint/server.js';
import { Endpoint } from '../../src/protocol/endpoint.js';
import { CLOUD_INITIALIZE } from '../../src/protocol/mcp.js';
import { clock } from '../helpers/clock.js';
import { eventually } from '../helpers/eventually.js';
import { FakeEndpoint } from '../helpers/fake-endpoint.js';
import { startLinks } from '../helpers/link.js';
import { networkTo } from '../helpers/network.js';

async function start() {
  const fake = await FakeEndpoint.start();
  onTestFinished(() => fake.close());
  return fake;
}

it('answers the endpoint’s pings', async () => {
  const fake = await start();
  startLinks([{ endpoint: fake.endpoint(), server: ['basic.mjs'] }]);
  const connection = await fake.connection();
  connection.socket.ping('are you there');
  const [payload] = await once(connection.socket, 'pong');
  expect(String(payload)).toBe('are you there');
});

it('finds a half-open socket within its bound and dials again; the server lives on', async () => {
  const fake = await start();
  const settings = { keepaliveIntervalMs: 150, keepaliveTimeoutMs: 250 };
  const test = startLinks([{ endpoint: fake.endpoint(), server: ['basic.mjs'], settings }]);
  const connection = await fake.connection();
  await connection.greet();
  const pid = await connection.tool(1, 'whoami');
  connection.tcp.pause();
  // When exactly is asked of the keepalive alone, by a clock of its own.
  const { diagnosis } = await test.status('down');
  expect(diagnosis.cause).toBe('keepalive-lost');
  const next = await fake.connection(1);
  await next.greet();
  expect(await next.tool(1, 'whoami')).toBe(pid);
});

it('keeps an idle socket that answers pings', async () => {
  const fake = await start();
  const settings = { keepaliveIntervalMs: 50, keepaliveTimeoutMs: 1_000 };
  const test = startLinks([{ endpoint: fake.endpoint(), server: ['basic.mjs'], settings }]);
  const connection = await fake.connection();
  let pings = 0;
  connection.socket.on('ping', () => (pings += 1));
  await eventually(() => pings >= 8 && clock.now() - connection.openedAt > 2_000);
  expect(test.all('down')).toEqual([]);
});

it('renews a deaf connection once, not again and again', async () => {
  const fake = await start();
  // Longer than a greeting takes on a busy machine, which would be deaf otherwise.
  const settings = { deafAfterMs: 1_000, keepaliveIntervalMs: 50, keepaliveTimeoutMs: 20_000 };
  const test = startLinks([{ endpoint: fake.endpoint(), server: ['basic.mjs'], settings }]);
  const first = await fake.connection();
  await first.greet();
  // A bound is learned from messages that come a while after open, not from those of the handshake.
  await eventually(() => clock.now() - first.openedAt > settings.deafAfterMs / 10);
  await first.call(1, 'tools/list');
  first.drop();
  // From here on the endpoint answers pings on the wire and asks nothing.
  const deaf = await test.status('deaf');
  expect(deaf.silentMs).toBeGreaterThanOrEqual(1_000);
  expect((await test.status('down', 1)).diagnosis.cause).toBe('deaf');
  const third = await fake.connection(2);
  await eventually(() => clock.now() - third.openedAt > 3_000);
  expect(fake.connections).toHaveLength(3);
  expect(test.all('deaf')).toHaveLength(1);
  // Once it has spoken by itself, the watch is on again.
  expect(await third.tool(1, 'echo', { text: 'hello' })).toBe('hello');
});

it('recovers from the self-hosted endpoint’s fault: a connection that replaced another one is forgotten', async () => {
  const endpoint = await startEndpoint({ connectionsPerToken: 1, whenFull: 'replace-deaf' });
  onTestFinished(() => endpoint.close());
  const settings = { deafAfterMs: 2_000, keepaliveIntervalMs: 100, keepaliveTimeoutMs: 1_000 };
  const token = 'token-of-an-agent';
  const direct = new URL(endpoint.selfHostedUrl(token));
  const network = await networkTo(Number(direct.port));
  direct.port = String(network.port);
  const address = new Endpoint(direct.href);
  const test = startLinks([{ endpoint: address, server: ['basic.mjs'], settings }]);
  await test.status('open');
  const caller = await openCaller(endpoint.callerUrl(token));
  onTestFinished(() => caller.close());
  const whoami = async () => {
    const result = (await caller.request('tools/call', { name: 'whoami', arguments: {} })) as {
      content: [{ text: string }];
    };
    return result.content[0].text;
  };
  const pid = await whoami();
  // The endpoint does not notice that its socket is dead; ours finds out first and comes back too early.
  network.swallow();
  expect((await test.status('down')).diagnosis.cause).toBe('keepalive-lost');
  await eventually(() => endpoint.connections().some(({ isDeaf }) => isDeaf));
  expect((await test.status('down', 1)).diagnosis.cause).toBe('deaf');
  await test.status('open', 2);
  expect(await whoami()).toBe(pid);
  expect(test.all('deaf')).toHaveLength(1);
});

/** What the self-hosted endpoint does when its token is held by somebody else. */
async function forgetful() {
  const endpoint = await startEndpoint({ connectionsPerToken: 1, whenFull: 'replace-deaf' });
  onTestFinished(() => endpoint.close());
  const address = new Endpoint(endpoint.selfHostedUrl('token-of-an-agent'));
  const other = new WebSocket(address.href);
  await once(other, 'open');
  return { endpoint, address, other };
}

it('renews a connection that was forgotten before anything was asked on it', async () => {
  const { endpoint, address } = await forgetful();
  const test = startLinks([{ endpoint: address, server: ['basic.mjs'], settings: { unaskedAfterMs: 400 } }]);
  const deaf = await test.status('deaf');
  expect(deaf).toMatchObject({ usualMs: undefined });
  expect(deaf.silentMs).toBeGreaterThanOrEqual(400);
  expect((await test.status('down')).diagnosis.cause).toBe('never-asked');
  await test.status('open', 1);
  const caller = await openCaller(endpoint.callerUrl('token-of-an-agent'));
  onTestFinished(() => caller.close());
  const answer = await caller.request('tools/call', { name: 'whoami', arguments: {} });
  expect(answer).toMatchObject({ content: [{ type: 'text' }] });
});

it('dials an endpoint that is merely idle once more, and not again until it was away', async () => {
  const fake = await start();
  const settings = { unaskedAfterMs: 200, keepaliveIntervalMs: 50, keepaliveTimeoutMs: 20_000 };
  const test = startLinks([{ endpoint: fake.endpoint(), server: ['basic.mjs'], settings }]);
  const second = await fake.connection(1);
  await eventually(() => clock.now() - second.openedAt > 1_500);
  expect(test.all('deaf')).toHaveLength(1);
  // It restarts: the next connection may have replaced another one again; this time the wait is longer.
  second.drop();
  const deaf = await test.status('deaf', 1);
  expect(deaf.silentMs).toBeGreaterThanOrEqual(800);
  const fourth = await fake.connection(3);
  await fourth.greet();
  expect(await fourth.tool(1, 'echo', { text: 'hello' })).toBe('hello');
});

it('leaves an endpoint alone that asked something, however long ago', async () => {
  const fake = await start();
  const settings = { unaskedAfterMs: 1_000, deafAfterMs: 60_000 };
  const test = startLinks([{ endpoint: fake.endpoint(), server: ['basic.mjs'], settings }]);
  const connection = await fake.connection();
  await connection.greet();
  await eventually(() => clock.now() - connection.openedAt > 2_500);
  expect(test.all('deaf')).toEqual([]);
});

it('reads what came while mcp-pipe stood still before it takes an endpoint for deaf', async () => {
  const fake = await start();
  const settings = { unaskedAfterMs: 400, keepaliveIntervalMs: 20_000, keepaliveTimeoutMs: 20_000 };
  const test = startLinks([{ endpoint: fake.endpoint(), server: ['basic.mjs'], settings }]);
  const connection = await fake.connection();
  await test.status('open');
  connection.send({ jsonrpc: '2.0', id: 0, method: 'initialize', params: { ...CLOUD_INITIALIZE } });
  for (const until = performance.now() + 600; performance.now() < until; );
  await connection.reply(0);
  expect(test.all('deaf')).toEqual([]);
});
