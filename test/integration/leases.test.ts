import { expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { defaults } from '../../src/config/defaults.js';
import { Daemon } from '../../src/daemon/daemon.js';
import type { EndpointOptions } from '../../src/faces/endpoint/running-endpoint.js';
import { startEndpoint } from '../../src/faces/endpoint/server.js';
import { LockFileSlots } from '../../src/leases/lock-file.js';
import { LeaseQueue } from '../../src/leases/queue.js';
import { applyStatus, newLink } from '../../src/observe/link-record.js';
import { Endpoint } from '../../src/protocol/endpoint.js';
import type { Status } from '../../src/protocol/status.js';
import { systemClock } from '../../src/time/clock.js';
import { eventually } from '../helpers/eventually.js';
import { FakeEndpoint } from '../helpers/fake-endpoint.js';
import { hurried } from '../helpers/hurried-clock.js';
import { planLink, planOf, quick, startPlans, type TestDaemon } from '../helpers/link.js';

const TOKEN = 'token-of-several';

async function start(options: EndpointOptions = {}) {
  const endpoint = await startEndpoint({ closeTimeoutMs: 200, ...options });
  onTestFinished(() => endpoint.close());
  return { endpoint, address: new Endpoint(endpoint.serverUrl(TOKEN)) };
}

const pipe = (endpoint: Endpoint, name: string, more: { priority?: number; slots?: number } = {}) => {
  const { priority = 0, slots = 1 } = more;
  const settings = { connectionsPerToken: slots };
  return { ...planLink({ endpoint, name, server: ['tiny.sh'], settings }), priority };
};

const stateOf = (test: TestDaemon, name: string) =>
  test.daemon.links.find((link) => link.name === name)!.state;
const openOnes = (test: TestDaemon) =>
  test.daemon.links.filter(({ state }) => state === 'open').map(({ name }) => name);

it('of three pipes on one token only as many as allowed are ever connected, in the order of the configuration', async () => {
  const { endpoint, address } = await start();
  const test = startPlans(['a', 'b', 'c'].map((name) => pipe(address, name, { slots: 2 })));
  await eventually(() => openOnes(test).join() === 'a,b' && stateOf(test, 'c') === 'waiting-for-lease');
  expect(endpoint.stats.maxConcurrentPerToken).toBe(2);
  const told = test
    .all('lease-waiting')
    .filter(({ link }) => link === 'c')
    .at(-1);
  expect(told).toMatchObject({ of: 'token', slots: 2, isOwn: true, holder: { pid: process.pid } });
});

it('a link of higher priority takes the connection over, after the old one has been closed', async () => {
  const { endpoint, address } = await start();
  const test = startPlans([pipe(address, 'low'), pipe(address, 'high', { priority: 1 })]);
  await eventually(() => openOnes(test).join() === 'high' && stateOf(test, 'low') === 'waiting-for-lease');
  await eventually(() => endpoint.connections()[0]?.tools?.[0]?.name === 'tiny');
  expect(endpoint.connections()).toHaveLength(1);
  expect(endpoint.stats.maxConcurrentPerToken).toBe(1);
  // It is no failure of the one that made room.
  expect(test.all('down').filter(({ link }) => link === 'low')).toEqual([]);
});

/** A link with a call that goes on until `let_go`, and one of higher priority that waits for it to make room. */
async function heldUp(fake: FakeEndpoint) {
  const leases = new LeaseQueue();
  const endpoint = fake.endpoint();
  const low = startPlans([planLink({ endpoint, name: 'low', server: ['basic.mjs'] })], undefined, { leases });
  const first = await fake.connection(0);
  await first.greet();
  first.begin(7, 'hold');
  await first.tool('sync', 'echo', { text: 'the call before has begun' });
  const plan = { ...planLink({ endpoint, name: 'high', server: ['tiny.sh'] }), priority: 1 };
  const high = startPlans([plan], undefined, { leases });
  await eventually(() => stateOf(high, 'high') === 'waiting-for-lease');
  return { low, high, first };
}

it('a call in flight is finished before its link makes room', async () => {
  const fake = await FakeEndpoint.start();
  onTestFinished(() => fake.close());
  const { low: test, first } = await heldUp(fake);
  expect(first.isClosed).toBe(false);
  await first.tool(8, 'let_go');
  expect((await first.reply(7)).result.content[0].text).toBe('held');
  expect(await first.closed).toMatchObject({ code: 1000 });
  await fake.connection(1);
  await eventually(() => stateOf(test, 'low') === 'waiting-for-lease');
  expect(test.all('lease-yielded')).toMatchObject([{ link: 'low', pending: 0 }]);
});

it('a link that stops makes room for nobody: it finishes its calls, and says that it stops', async () => {
  const fake = await FakeEndpoint.start();
  onTestFinished(() => fake.close());
  const { low: test, first } = await heldUp(fake);
  const stopped = test.daemon.stop();
  expect(stateOf(test, 'low')).toBe('draining');
  // Nobody can ask it to let go any more.
  process.kill((await test.status('server-ready')).pid!, 'SIGKILL');
  expect(await first.closed).toMatchObject({ code: 1000, reason: 'mcp-pipe is stopping' });
  await stopped;
  expect(test.all('lease-yielded')).toEqual([]);
});

it('addresses without a token do not count as one, though they are on one host', async () => {
  const fake = await FakeEndpoint.start({
    onConnection: (connection, index) => {
      if (index > 0) connection.socket.close(4004, 'internal error');
    },
  });
  onTestFinished(() => fake.close());
  const plans = ['a', 'b'].map((name) =>
    planLink({ endpoint: new Endpoint(`ws://127.0.0.1:${fake.port}/${name}`), name, server: ['tiny.sh'] }),
  );
  const test = startPlans(plans);
  expect((await test.status('down')).diagnosis).toMatchObject({ cause: 'endpoint-error', siblings: 0 });
});

it('keeps its connection through a drop, though another link waits', async () => {
  const { endpoint, address } = await start();
  const test = startPlans([pipe(address, 'a'), pipe(address, 'b')]);
  await eventually(() => openOnes(test).join() === 'a' && stateOf(test, 'b') === 'waiting-for-lease');
  for (let drop = 0; drop < 3; drop++) {
    const downs = test.all('down').length;
    endpoint.dropServers(TOKEN);
    await eventually(() => test.all('down').length > downs);
    await eventually(() => openOnes(test).join() === 'a');
  }
  expect(stateOf(test, 'b')).toBe('waiting-for-lease');
  expect(endpoint.stats.maxConcurrentPerToken).toBe(1);
});

it.each([
  { code: 1009, of: 'the server', other: 'open', does: 'lets the next one have the connection' },
  { code: 1011, of: 'the endpoint', other: 'waiting-for-lease', does: 'keeps its place' },
])('a link that waits for long because of $of $does', async ({ code, other }) => {
  const fake = await FakeEndpoint.start({
    onConnection: (connection, index) => {
      if (index === 0) connection.socket.close(code);
    },
  });
  onTestFinished(() => fake.close());
  const settings = { minDelayMs: 60_000, maxDelayMs: 60_000 };
  const leases = new LeaseQueue();
  const started = (name: string) => {
    const plan = planLink({ endpoint: fake.endpoint(), name, settings, server: ['tiny.sh'] });
    return startPlans([plan], () => 0.99, { leases });
  };
  const first = started('a');
  expect((await first.status('down')).nextDialMs).toBeGreaterThan(10_000);
  const next = started('b');
  await eventually(() => stateOf(first, 'a') === 'waiting' && stateOf(next, 'b') === other);
  expect(fake.dials).toHaveLength(other === 'open' ? 2 : 1);
});

it('links of one account together have no more connections than it allows', async () => {
  const { endpoint } = await start();
  const account = { name: 'mine', connections: 2 };
  const plans = ['one', 'two', 'three'].map((name) => ({
    ...planLink({ endpoint: new Endpoint(endpoint.serverUrl(name)), name, server: ['tiny.sh'] }),
    account,
  }));
  const test = startPlans(plans);
  await eventually(
    () => openOnes(test).join() === 'one,two' && stateOf(test, 'three') === 'waiting-for-lease',
  );
  const told = test
    .all('lease-waiting')
    .filter(({ link }) => link === 'three')
    .at(-1);
  expect(told).toMatchObject({ of: 'account', label: 'mine', slots: 2 });
});

it('a link that waits for a lease stops at once, and gives nothing back that it did not have', async () => {
  const { address } = await start();
  const test = startPlans([pipe(address, 'a'), pipe(address, 'b')]);
  await eventually(() => stateOf(test, 'b') === 'waiting-for-lease');
  await test.daemon.stop();
  expect(test.daemon.links.map(({ state }) => state)).toEqual(['closed', 'closed']);
});

it('tells a token war, slows down to minutes, and makes peace when a connection lives', async () => {
  const { endpoint, address } = await start({ connectionsPerToken: 1, whenFull: 'replace' });
  const statuses: Status[] = [];
  const settings = {
    ...quick,
    maxDelayMs: 600_000,
    keepaliveIntervalMs: 1e6,
    deafAfterMs: 1e7,
    dialTimeoutMs: 1e6,
  };
  const plan = planLink({ endpoint: address, name: 'one', server: ['tiny.sh'], settings });
  const daemon = new Daemon(planOf([plan]), {
    onStatus: (status) => statuses.push(status),
    clock: hurried,
    random: () => 0,
  });
  onTestFinished(async () => {
    daemon.force();
    await daemon.stop();
  });
  // The other owner comes back each time as soon as we are connected.
  let rivals = 0;
  endpoint.on('server-initialized', () => {
    if (rivals >= 4) return;
    rivals += 1;
    const rival = new WebSocket(endpoint.serverUrl(TOKEN));
    rival.on('error', () => {});
    onTestFinished(() => rival.terminate());
  });
  daemon.start();
  const wars = () => statuses.filter((status) => status.type === 'token-contention');
  await eventually(() => wars().length === 2, { what: 'two waits in the war' });
  const [first, second] = wars();
  expect(first).toMatchObject({ times: 3, nextDialMs: 120_000, holder: undefined });
  // A hundredth of it has passed; each of the three was replaced within the five minutes that make it a war.
  expect(first!.type === 'token-contention' && first!.withinMs).toBeLessThan(3 * 300_000);
  expect(second).toMatchObject({ nextDialMs: 240_000 });
  await eventually(() => statuses.some(({ type }) => type === 'token-contention-over'), { what: 'peace' });
});

it('a link whose server stays away gives its lease to another one, and waits for it to come back', async () => {
  let most = 0;
  const fake = await FakeEndpoint.start({
    onConnection: () => {
      most = Math.max(most, fake.connections.filter(({ isClosed }) => !isClosed).length);
    },
  });
  onTestFinished(() => fake.close());
  const leases = new LeaseQueue();
  const settings = { keepaliveIntervalMs: 1e6, deafAfterMs: 1e7, dialTimeoutMs: 1e6, maxDelayMs: 1_000 };
  const started = (name: string, server: readonly [string], env = {}) => {
    const plan = planLink({ endpoint: fake.endpoint(), name, server, env, settings });
    return startPlans([plan], () => 0, { leases, clock: hurried });
  };
  // Ten seconds pass in a tenth of one: it needs longer than that to start.
  const first = started('first', ['slow-start.mjs'], { START_MS: '600' });
  const connection = await fake.connection(0);
  const next = started('next', ['tiny.sh']);
  await eventually(() => stateOf(next, 'next') === 'waiting-for-lease');
  process.kill((await first.status('server-ready')).pid!, 'SIGKILL');
  await first.status('server-down');
  connection.tcp.destroy();
  await eventually(() => stateOf(next, 'next') === 'open');
  expect(first.all('server-ready')).toHaveLength(1);
  expect(await first.status('lease-waiting')).toMatchObject({ holder: { link: 'next' }, isOwn: true });
  expect(stateOf(first, 'first')).toBe('waiting-for-lease');
  await next.daemon.stop();
  await eventually(() => stateOf(first, 'first') === 'open');
  expect(fake.connections).toHaveLength(3);
  expect(most).toBe(1);
});

it('two copies that cannot know of each other each tell the war, though both are patient', async () => {
  const { address } = await start({ connectionsPerToken: 1, whenFull: 'replace' });
  const settings = {
    ...defaults,
    keepaliveIntervalMs: 1e7,
    deafAfterMs: 1e7,
    dialTimeoutMs: 1e6,
    closeTimeoutMs: 1e5,
  };
  const errors: Error[] = [];
  const copies = ['here', 'elsewhere'].map((name) => {
    // A file stands where the folder of the lock files should be.
    const shared = new LockFileSlots({
      ...{ folder: import.meta.filename, uid: process.getuid?.(), clock: systemClock },
      onUnavailable: (error) => errors.push(error),
    });
    const plan = planLink({ endpoint: address, name, server: ['tiny.sh'], settings });
    const more = { clock: hurried, leases: new LeaseQueue({ shared }) };
    const test = startPlans([plan], () => 0.5, more);
    const snapshot = () => test.statuses.reduce(applyStatus, newLink({ name }));
    return { test, snapshot };
  });
  for (const { test, snapshot } of copies) {
    const war = await test.status('token-contention');
    expect(war).toMatchObject({ times: 3, holder: undefined });
    expect(war.nextDialMs).toBeGreaterThanOrEqual(120_000);
    expect(snapshot().contested).toBe(true);
  }
  expect(errors).toHaveLength(2);
});
