import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import type { Settings } from '../../../src/config/defaults.js';
import { openCaller } from '../../../src/faces/endpoint/caller.js';
import type { EndpointOptions } from '../../../src/faces/endpoint/running-endpoint.js';
import { startEndpoint } from '../../../src/faces/endpoint/server.js';
import { claimsOf } from '../../../src/leases/claims.js';
import { LockFileSlots } from '../../../src/leases/lock-file.js';
import { LeaseQueue } from '../../../src/leases/queue.js';
import { Endpoint } from '../../../src/protocol/endpoint.js';
import { systemClock } from '../../../src/time/clock.js';
import { eventually } from '../../helpers/eventually.js';
import { FakeEndpoint } from '../../helpers/fake-endpoint.js';
import { isAlive } from '../../helpers/is-alive.js';
import { type MuxUnderTest, planMux, planOf, startMux, startPlans } from '../../helpers/link.js';

const TOKEN = 'token-of-an-agent';

/** Two links of one token; the second one is ready later. */
function linksOfTwo(
  address: Endpoint,
  settings: Partial<Settings> = {},
  more: Partial<MuxUnderTest> = {},
): MuxUnderTest[] {
  const link = (name: string, server: MuxUnderTest['members'][number]) => ({
    ...{ name, endpoint: address, mayRegroup: true, members: [server], ...more },
    settings: { listChangedDelayMs: 20, connectionsPerToken: 2, ...settings },
  });
  return [
    link('one', { name: 'first', server: ['basic.mjs'] }),
    link('two', { name: 'second', server: ['slow-start.mjs'], env: { START_MS: '700' } }),
  ];
}

async function twoLinks(...of: Parameters<typeof linksOfTwo>) {
  return startMux(...linksOfTwo(...of));
}

async function embedded(options: EndpointOptions) {
  const endpoint = await startEndpoint(options);
  onTestFinished(() => endpoint.close());
  return { endpoint, address: new Endpoint(endpoint.serverUrl(TOKEN)) };
}

const pidsOf = (test: Awaited<ReturnType<typeof twoLinks>>) =>
  Object.fromEntries(test.all('server-ready').map(({ server, pid }) => [server, pid ?? 0]));

it('an endpoint that allows one connection gets one: the servers go over as they run', async () => {
  const { endpoint, address } = await embedded({ connectionsPerToken: 1, whenFull: '4004' });
  const test = await twoLinks(address);
  await test.status('client-initialized');
  const caller = await openCaller(endpoint.callerUrl(TOKEN));
  onTestFinished(() => caller.close());
  const changed: string[] = [];
  caller.onNotification((method) => changed.push(method));
  const tool = async (name: string, args: object = {}) =>
    ((await caller.request('tools/call', { name, arguments: args })) as { content: [{ text: string }] })
      .content[0].text;
  const names = async () =>
    ((await caller.request('tools/list', {})) as { tools: { name: string }[] }).tools.map(({ name }) => name);
  expect(await names()).toContain('whoami');
  expect(await tool('counter')).toBe('1');
  // In flight while the other servers come.
  const slow = tool('slow', { ms: 1_500 });
  const regrouped = await test.status('regrouped');
  expect(regrouped).toMatchObject({ link: 'two', into: 'one', servers: ['second'] });
  await eventually(() => changed.includes('notifications/tools/list_changed'));
  expect(await names()).toEqual(expect.arrayContaining(['first__whoami', 'second__whoami']));
  const pids = pidsOf(test);
  expect(await tool('second__whoami')).toBe(String(pids.second));
  expect(await tool('first__whoami')).toBe(String(pids.first));
  // Its state is still there, and so is the name that it had before.
  expect(await tool('counter')).toBe('2');
  expect(await slow).toBe('slept 1500 ms');
  expect(test.daemon.links.map(({ name, servers }) => [name, servers])).toEqual([
    ['one', ['first', 'second']],
  ]);
  expect(test.all('regrouped')).toHaveLength(1);
  expect(endpoint.dials(TOKEN)).toHaveLength(2);
  expect([...test.all('down'), ...test.all('server-down'), ...test.all('server-replaced')]).toEqual([]);
});

it('also when the endpoint closes the older connection', async () => {
  const fake = await FakeEndpoint.start({
    onConnection: (connection, index) => {
      void connection.greet().catch(() => {});
      if (index === 1) fake.connections[0]!.socket.close(4004, 'Internal server error');
    },
  });
  onTestFinished(() => fake.close());
  const test = await twoLinks(fake.endpoint());
  const first = await fake.connection();
  expect(await first.tool('1', 'counter')).toBe('1');
  expect(await test.status('regrouped')).toMatchObject({ link: 'one', into: 'two', servers: ['first'] });
  const second = await fake.connection(1);
  await eventually(async () => {
    const { result } = await second.call(`l${performance.now()}`, 'tools/list');
    return result.tools.some(({ name }) => name === 'first__counter');
  });
  expect(await second.tool('2', 'first__counter')).toBe('2');
  expect(Number(await second.tool('3', 'second__whoami'))).toBe(pidsOf(test).second);
  expect(fake.dials).toHaveLength(2);
  expect(test.daemon.links.map(({ name, servers }) => [name, servers])).toEqual([
    ['two', ['first', 'second']],
  ]);
  expect(second.isClosed).toBe(false);
});

