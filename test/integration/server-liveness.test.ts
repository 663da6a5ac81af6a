import { expect, it, onTestFinished } from 'vitest';
import { Snapshot } from '../../src/observe/snapshot.js';
import { ErrorCode } from '../../src/protocol/jsonrpc.js';
import { clock } from '../helpers/clock.js';
import { eventually, PATIENCE_MS } from '../helpers/eventually.js';
import { FakeEndpoint } from '../helpers/fake-endpoint.js';
import { startLinks, type TestDaemon } from '../helpers/link.js';
import { expected, isMux, isShared } from '../helpers/strategy.js';

/** The time for a ping is what a server that lives may take on a busy machine, which does not make it a hung one. */
const settings = { callWarnMs: 150, callTimeoutMs: 1_000, serverPingTimeoutMs: 1_000 };

async function start(more: Partial<typeof settings & { restartAfterCalls: number }> = {}) {
  const fake = await FakeEndpoint.start();
  onTestFinished(() => fake.close());
  const test = startLinks([
    { endpoint: fake.endpoint(), server: ['stuck.mjs'], settings: { ...settings, ...more } },
  ]);
  const connection = await fake.connection();
  await connection.greet();
  return { fake, test, connection };
}

/** What health and the live block are told. */
function snapshotOf({ statuses, daemon }: TestDaemon) {
  const snapshot = new Snapshot(['server']);
  for (const status of statuses) snapshot.onStatus(status);
  snapshot.read = (link) => daemon.stats(link);
  const link = snapshot.link('server')!;
  // The counts of a server that several links use are its own.
  const { calls, restartsLastHour, lastExit } = isShared ? link.members![0]! : link;
  const server = link.members?.[0]?.state ?? link.server;
  return { ...link, server, calls, restartsLastHour, lastExit };
}

const hang = { name: 'hang', arguments: { secret: 'of the caller' } };

it('names a call that stays unanswered, once, and shows it while it runs', async () => {
  const { test, connection } = await start({ callTimeoutMs: 60_000 });
  const before = Date.now();
  connection.send({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: hang });
  const slow = await test.status('call-unanswered');
  expect(slow).toMatchObject({ method: 'tools/call', name: 'hang', running: 1, silentMs: undefined });
  expect(slow.waitedMs).toBeGreaterThanOrEqual(150);
  const { calls } = snapshotOf(test);
  expect(calls).toMatchObject({
    inFlight: 1,
    oldest: { server: 'server', method: 'tools/call', name: 'hang' },
  });
  // Clocks of two kinds are compared, and a process may stand still between a look at one and at the other.
  expect(calls.oldest!.since).toBeGreaterThanOrEqual(before - 1_000);
  expect(calls.oldest!.since).toBeLessThanOrEqual(Date.now() - 150);
  // A second one of its kind, so that there was time to say the first again.
  const secondAt = Date.now();
  connection.send({ jsonrpc: '2.0', id: 2, method: 'tools/call', params: hang });
  await test.status('call-unanswered', 1);
  expect(test.all('call-unanswered')).toHaveLength(2);
  const later = snapshotOf(test).calls;
  expect(later.inFlight).toBe(2);
  // Still that of the first one.
  expect(later.oldest!.since).toBeLessThan(secondAt - 100);
  const running = test.daemon.calls.filter(({ name }) => name === 'hang');
  expect(running).toMatchObject(
    ['1', '2'].map((id) => ({ server: 'server', link: 'server', method: 'tools/call', id })),
  );
  expect(running[0]!.ageMs).toBeGreaterThan(running[1]!.ageMs);
});

it('restarts a server that answers neither its calls nor a ping; later calls are answered', async () => {
  const { test, connection } = await start();
  const pid = await connection.tool(1, 'whoami');
  connection.send({ jsonrpc: '2.0', id: 2, method: 'tools/call', params: hang });
  const silent = await test.status('server-silent');
  expect(silent).toMatchObject({ name: 'hang', unanswered: isShared ? expect.any(Number) : 1 });
  const shown = snapshotOf(test);
  expect(shown).toMatchObject({ server: 'silent', ready: false });
  const { error, result } = await connection.reply(2);
  if (isMux) expect(result).toMatchObject({ isError: true });
  else expect(error.code).toBe(ErrorCode.serverExited);
  const down = await test.status('server-down');
  expect(down).toMatchObject({ why: 'hung', failures: 1 });
  expect(down.livedMs).toBeGreaterThanOrEqual(settings.callTimeoutMs + settings.serverPingTimeoutMs);
  await test.status('server-ready', 1);
  expect(await connection.tool(3, 'whoami')).not.toBe(pid);
  expect(snapshotOf(test)).toMatchObject({
    server: 'ready',
    restartsLastHour: 1,
    lastExit: { why: 'hung' },
    calls: isShared ? { failed: 2 } : { inFlight: 0, failed: 1 },
  });
});

