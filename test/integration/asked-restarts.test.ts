import { expect, it, onTestFinished } from 'vitest';
import { clock } from '../helpers/clock.js';
import { eventually } from '../helpers/eventually.js';
import { FakeEndpoint } from '../helpers/fake-endpoint.js';
import { type LinkUnderTest, startLinks } from '../helpers/link.js';

async function start(settings: LinkUnderTest['settings'] = {}) {
  const fake = await FakeEndpoint.start();
  onTestFinished(() => fake.close());
  const test = startLinks([{ endpoint: fake.endpoint(), server: ['basic.mjs'], settings }]);
  const connection = await fake.connection();
  await connection.greet();
  return { fake, test, connection, restart: () => test.daemon.restart('server') };
}

it('a restart that is asked for waits for the calls, holds later ones, and keeps the connection', async () => {
  const { fake, test, connection, restart } = await start();
  const before = await connection.tool(1, 'whoami');
  const pending = connection.tool(2, 'slow', { ms: 300 });
  await clock.sleep(20);
  const restarted = restart();
  // Until then the list of tools is read.
  await clock.sleep(50);
  const held = connection.tool(3, 'whoami');
  // Such as one of `mcp-pipe call`.
  const whoami = { name: 'whoami', arguments: {} };
  const own = test.daemon.links[0]!.ask('server', 'tools/call', whoami, {
    signal: new AbortController().signal,
  });
  expect(await pending).toBe('slept 300 ms');
  expect(await restarted).toBe(true);
  expect(await held).not.toBe(before);
  expect(await own).toMatchObject({ result: { content: [{ text: await held }] } });
  expect((await test.status('server-replaced')).why).toBe('asked');
  expect(test.all('server-down')).toEqual([]);
  expect(connection.isClosed).toBe(false);
  expect(fake.connections).toHaveLength(1);
});

it('a call that takes too long is answered with an error, and the next process starts', async () => {
  const { connection, restart } = await start({ drainTimeoutMs: 100 });
  const before = await connection.tool(1, 'whoami');
  const pending = connection.call(2, 'tools/call', { name: 'slow', arguments: { ms: 60_000 } });
  await clock.sleep(20);
  expect(await restart()).toBe(true);
  expect((await pending).error).toMatchObject({ code: -31001 });
  expect(await connection.tool(3, 'whoami')).not.toBe(before);
});

it('a server that waits after a failure starts at once', async () => {
  const { test, connection, restart } = await start({ minDelayMs: 60_000, maxDelayMs: 60_000 });
  await connection.call(1, 'tools/call', { name: 'exit', arguments: {} });
  await test.status('server-down');
  expect(await restart()).toBe(true);
  await test.status('server-ready', 1);
  expect(await connection.tool(2, 'echo', { text: 'back' })).toBe('back');
});

it('restarts that are asked for again and again end in one process', async () => {
  const { connection, restart } = await start();
  const before = await connection.tool(1, 'whoami');
  const pending = connection.tool('slow', 'slow', { ms: 300 });
  await clock.sleep(20);
  await Promise.all([restart(), restart(), restart()]);
  expect(await pending).toBe('slept 300 ms');
  await restart();
  expect(await connection.tool(2, 'whoami')).not.toBe(before);
});

it('an endpoint hears of other tools after a restart, and of nothing when they are the same', async () => {
  const heard: string[] = [];
  const fake = await FakeEndpoint.start({
    onConnection: (connection) => {
      connection.onFrame = (text) => heard.push(JSON.parse(text).method);
    },
  });
  onTestFinished(() => fake.close());
  const test = startLinks([{ endpoint: fake.endpoint(), server: ['changing.mjs'] }]);
  const connection = await fake.connection();
  await connection.greet();
  const changes = () => heard.filter((method) => method === 'notifications/tools/list_changed').length;
  const listed = async (id: number) => (await connection.call(id, 'tools/list')).result.tools.at(-1)?.name;
  const first = await listed(1);
  expect(await test.daemon.restart('server')).toBe(true);
  await test.status('server-ready', 1);
  expect(await listed(2)).toBe(first);
  // What it was told while it ran is forgotten by its next process.
  await connection.tool(3, 'change', { to: 'second' });
  await eventually(() => changes() === 1);
  expect(await listed(4)).not.toBe(first);
  expect(await test.daemon.restart('server')).toBe(true);
  await eventually(() => changes() === 2);
  expect(await listed(5)).toBe(first);
});