it('a 4004 with one link alone regroups nothing', async () => {
  const fake = await FakeEndpoint.start({
    onConnection: (connection, index) => {
      if (index === 0) connection.socket.close(4004, 'Internal server error');
      else void connection.greet().catch(() => {});
    },
  });
  onTestFinished(() => fake.close());
  const members = [
    { name: 'first', server: ['basic.mjs'] as const },
    { name: 'second', server: ['neighbour.mjs'] as const },
  ];
  const test = startMux({ endpoint: fake.endpoint(), members, mayRegroup: true });
  const connection = await fake.connection(1);
  expect(await connection.tool('1', 'neighbour_count')).toBe('1');
  expect((await test.status('down')).diagnosis.cause).toBe('endpoint-error');
  expect(test.all('regrouped')).toEqual([]);
  expect(test.daemon.links).toHaveLength(1);
});

it('links that were told to stay apart do', async () => {
  const { endpoint, address } = await embedded({ connectionsPerToken: 1, whenFull: '4004' });
  const test = await twoLinks(address, {}, { mayRegroup: false });
  expect(await test.status('down')).toMatchObject({ link: 'two', diagnosis: { cause: 'token-limit' } });
  expect(test.daemon.links).toHaveLength(2);
  expect(test.all('regrouped')).toEqual([]);
  expect(endpoint.dials(TOKEN)).toHaveLength(2);
});

it('whoever stops afterwards ends the servers of both, and the one that was given up is closed', async () => {
  const { address } = await embedded({ connectionsPerToken: 1, whenFull: '4004' });
  const test = await twoLinks(address);
  await test.status('regrouped');
  await test.daemon.stop();
  const closed = test.all('link-state').filter(({ to }) => to === 'closed');
  expect(closed.map(({ link }) => link).sort()).toEqual(['one', 'two']);
  const pids = test.all('server-ready').map(({ pid }) => pid ?? 0);
  expect(pids).toHaveLength(2);
  expect(pids.filter(isAlive)).toEqual([]);
});

/** Another copy has one of the two connections; what takes 10 s takes a tenth of one. */
async function besideAnotherCopy(more: Partial<MuxUnderTest> = {}) {
  const { endpoint, address } = await embedded({});
  const folder = mkdtempSync(join(tmpdir(), 'mcp-pipe-regroup-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const slots = () =>
    new LockFileSlots({
      ...{ folder, uid: process.getuid?.(), clock: systemClock },
      onUnavailable: (error) => {
        throw error;
      },
    });
  const [claim] = claimsOf(address, { connectionsPerToken: 2 }, undefined);
  const elsewhere = slots().take(claim!, 'elsewhere');
  if (!('taken' in elsewhere)) throw new Error('the folder was empty');
  onTestFinished(elsewhere.taken);
  const after = (ms: number, fn: () => void) => systemClock.after(ms === 10_000 ? 100 : ms, fn);
  const test = startPlans(linksOfTwo(address, {}, more).map(planMux), () => 0.99, {
    leases: new LeaseQueue({ shared: slots() }),
    clock: { ...systemClock, after },
  });
  return { endpoint, test };
}

it('a link that waits for a lease goes over to the one of its token that is open, with its servers as they run', async () => {
  const { endpoint, test } = await besideAnotherCopy();
  expect(await test.status('lease-waiting')).toMatchObject({
    link: 'two',
    isOwn: false,
    holder: { link: 'elsewhere' },
  });
  const regrouped = await test.status('regrouped');
  expect(regrouped).toMatchObject({
    why: 'waiting-for-lease',
    link: 'two',
    into: 'one',
    servers: ['second'],
  });
  const caller = await openCaller(endpoint.callerUrl(TOKEN));
  onTestFinished(() => caller.close());
  const pids = pidsOf(test);
  const whoami = { name: 'second__whoami', arguments: {} };
  expect(await caller.request('tools/call', whoami)).toMatchObject({
    content: [{ text: String(pids.second) }],
  });
  expect(test.daemon.links.map(({ name, servers }) => [name, servers])).toEqual([
    ['one', ['first', 'second']],
  ]);
  expect(test.all('link-state').at(-1)).toMatchObject({ link: 'two', to: 'closed' });
  expect(endpoint.dials(TOKEN)).toHaveLength(1);
  await test.daemon.stop();
  expect(Object.values(pids as Record<string, number>).filter(isAlive)).toEqual([]);
});

it('a waiting link that was told to stay apart waits', async () => {
  const { test } = await besideAnotherCopy({ mayRegroup: false });
  await test.status('lease-waiting');
  // Ten times as long as the other one needs to go over.
  await delay(1_000);
  expect(test.all('regrouped')).toEqual([]);
  expect(test.daemon.links.map(({ state }) => state)).toEqual(['open', 'waiting-for-lease']);
});

it('servers that went over keep their processes when the next plan makes both links anew', async () => {
  const { address } = await embedded({ connectionsPerToken: 1, whenFull: '4004' });
  const links = (settings: Partial<Settings>) => linksOfTwo(address, settings).map(planMux);
  const test = startPlans(links({}), () => 0.99);
  await test.status('regrouped');
  const pids = pidsOf(test);
  // The same links again: the servers stay where they are.
  await test.app.apply(planOf(links({})));
  expect(test.daemon.links.map(({ name, servers }) => [name, servers])).toEqual([
    ['one', ['first', 'second']],
  ]);
  await test.app.apply(planOf(links({ holdTimeoutMs: 9_000 })));
  expect(test.daemon.links.flatMap(({ servers }) => servers)).toEqual(['first', 'second']);
  await test.status('regrouped', 1);
  await eventually(() => test.app.watch.links.every(({ ready }) => ready));
  expect(pidsOf(test)).toEqual(pids);
  expect(test.app.watch.links[0]!.members).toMatchObject([
    { name: 'first', state: 'ready', pid: pids.first },
    { name: 'second', state: 'ready', pid: pids.second },
  ]);
});