it('restarts nothing whose server answers a ping, however long one call takes', async () => {
  const { test, connection } = await start({ callTimeoutMs: 300 });
  const pid = await connection.tool(1, 'whoami');
  connection.send({ jsonrpc: '2.0', id: 2, method: 'tools/call', params: { name: 'lost' } });
  await test.status('call-unanswered');
  if (!isMux) connection.begin(3, 'slow', { ms: 1_200 });
  // Twice as long as a hung one would be left alone.
  const until = clock.now() + 2 * (300 + settings.serverPingTimeoutMs);
  for (let i = 0; clock.now() < until; i++) {
    connection.send({ jsonrpc: '2.0', id: 10 + i, method: 'tools/call', params: { name: 'lost' } });
    await test.status('call-unanswered', i + 1);
  }
  if (!isMux) expect((await connection.reply(3)).result.content[0].text).toBe('slept 1200 ms');
  expect(test.all('server-silent')).toEqual([]);
  expect(test.all('server-down')).toEqual([]);
  expect(await connection.tool(4, 'whoami')).toBe(pid);
});

it('restarts nothing that reports progress, though it answers no ping meanwhile', async () => {
  const { test, connection } = await start({ callTimeoutMs: 300 });
  const pid = await connection.tool(1, 'whoami');
  connection.send({
    ...{ jsonrpc: '2.0', id: 2, method: 'tools/call' },
    params: { name: 'work', arguments: { ms: 3_000 }, _meta: { progressToken: 'p' } },
  });
  const reply = await connection.reply(2);
  // A multiplexer gives up the call, and never the server.
  if (!isMux) expect(reply.result.content[0].text).toBe('worked for 3000 ms');
  expect(await connection.tool(3, 'whoami')).toBe(pid);
  expect(test.all('server-down')).toEqual([]);
});

it('leaves a server that is busy with one blocking call its full time, whatever it lost before', async () => {
  const { test, connection } = await start({ callTimeoutMs: 4_000 });
  const pid = await connection.tool(1, 'whoami');
  // Its time is over while the other one blocks.
  connection.send({ jsonrpc: '2.0', id: 2, method: 'tools/call', params: { name: 'lost' } });
  await test.status('call-unanswered');
  await eventually(
    () => snapshotOf(test).calls.oldest && Date.now() - snapshotOf(test).calls.oldest!.since > 2_500,
  );
  connection.send({
    ...{ jsonrpc: '2.0', id: 3, method: 'tools/call' },
    params: { name: 'busy', arguments: { ms: 2_500 } },
  });
  expect(await test.status('server-silent')).toMatchObject({ name: 'busy' });
  expect((await connection.reply(3)).result.content[0].text).toBe('was busy for 2500 ms');
  await test.status('server-responding');
  await eventually(() => test.all('call-answered').some(({ name }) => name === 'busy'));
  expect(snapshotOf(test).server).toBe('ready');
  expect(await connection.tool(4, 'whoami')).toBe(pid);
  expect(test.all('server-down')).toEqual([]);
});

it('waits for as many unanswered calls as it is told to', async () => {
  const { test, connection } = await start({ restartAfterCalls: 2, callTimeoutMs: 300 });
  connection.send({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: hang });
  const silent = await test.status('server-silent');
  await eventually(() => Date.now() - silent.at > 300 + 2 * settings.serverPingTimeoutMs);
  expect(test.all('server-down')).toEqual([]);
  connection.send({ jsonrpc: '2.0', id: 2, method: 'tools/call', params: hang });
  expect((await test.status('server-down')).why).toBe('hung');
});

it('pings and restarts nobody when it is told not to, and says all the same what is unanswered', async () => {
  const { test, connection } = await start({ restartAfterCalls: 0, callTimeoutMs: 300 });
  connection.send({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: hang });
  const { at } = await test.status('call-unanswered');
  await eventually(() => Date.now() - at > 300 + 2 * settings.serverPingTimeoutMs);
  expect(test.all('server-silent')).toEqual([]);
  expect(test.all('server-down')).toEqual([]);
});

it('counts what was answered, what failed and when the last call came', async () => {
  const startedAt = Date.now();
  const { test, connection } = await start();
  await connection.tool(1, 'whoami');
  const { answered: before } = snapshotOf(test).calls;
  await connection.tool(2, 'whoami');
  expect(snapshotOf(test).calls.answered).toBe(before + 1);
  const { error } = await connection.call(3, 'tools/call', { name: 'none' });
  expect(error).toBeDefined();
  const { calls, connection: shown } = snapshotOf(test);
  expect(calls).toMatchObject({ inFlight: 0, oldest: undefined });
  // A multiplexer asks no server for a tool that none has.
  expect(calls.failed).toBe(expected({ pipe: 1, mux: 0 }));
  expect(calls.lastAt!).toBeGreaterThanOrEqual(startedAt - 1_000);
  expect(shown!.askedAt).toBeGreaterThanOrEqual(shown!.openedAt);
  expect(shown!.neverAskedSince).toBeUndefined();
});

it('knows that nothing was ever asked on a connection', async () => {
  const fake = await FakeEndpoint.start();
  onTestFinished(() => fake.close());
  const test = startLinks([{ endpoint: fake.endpoint(), server: ['stuck.mjs'], settings }]);
  const { at } = await test.status('open');
  const { connection } = snapshotOf(test);
  expect(connection).toMatchObject({ askedAt: undefined, neverAskedSince: connection!.openedAt });
  expect(Math.abs(connection!.openedAt - at)).toBeLessThan(PATIENCE_MS);
});
