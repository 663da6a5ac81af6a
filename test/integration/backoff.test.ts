import { expect, it, onTestFinished } from 'vitest';
import { clock } from '../helpers/clock.js';
import { eventually } from '../helpers/eventually.js';
import { type FakeConnection, FakeEndpoint } from '../helpers/fake-endpoint.js';
import { quick, startLinks, type TestDaemon } from '../helpers/link.js';

async function start(onConnection?: (connection: FakeConnection, index: number) => void) {
  const fake = await FakeEndpoint.start(onConnection ? { onConnection } : {});
  onTestFinished(() => fake.close());
  return fake;
}

/** No life of a connection is long enough to start over from the first delay. */
const growing = { minDelayMs: 150, stableAfterMs: 600_000 };

/** The announced waits grow, and each was waited for: a busy machine only makes them longer. */
function expectGrowingGaps(fake: FakeEndpoint, test: TestDaemon) {
  const announced = test.all('down').map(({ nextDialMs }) => nextDialMs);
  for (let i = 1; i < 4; i++) expect(announced[i]).toBeGreaterThan(announced[i - 1]! * 1.3);
  for (let i = 0; i < 4; i++) {
    // A timer may fire a millisecond early by another clock.
    expect(fake.dials[i + 1]! - fake.dials[i]!).toBeGreaterThan(announced[i]! - 2);
  }
}

it('dials an endpoint that accepts and closes at once with growing gaps', async () => {
  const fake = await start((connection) => connection.close(4004, 'Internal server error'));
  const link = { endpoint: fake.endpoint(), server: ['basic.mjs'], settings: growing } as const;
  const test = startLinks([link], () => 0.99);
  await eventually(() => fake.dials.length >= 5);
  expectGrowingGaps(fake, test);
});

it('dials an endpoint that answers initialize and then closes, always, with growing gaps', async () => {
  const fake = await start((connection) => {
    void connection
      .greet()
      .then(() => connection.close(1011, 'oops'))
      .catch(() => {});
  });
  const link = { endpoint: fake.endpoint(), server: ['basic.mjs'], settings: growing } as const;
  const test = startLinks([link], () => 0.99);
  await eventually(() => fake.dials.length >= 5);
  expect(test.all('client-initialized').length).toBeGreaterThanOrEqual(4);
  expectGrowingGaps(fake, test);
});

it('is back within its first delay after a life that was stable, whatever went before', async () => {
  let refuse = true;
  const fake = await start((connection) => {
    if (refuse) connection.close(4004);
    else void connection.greet().catch(() => {});
  });
  const test = startLinks([
    { endpoint: fake.endpoint(), server: ['basic.mjs'], settings: { stableAfterMs: 400 } },
  ]);
  await eventually(() => test.all('down').length >= 4);
  refuse = false;
  await test.status('client-initialized');
  const greetedAt = clock.now();
  const connection = fake.connections.at(-1)!;
  // The stable time has to pass for real.
  await eventually(() => clock.now() - greetedAt > 600);
  const dials = fake.dials.length;
  const downs = test.all('down').length;
  connection.drop();
  const down = await test.status('down', downs);
  expect(down.attempt).toBe(1);
  expect(down.nextDialMs).toBeLessThanOrEqual(quick.minDelayMs);
  await eventually(() => fake.dials.length > dials);
});

it('stops waiting at once when it is asked to stop', async () => {
  const fake = await start((connection) => connection.close(1008, 'no'));
  const settings = { minDelayMs: 600_000, maxDelayMs: 600_000 };
  const test = startLinks([{ endpoint: fake.endpoint(), server: ['basic.mjs'], settings }], () => 0.99);
  // Longer than any test may take: whoever waited for it would not come to the end of this one.
  expect((await test.status('down')).nextDialMs).toBeGreaterThan(500_000);
  await test.daemon.stop();
  expect(new Set(test.daemon.links.map(({ state }) => state))).toEqual(new Set(['closed']));
});
