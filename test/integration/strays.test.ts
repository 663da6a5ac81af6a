import { expect, it, onTestFinished } from 'vitest';
import { eventually } from '../helpers/eventually.js';
import { type FakeConnection, FakeEndpoint } from '../helpers/fake-endpoint.js';
import { isAlive } from '../helpers/is-alive.js';
import { startLinks } from '../helpers/link.js';

async function start(env: Record<string, string>, settings: { strayTimeoutMs?: number } = {}) {
  const fake = await FakeEndpoint.start();
  onTestFinished(() => fake.close());
  const test = startLinks([{ endpoint: fake.endpoint(), server: ['leaves-behind.mjs'], env, settings }]);
  const connection = await fake.connection(0);
  await connection.greet();
  return { test, connection };
}

async function leftBy(connection: FakeConnection, id: number): Promise<number[]> {
  const pids = JSON.parse(await connection.tool(id, 'left')) as number[];
  onTestFinished(() => {
    for (const pid of pids) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  });
  return pids;
}

it.runIf(process.platform === 'linux')(
  'a server that crashes, and the link that stops, leave nothing behind that has left the group, and say so',
  async () => {
    const { test, connection } = await start({ LEFT: 'plain,deaf' });
    const first = await leftBy(connection, 1);
    connection.begin(2, 'exit');
    const { processes } = await test.status('strays-ended');
    expect(processes.map(({ pid }) => pid)).toEqual(expect.arrayContaining(first));
    await eventually(() => !first.some(isAlive));
    await test.status('server-ready', 1);
    const second = await leftBy(connection, 3);
    expect(second.map(isAlive)).toEqual([true, true]);
    await test.daemon.stop();
    expect(second.map(isAlive)).toEqual([false, false]);
    expect(test.all('strays-ended')).toHaveLength(2);
  },
);

it('what has no mark any more, and everything with "strayTimeoutMs": 0, runs on', async () => {
  const one = await start({ LEFT: 'unmarked' });
  const two = await start({ LEFT: 'plain' }, { strayTimeoutMs: 0 });
  const [[unmarked], [plain]] = [await leftBy(one.connection, 1), await leftBy(two.connection, 1)];
  await Promise.all([one.test.daemon.stop(), two.test.daemon.stop()]);
  expect([unmarked!, plain!].map(isAlive)).toEqual([true, true]);
});
