import { expect, it, onTestFinished } from 'vitest';
import type { Settings } from '../../src/config/defaults.js';
import { eventually } from '../helpers/eventually.js';
import { FakeEndpoint } from '../helpers/fake-endpoint.js';
import { startLinks, type TestDaemon } from '../helpers/link.js';
import { isInTcpTable } from '../helpers/tcp-table.js';
import { isAnswered, leaveUnread, UNREAD_BYTES } from '../helpers/unread-answer.js';

const CLOSE_MS = 100;

/** A link whose answer stands in line for an endpoint that does not read now. */
async function stuck(settings: Partial<Settings>) {
  const fake = await FakeEndpoint.start();
  onTestFinished(() => fake.close());
  const test = startLinks([
    {
      endpoint: fake.endpoint(),
      server: ['big.mjs'],
      settings: { ...settings, closeTimeoutMs: CLOSE_MS },
    },
  ]);
  const connection = await fake.connection();
  await leaveUnread(connection);
  return { fake, test, connection };
}

async function waitMs(ms: number) {
  const since = performance.now();
  await eventually(() => performance.now() - since > ms);
}

function lost(test: TestDaemon) {
  return test.all('answers-lost').map(({ bytes }) => bytes);
}

it('stops when the endpoint has read the last answer, however slowly', async () => {
  const { test, connection } = await stuck({ drainTimeoutMs: 60_000 });
  const stopped = test.daemon.stop();
  await test.status('sending');
  // Far longer than a closing handshake may take.
  await waitMs(5 * CLOSE_MS);
  expect(connection.isClosed).toBe(false);
  connection.tcp.resume();
  expect(await connection.closed).toMatchObject({ code: 1000 });
  await stopped;
  expect(isAnswered(connection)).toBe(true);
  expect(lost(test)).toEqual([]);
});

it('says what is lost when the endpoint does not read in time', async () => {
  const { test, connection } = await stuck({ drainTimeoutMs: 300 });
  await test.daemon.stop();
  expect(lost(test)).toEqual([expect.any(Number)]);
  expect(lost(test)[0]).toBeGreaterThan(UNREAD_BYTES);
  connection.tcp.resume();
  await connection.closed;
  expect(isAnswered(connection)).toBe(false);
});

it('says what is lost when somebody is in a hurry', async () => {
  const { test } = await stuck({ drainTimeoutMs: 60_000 });
  const stopped = test.daemon.stop();
  await test.status('sending');
  test.daemon.force();
  await stopped;
  expect(lost(test)[0]).toBeGreaterThan(UNREAD_BYTES);
});

it('says what is lost when the endpoint closes before it has read everything, and dials when that is gone', async () => {
  const { fake, test, connection } = await stuck({ drainTimeoutMs: 0 });
  const ourPort = connection.tcp.remotePort!;
  connection.socket.close(1009, 'too big');
  await test.status('dialing', 1);
  if (process.platform === 'linux') expect(await isInTcpTable(ourPort)).toBe(false);
  expect(lost(test)[0]).toBeGreaterThan(UNREAD_BYTES);
  const { tcp } = connection;
  const next = await fake.connection(1);
  // Whoever looks at the old connection now finds it reset, not one byte later.
  tcp.resume();
  await eventually(() => tcp.destroyed);
  await next.greet();
});

it('keeps a connection whose ping stands in line behind an answer that a slow line takes', async () => {
  const { test, connection } = await stuck({ keepaliveIntervalMs: 100, keepaliveTimeoutMs: 4_000 });
  const { tcp } = connection;
  let reading: NodeJS.Timeout | undefined;
  // More slowly than a ping may take while there is something left with us; what the systems hold is out of sight, and has to come in time.
  const slowUntil = tcp.bytesRead + UNREAD_BYTES / 2;
  tcp.on('data', () => {
    if (tcp.bytesRead > slowUntil) return;
    tcp.pause();
    reading = setTimeout(() => tcp.resume(), 25);
  });
  onTestFinished(() => clearTimeout(reading));
  tcp.resume();
  const since = performance.now();
  await eventually(() => isAnswered(connection), { timeoutMs: 100_000 });
  expect(performance.now() - since).toBeGreaterThan(4_000);
  expect(test.all('down')).toEqual([]);
});
