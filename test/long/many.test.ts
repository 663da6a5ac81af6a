import { readdirSync } from 'node:fs';
import { expect, it, onTestFinished } from 'vitest';
import { eventually } from '../helpers/eventually.js';
import { FakeEndpoint } from '../helpers/fake-endpoint.js';
import { startLinks } from '../helpers/link.js';
import { strategy } from '../helpers/strategy.js';

/** Fewer where they may run beside the others. */
const LINKS = strategy === 'pipe' ? 500 : 150;

it(`${LINKS} links in one process start a few at a time, are all answered, and stop in good time`, async () => {
  const fake = await FakeEndpoint.start({
    onConnection: (connection) => void connection.greet().then(() => connection.call(1, 'tools/list')),
  });
  onTestFinished(() => fake.close());
  const maxParallelStarts = 8;
  const warnings: Error[] = [];
  const onWarning = (warning: Error) => warnings.push(warning);
  process.on('warning', onWarning);
  onTestFinished(() => void process.off('warning', onWarning));
  const filesBefore = openFiles();
  const starting = performance.now();
  const test = startLinks(
    Array.from({ length: LINKS }, (_, i) => ({
      name: `server-${i}`,
      endpoint: fake.endpoint(`token-of-server-${i}`),
      server: ['tiny.sh'] as const,
      settings: { maxParallelStarts, endTimeoutMs: 10_000, drainTimeoutMs: 60_000 },
    })),
  );
  await eventually(
    () => fake.connections.length === LINKS && fake.connections.every(({ frames }) => frames.length >= 2),
    { timeoutMs: 200_000, what: 'an answer on every link' },
  );
  expect(mostAtOnce(test.statuses)).toBeLessThanOrEqual(maxParallelStarts);
  expect([...test.all('down'), ...test.all('server-down')]).toEqual([]);

  const stopping = performance.now();
  await test.daemon.stop();
  // All at once, and so in less time than it took to start them, a few at a time.
  expect(performance.now() - stopping).toBeLessThan(stopping - starting);
  expect(test.daemon.links.every(({ state }) => state === 'closed')).toBe(true);
  await eventually(() => fake.connections.every(({ isClosed }) => isClosed));
  expect(warnings).toEqual([]);
  await eventually(() => openFiles() <= filesBefore + 3);
}, 400_000);

/** The largest number of servers that had been started and were not ready yet. */
function mostAtOnce(statuses: readonly { type: string }[]): number {
  let now = 0;
  let most = 0;
  for (const { type } of statuses) {
    if (type === 'server-starting') most = Math.max(most, ++now);
    if (type === 'server-ready') now -= 1;
  }
  return most;
}

function openFiles(): number {
  return process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0;
}
