import { expect, it, onTestFinished } from 'vitest';
import type { Status } from '../../src/protocol/status.js';
import { clock } from '../helpers/clock.js';
import { eventually } from '../helpers/eventually.js';
import { FakeEndpoint } from '../helpers/fake-endpoint.js';
import { seeded } from '../helpers/faulty-caller.js';
import { quick, startLinks } from '../helpers/link.js';

const HOUR_MS = 3_600_000;

/** A day of a link whose endpoint drops it and whose server ends, by chance; what happened, and when, in milliseconds. */
async function aDay(seed: number): Promise<string[]> {
  const random = seeded(seed);
  const fake = await FakeEndpoint.start({ onConnection: (connection) => void connection.greet() });
  const startedAt = clock.now();
  const events: string[] = [];
  const onStatus = (status: Status) =>
    events.push(`${(clock.now() - startedAt).toFixed(1)} ${status.link} ${status.type}`);
  const settings = { maxDelayMs: 60_000 };
  const links = ['one', 'two'].map((name) => ({
    endpoint: fake.endpoint(`token-of-${name}`),
    ...{ name, server: ['basic.mjs'] as const, settings },
  }));
  const test = startLinks(links, undefined, { onStatus });
  while (clock.now() - startedAt < 24 * HOUR_MS) {
    await clock.sleep(HOUR_MS * random());
    const connection = await eventually(() => fake.connections.findLast(({ isClosed }) => !isClosed));
    if (random() < 0.5) connection.drop();
    else connection.send({ jsonrpc: '2.0', id: 9, method: 'tools/call', params: { name: 'exit' } });
  }
  await test.daemon.stop();
  await fake.close();
  return events;
}

it('the same chance makes the same day, to the tenth of a millisecond, and other chance another one', async () => {
  const first = await aDay(1);
  expect(first.filter((event) => event.endsWith(' down')).length).toBeGreaterThan(10);
  expect(first.filter((event) => event.endsWith(' server-down')).length).toBeGreaterThan(5);
  expect(await aDay(1)).toEqual(first);
  expect(await aDay(2)).not.toEqual(first);
});

it('waits of half a day are waited for in full, within the time of a test', async () => {
  const fake = await FakeEndpoint.start({ onConnection: (connection) => connection.close(4004) });
  onTestFinished(() => fake.close());
  const settings = { ...quick, minDelayMs: 12 * HOUR_MS, maxDelayMs: 12 * HOUR_MS };
  const test = startLinks([{ endpoint: fake.endpoint(), server: ['basic.mjs'], settings }]);
  await test.status('down');
  await eventually(() => fake.dials.length === 3, { timeoutMs: 48 * HOUR_MS, everyMs: 60_000 });
  const [, second, third] = fake.dials;
  expect(third! - second!).toBeGreaterThanOrEqual(12 * HOUR_MS);
});
