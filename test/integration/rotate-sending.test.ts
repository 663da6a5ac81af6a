import { expect, it, onTestFinished } from 'vitest';
import { eventually } from '../helpers/eventually.js';
import { FakeEndpoint } from '../helpers/fake-endpoint.js';
import { basic, startRotate } from '../helpers/link.js';
import { isInTcpTable } from '../helpers/tcp-table.js';
import { isAnswered, leaveUnread, UNREAD_BYTES } from '../helpers/unread-answer.js';

const CLOSE_MS = 100;

async function start(rotateBusyMs: number) {
  let atOnce = 0;
  const fake = await FakeEndpoint.start({
    onConnection: () => {
      atOnce = Math.max(atOnce, fake.connections.filter(({ isClosed }) => !isClosed).length);
    },
  });
  onTestFinished(() => fake.close());
  const link = startRotate({
    endpoint: fake.endpoint(),
    // Long enough for the answer to have been given, on a machine that is busy with other things.
    dwellMs: 5_000,
    members: [{ name: 'big', server: ['big.mjs'] }, basic('b', { dwellMs: 3_600_000 })],
    settings: { closeTimeoutMs: CLOSE_MS, rotateBusyMs },
  });
  const connection = await fake.connection();
  await leaveUnread(connection);
  return { fake, link, connection, atOnce: () => atOnce };
}

it('switches when the endpoint has read the last answer, and never has two connections', async () => {
  const { fake, link, connection, atOnce } = await start(60_000);
  await link.status('sending');
  const since = performance.now();
  await eventually(() => performance.now() - since > 5 * CLOSE_MS);
  expect(fake.connections).toHaveLength(1);
  expect(connection.isClosed).toBe(false);
  connection.tcp.resume();
  const next = await fake.connection(1);
  expect(isAnswered(connection)).toBe(true);
  expect(await connection.closed).toMatchObject({ code: 1000 });
  expect(atOnce()).toBe(1);
  await next.greet();
  expect(link.all('answers-lost')).toEqual([]);
});

it('switches after rotateBusyMs all the same, and says what is lost', async () => {
  const { fake, link, connection } = await start(200);
  const ourPort = connection.tcp.remotePort!;
  await link.status('dialing', 1);
  if (process.platform === 'linux') expect(await isInTcpTable(ourPort)).toBe(false);
  const next = await fake.connection(1);
  await next.greet();
  expect(link.all('answers-lost')).toEqual([expect.objectContaining({ bytes: expect.any(Number) })]);
  expect(link.all('answers-lost')[0]!.bytes).toBeGreaterThan(UNREAD_BYTES);
});
