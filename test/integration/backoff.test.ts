import { expect, it, onTestFinished } from 'vitest';
import { eventually } from '../helpers/eventually.js';
import { type FakeConnection, FakeEndpoint } from '../helpers/fake-endpoint.js';
import { startLinks } from '../helpers/link.js';

async function start(onConnection?: (connection: FakeConnection, index: number) => void) {
  const fake = await FakeEndpoint.start(onConnection ? { onConnection } : {});
  onTestFinished(() => fake.close());
  return fake;
}

const gaps = (times: number[]) => times.slice(1).map((time, i) => time - times[i]!);

it('dials an endpoint that accepts and closes at once with growing gaps', async () => {
  const fake = await start((connection) => connection.socket.close(4004, 'Internal server error'));
  startLinks(
    [{ endpoint: fake.endpoint(), server: ['basic.mjs'], settings: { minDelayMs: 150 } }],
    () => 0.99,
  );
  await eventually(() => fake.dials.length >= 5);
  const seen = gaps(fake.dials);
  // Ceilings are 150, 300, 600, 1200 ms.
  for (let i = 1; i < seen.length; i++) expect(seen[i]).toBeGreaterThan(seen[i - 1]! * 1.3);
});

it('dials an endpoint that answers initialize and then closes, always, with growing gaps', async () => {
  const fake = await start((connection) => {
    void connection.greet().then(() => connection.socket.close(1011, 'oops'));
  });
  const settings = { minDelayMs: 150 };
  const test = startLinks([{ endpoint: fake.endpoint(), server: ['basic.mjs'], settings }], () => 0.99);
  await eventually(() => fake.dials.length >= 5);
  expect(test.all('greeted').length).toBeGreaterThanOrEqual(4);
  const seen = gaps(fake.dials);
  // Ceilings are 150, 300, 600, 1200 ms.
  for (let i = 1; i < seen.length; i++) expect(seen[i]).toBeGreaterThan(seen[i - 1]! * 1.3);
});

it('is back within its first delay after a life that was stable, whatever went before', async () => {
  let refuse = true;
  const fake = await start((connection) => {
    if (refuse) connection.socket.close(4004);
    else void connection.greet();
  });
  const test = startLinks([
    { endpoint: fake.endpoint(), server: ['basic.mjs'], settings: { stableAfterMs: 400 } },
  ]);
  await eventually(() => test.all('down').length >= 4);
  refuse = false;
  await test.status('greeted');
  const connection = fake.connections.at(-1)!;
  // The stable time has to pass for real.
  await eventually(() => performance.now() - connection.openedAt > 600);
  const dials = fake.dials.length;
  const droppedAt = performance.now();
  connection.tcp.destroy();
  await eventually(() => fake.dials.length > dials);
  expect(performance.now() - droppedAt).toBeLessThan(300);
  expect(test.all('down').at(-1)).toMatchObject({ attempt: 1 });
});

it('stops waiting at once when it is asked to stop', async () => {
  const fake = await start((connection) => connection.socket.close(1008, 'no'));
  const test = startLinks([{ endpoint: fake.endpoint(), server: ['basic.mjs'] }]);
  await test.status('down');
  const asked = performance.now();
  await test.daemon.stop();
  expect(performance.now() - asked).toBeLessThan(1_000);
  expect(test.daemon.links.map(({ state }) => state)).toEqual(['closed']);
});
