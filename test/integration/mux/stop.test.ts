import { expect, it, onTestFinished } from 'vitest';
import { eventually } from '../../helpers/eventually.js';
import { FakeEndpoint } from '../../helpers/fake-endpoint.js';
import { isAlive } from '../../helpers/is-alive.js';
import { startMux } from '../../helpers/link.js';
import { runs } from '../../helpers/runs.js';

const SERVERS = ['one', 'two', 'three'];

async function start(server: readonly [string, ...string[]] = ['basic.mjs'], settings = {}) {
  const fake = await FakeEndpoint.start();
  onTestFinished(() => fake.close());
  const members = SERVERS.map((name) => ({ name, server }));
  const test = startMux({ endpoint: fake.endpoint(), members, settings });
  const connection = await fake.connection();
  await connection.greet();
  const { result } = await connection.call('list', 'tools/list');
  expect(result.tools.length).toBeGreaterThan(3);
  const pids = test.all('server-ready').map(({ pid }) => pid!);
  expect(pids).toHaveLength(3);
  const call = (id: string, name: string, args: object) =>
    connection.send({ jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: args } });
  return { fake, test, connection, pids, call };
}

it('calls of several servers finish first, new ones are refused, and nobody stays behind', async () => {
  const { test, connection, pids, call } = await start();
  for (const [i, name] of SERVERS.entries()) call(name, `${name}__slow`, { ms: 300 + 200 * i });
  await connection.tool('sent', 'one__echo', { text: 'all sent' });
  const stopping = test.daemon.stop();
  await test.status('draining');
  call('late', 'two__whoami', {});
  const late = await connection.reply('late');
  expect(late.error.code).toBe(-31004);
  await stopping;
  for (const [i, name] of SERVERS.entries()) {
    expect((await connection.reply(name)).result.content[0].text).toBe(`slept ${300 + 200 * i} ms`);
  }
  expect(await connection.closed).toMatchObject({ code: 1000 });
  expect(test.all('drained')).toMatchObject([{ abandoned: 0 }]);
  expect(pids.filter(isAlive)).toEqual([]);
});

it('a second request to stop waits for nobody', async () => {
  const settings = { endTimeoutMs: 20_000, termTimeoutMs: 20_000, drainTimeoutMs: 20_000 };
  const { test, connection, pids, call } = await start(['wild.mjs', 'stubborn'], settings);
  call('hangs', 'two__hang', {});
  await connection.tool('sent', 'two__echo', { text: 'sent' });
  const stopping = test.daemon.stop();
  await test.status('draining');
  const hurriedAt = performance.now();
  test.daemon.force();
  await stopping;
  expect(performance.now() - hurriedAt).toBeLessThan(15_000);
  expect(pids.filter(isAlive)).toEqual([]);
});

/** At each of four places, every third time in a hurry: twelve are every way once. */
const ROUNDS = runs(96, 12);

it('starts and stops leave no process behind, wherever each was cut off', async () => {
  const fake = await FakeEndpoint.start({
    onConnection: (connection) => void connection.greet().catch(() => {}),
  });
  onTestFinished(() => fake.close());
  const pids = new Set<number>();
  for (let round = 0; round < ROUNDS; round++) {
    const members = ['one', 'two'].map((name) => ({ name, server: ['tiny.sh'] as const }));
    const test = startMux({ endpoint: fake.endpoint(), members, settings: { endTimeoutMs: 5_000 } });
    const cut = (['server-starting', 'server-ready', 'open', 'client-initialized'] as const)[round % 4]!;
    await eventually(() => test.all(cut).length > 0, { everyMs: 1 });
    if (round % 3 === 0) test.daemon.force();
    await test.daemon.stop();
    expect(test.daemon.links.map(({ state }) => state)).toEqual(['closed']);
    for (const { pid } of test.all('server-ready')) pids.add(pid!);
  }
  expect(pids.size).toBeGreaterThan(ROUNDS);
  expect([...pids].filter(isAlive)).toEqual([]);
}, 300_000);
