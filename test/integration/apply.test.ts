import { setTimeout as delay } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import type { GatewayPlan } from '../../src/config/gateway-plan.js';
import { sourceOf as sourceOfPlan } from '../../src/config/kinds/kinds.js';
import { loadConfig } from '../../src/config/load.js';
import { makePlan } from '../../src/config/plan.js';
import { App } from '../../src/daemon/app.js';
import type { DaemonOptions } from '../../src/daemon/daemon.js';
import { startEndpoint } from '../../src/faces/endpoint/server.js';
import { Endpoint } from '../../src/protocol/endpoint.js';
import { ConfigError } from '../../src/protocol/errors.js';
import { ErrorCode } from '../../src/protocol/jsonrpc.js';
import { CLOUD_INITIALIZE } from '../../src/protocol/mcp.js';
import type { Status } from '../../src/protocol/status.js';
import { dialWebSocket } from '../../src/transports/websocket.js';
import { eventually } from '../helpers/eventually.js';
import { FakeEndpoint } from '../helpers/fake-endpoint.js';
import { isAlive } from '../helpers/is-alive.js';
import {
  basic,
  planLink,
  planMux,
  planOf,
  planRotate,
  quick,
  type Served,
  startPlans,
  type TestDaemon,
} from '../helpers/link.js';
import { fakeEndpoint, livesOf } from '../helpers/lives.js';

const one = (name: string, fake: FakeEndpoint, more: object = {}) =>
  planLink({ ...basic(name), endpoint: fake.endpoint(), ...more });

const openOnes = (test: TestDaemon) =>
  test.daemon.links.filter(({ state }) => state === 'open').map(({ name }) => name);
const linkOf = (test: TestDaemon, name: string) => test.daemon.links.find((link) => link.name === name)!;

/** Starts links, and notes the servers of which a process was started while another one ran. */
function startWatched(plans: Served[]): TestDaemon & { twice: string[] } {
  const pids = new Map<string, number>();
  const twice: string[] = [];
  const sourceOf: DaemonOptions['sourceOf'] = (server, settings) => {
    const source = sourceOfPlan(server, settings);
    const open: typeof source.open = async (context) => {
      const { name } = server;
      const before = pids.get(name);
      if (before !== undefined && isAlive(before)) twice.push(name);
      const transport = await source.open(context);
      pids.set(name, transport.pid!);
      return transport;
    };
    return { ...source, open };
  };
  return Object.assign(startPlans(plans, undefined, { sourceOf }), { twice });
}

const kinds: [string, (fake: FakeEndpoint) => Served, server: string][] = [
  ['pipe', (fake) => one('kept', fake), 'kept'],
  [
    'mux',
    (fake) => planMux({ endpoint: fake.endpoint(), members: [basic('kept'), basic('x')], prefix: 'never' }),
    'kept',
  ],
  [
    'rotate',
    (fake) =>
      planRotate({ endpoint: fake.endpoint(), dwellMs: 3_600_000, members: [basic('kept'), basic('x')] }),
    'kept',
  ],
];

it.each(kinds)(
  'a %s that is the same in the next plan keeps its process, its connection and its calls',
  async (_, planned, server) => {
    const [fake, other] = [await fakeEndpoint(), await fakeEndpoint()];
    const kept = planned(fake);
    const test = startWatched([kept, one('changed', other)]);
    const connection = await fake.connection();
    await connection.greet();
    const changed = await other.connection();
    await changed.greet();
    const link = linkOf(test, kept.name);
    const [pid] = livesOf(test, server);
    const [changedPid] = livesOf(test, 'changed');

    let applied = false;
    const calls = (async () => {
      let answered = 0;
      while (!applied) {
        expect(await connection.tool(`call-${answered}`, 'echo', { text: 'flows' })).toBe('flows');
        answered += 1;
      }
      return answered;
    })();
    const next = planOf([planned(fake), one('changed', other, { env: { WHO: 'changed', MORE: '1' } })]);
    const diff = await test.daemon.apply(next);
    expect(diff.links.map(({ name, change }) => [name, change])).toEqual([
      [kept.name, 'kept'],
      ['changed', 'kept'],
    ]);
    expect(diff.servers).toContainEqual({ name: 'changed', change: 'restarted', keys: ['launch.env.MORE'] });
    // The next connection of the other one, with its next process.
    await (await other.connection(1)).greet();
    applied = true;
    expect(await calls).toBeGreaterThan(0);

    expect(linkOf(test, kept.name)).toBe(link);
    expect(livesOf(test, server)).toEqual([pid]);
    expect(fake.connections).toHaveLength(1);
    expect(await connection.tool('last', 'whoami')).toBe(String(pid));
    expect(livesOf(test, 'changed')).toHaveLength(2);
    expect(isAlive(changedPid!)).toBe(false);
    expect(test.twice).toEqual([]);
  },
);

it('a link that is replaced answers its calls first; then it is dialled with other settings, and never twice at once', async () => {
  const fake = await fakeEndpoint();
  const test = startWatched([one('a', fake)]);
  const first = await fake.connection();
  await first.greet();
  first.begin(7, 'slow', { ms: 700 });
  await first.tool('sync', 'echo', { text: 'the call before has begun' });
  const pid = livesOf(test, 'a')[0];
  const applied = test.daemon.apply(planOf([one('a', fake, { settings: { holdTimeoutMs: 9_000 } })]));
  expect(await test.status('draining')).toMatchObject({ why: 'replaced', pending: 1 });
  expect(fake.connections).toHaveLength(1);
  first.begin(8, 'whoami');
  const { error } = await first.reply(8);
  expect(error).toMatchObject({
    code: ErrorCode.configChanged,
    message: expect.not.stringContaining('stop'),
  });
  expect((await first.reply(7)).result).toBeDefined();
  expect((await applied).links).toMatchObject([{ change: 'replaced', keys: ['settings.holdTimeoutMs'] }]);
  const second = await fake.connection(1);
  await second.greet();
  const end = await first.closed;
  expect(end).toMatchObject({ code: 1000, reason: 'the link is being replaced' });
  expect(end.at).toBeLessThanOrEqual(second.openedAt);
  expect(await second.tool('after', 'whoami')).toBe(String(pid));
  expect(livesOf(test, 'a')).toEqual([pid]);
  expect(await test.status('server-kept')).toMatchObject({ state: 'ready', pid, failures: 0 });
  expect(test.twice).toEqual([]);
});

it('links and servers come and go: the server that moves keeps its process, and a mux its connection', async () => {
  const [here, there] = [await fakeEndpoint(), await fakeEndpoint()];
  const mux = (fake: FakeEndpoint, name: string, members: string[]) =>
    planMux({ endpoint: fake.endpoint(), name, members: members.map((member) => basic(member)) });
  const test = startWatched([mux(here, 'mux', ['a', 'b', 'moves'])]);
  const mine = await here.connection();
  await mine.greet();
  const moving = livesOf(test, 'moves');
  const diff = await test.daemon.apply(
    planOf([mux(here, 'mux', ['a', 'b']), mux(there, 'mux-2', ['moves', 'new'])]),
  );
  expect(diff.links).toMatchObject([
    { name: 'mux', change: 'members-changed', left: ['moves'], joined: [] },
    { name: 'mux-2', change: 'added', joined: ['moves', 'new'] },
  ]);
  const theirs = await there.connection();
  await theirs.greet();
  expect(await theirs.tool('moved', 'moves__whoami')).toBe(String(moving[0]));
  expect(await mine.tool('stayed', 'a__whoami')).toBe(String(livesOf(test, 'a')[0]));
  expect(here.connections).toHaveLength(1);
  expect(livesOf(test, 'moves')).toEqual(moving);
  expect(test.twice).toEqual([]);

  await test.daemon.apply(planOf([mux(there, 'mux-2', ['moves', 'new'])]));
  expect(test.daemon.links.map(({ name, state }) => [name, state])).toEqual([['mux-2', 'open']]);
  expect(there.connections).toHaveLength(1);
  for (const server of ['a', 'b']) expect(isAlive(livesOf(test, server).at(-1)!)).toBe(false);

  await test.daemon.apply(planOf([]), 'paused');
  expect(await theirs.closed).toMatchObject({ code: 1000, reason: 'the link is paused' });
});

it('another server on a token starts while the one before it ends, and waits for its lease', async () => {
  const endpoint = await startEndpoint({ closeTimeoutMs: 200 });
  onTestFinished(() => endpoint.close());
  const address = new Endpoint(endpoint.serverUrl('token-of-two'));
  const plan = (name: string) =>
    planLink({ ...basic(name), endpoint: address, settings: { connectionsPerToken: 1 } });
  const test = startPlans([plan('before')]);
  await eventually(() => openOnes(test).join() === 'before');
  await test.daemon.apply(planOf([plan('after')]));
  await eventually(() => openOnes(test).join() === 'after');
  expect(endpoint.stats.maxConcurrentPerToken).toBe(1);
});

it('a priority changes in place: the other link gets the connection, and neither server is started again', async () => {
  const endpoint = await startEndpoint({ closeTimeoutMs: 200 });
  onTestFinished(() => endpoint.close());
  const address = new Endpoint(endpoint.serverUrl('token-of-two'));
  const plan = (name: string, priority: number): Served => ({
    ...planLink({ ...basic(name), endpoint: address, settings: { connectionsPerToken: 1 } }),
    priority,
  });
  const test = startPlans([plan('a', 0), plan('b', 0)]);
  const waits = (name: string) => linkOf(test, name).state === 'waiting-for-lease';
  await eventually(() => openOnes(test).join() === 'a' && waits('b') && livesOf(test, 'b').length === 1);
  const diff = await test.daemon.apply(planOf([plan('a', 0), plan('b', 1)]));
  expect(diff.links.map(({ change }) => change)).toEqual(['kept', 'updated']);
  await eventually(() => openOnes(test).join() === 'b' && waits('a'));
  // And back again: who stands first in the plan.
  await test.daemon.apply(planOf([plan('a', 1), plan('b', 1)]));
  await eventually(() => openOnes(test).join() === 'a' && waits('b'));
  await test.daemon.apply(planOf([plan('b', 1), plan('a', 1)]));
  await eventually(() => openOnes(test).join() === 'b' && waits('a'));
  for (const name of ['a', 'b']) expect(livesOf(test, name)).toHaveLength(1);
  expect(endpoint.stats.maxConcurrentPerToken).toBe(1);
});

it('a plan that cannot be made, or whose links cannot, leaves the old one running', async () => {
  const fake = await fakeEndpoint();
  let isBroken = false;
  const test = startPlans([one('a', fake)], undefined, {
    dialOf: (endpoint, options) => {
      if (isBroken) throw new Error('made up');
      return dialWebSocket(endpoint, options);
    },
  });
  const connection = await fake.connection();
  await connection.greet();
  const config = await loadConfig({ cwd: '/nowhere', env: {} });
  const apply = async () => test.daemon.apply(makePlan(config, { cwd: '/nowhere' }));
  await expect(apply()).rejects.toThrow(ConfigError);
  isBroken = true;
  await expect(test.daemon.apply(planOf([one('a', fake, { name: 'b' }), one('c', fake)]))).rejects.toThrow(
    'made up',
  );
  expect(openOnes(test)).toEqual(['a']);
  expect(test.all('draining')).toEqual([]);
  expect(await connection.tool('after', 'whoami')).toBe(String(livesOf(test, 'a')[0]));
});

it('in a rotation that is made anew, a server that is started again much later is still skipped', async () => {
  const fake = await FakeEndpoint.start({
    onConnection: (connection) => void connection.greet().catch(() => {}),
  });
  onTestFinished(() => fake.close());
  const rotation = (rotateBusyMs: number) =>
    planRotate({
      endpoint: fake.endpoint(),
      dwellMs: 100,
      members: [basic('first'), { name: 'broken', server: ['crash-on-start.mjs'] }, basic('last')],
      settings: { rotateBusyMs, minDelayMs: 3_600_000, maxDelayMs: 3_600_000, stableAfterMs: 50 },
    });
  const test = startPlans([rotation(1_000)], () => 0.5);
  const turns = () => test.all('rotating').map(({ to }) => to);
  await eventually(() => turns().includes('last'));
  await test.daemon.apply(planOf([rotation(2_000)]));
  const before = turns().length;
  await eventually(() => ['first', 'last'].every((name) => turns().slice(before).includes(name)));
});

it.each([
  ['mux', planMux],
  ['rotate', planRotate],
] as const)(
  'a request of ours for a server that a %s has no more has an error as its outcome',
  async (_, plan) => {
    const fake = await fakeEndpoint();
    const planned = (...names: string[]) =>
      planOf([plan({ endpoint: fake.endpoint(), members: names.map((name) => basic(name)) })]);
    const test = startPlans([
      plan({ endpoint: fake.endpoint(), members: [basic('stays'), basic('leaves')] }),
    ]);
    await (await fake.connection()).greet();
    await test.daemon.apply(planned('stays'));
    const outcome = await test.daemon.links[0]!.ask('leaves', 'tools/list', undefined, {
      signal: AbortSignal.timeout(10_000),
    });
    expect(outcome).toMatchObject({ error: { code: ErrorCode.configChanged } });
  },
);

it('a plan that comes while another is changed to waits for that; after the end there is no next one', async () => {
  const fake = await fakeEndpoint();
  const test = startWatched([one('a', fake)]);
  await (await fake.connection()).greet();
  const order: string[] = [];
  const apply = async (who: string) => {
    const diff = await test.daemon.apply(planOf([one('a', fake, { env: { WHO: who } })]));
    order.push(who);
    return diff;
  };
  const passing = apply('passing');
  const last = apply('last');
  await passing;
  expect((await last).servers).toEqual([{ name: 'a', change: 'restarted', keys: ['launch.env.WHO'] }]);
  expect(order).toEqual(['passing', 'last']);
  await eventually(() => openOnes(test).join() === 'a');
  await fake.connections.at(-1)!.greet();
  const lives = livesOf(test, 'a');
  expect(lives.filter(isAlive)).toEqual(lives.slice(-1));
  expect(test.twice).toEqual([]);
  expect(test.daemon.links).toHaveLength(1);
  const stopping = test.daemon.apply(planOf([one('a', fake, { env: { WHO: 'never' } })]));
  await test.daemon.stop();
  await stopping;
  await delay(50);
  expect(livesOf(test, 'a').filter(isAlive)).toEqual([]);
  await expect(test.daemon.apply(planOf([one('a', fake)]))).rejects.toThrow('stopped');
});

it('an app goes on observing: what is gone is gone, what is new is there, and no secret of the next plan is shown', async () => {
  const fakes = [await fakeEndpoint(), await fakeEndpoint(), await fakeEndpoint()] as const;
  const mux = (members: string[]) =>
    planMux({ endpoint: fakes[1].endpoint(), members: members.map((name) => basic(name)) });
  const seen: Status[] = [];
  const secrets: string[] = [];
  const observer = {
    name: 'test',
    onStatus: (status: Status) => void seen.push(status),
    onPlan: (plan: { secrets: readonly string[] }) => void secrets.push(...plan.secrets),
  };
  const app = new App(planOf([one('kept', fakes[0]), mux(['a', 'b']), one('gone', fakes[2])]), {
    observers: [observer],
  });
  onTestFinished(async () => {
    app.force();
    await app.stop();
  });
  app.start();
  for (const fake of fakes) await (await fake.connection()).greet();
  await eventually(() => app.watch.links.every(({ ready }) => ready));
  const before = app.watch.links.find(({ name }) => name === 'kept')!;

  const next = planOf([
    mux(['b', 'c']),
    one('new', fakes[2], { env: { WHO: 'made-up-secret' } }),
    one('kept', fakes[0]),
  ]);
  await app.apply({ ...next, secrets: ['made-up-secret'] });
  expect(secrets).toEqual(['made-up-secret']);
  // The lease of the one that is gone is free.
  await (await fakes[2].connection(1)).greet({
    ...CLOUD_INITIALIZE,
    clientInfo: { name: 'made-up-secret', version: '1' },
  });
  await eventually(() => app.watch.links.every(({ ready }) => ready));
  const ofMux = () => app.watch.links[0]!.members!.map(({ name, state }) => `${name} ${state}`).join();
  await eventually(() => ofMux() === 'b ready,c ready');
  const { links } = app.watch;
  expect(links.map(({ name, state }) => [name, state])).toEqual([
    ['mux', 'open'],
    ['new', 'open'],
    ['kept', 'open'],
  ]);
  expect(fakes[1].connections).toHaveLength(1);
  expect(links[2]).toEqual({ ...before, connection: expect.anything(), calls: expect.anything() });
  expect(app.watch.health().healthy).toBe(true);
  expect(JSON.stringify(app.watch.health())).not.toContain('made-up-secret');
  expect(app.watch.health().links[1]!.client).toContain('[redacted]');
  // Of the one that is gone nothing is kept that it said of its end.
  expect(seen).toContainEqual(expect.objectContaining({ link: 'gone', type: 'link-state', to: 'closed' }));
});

it('a server that the gateway keeps has its state when its last link has gone', async () => {
  const fake = await fakeEndpoint();
  const forClients = { prefix: 'auto', separator: '__', toolNames: undefined, settings: quick } as const;
  const plan = { ...planOf([one('kept', fake)]), forClients, gateway: {} as GatewayPlan };
  const app = new App(plan);
  onTestFinished(async () => {
    app.force();
    await app.stop();
  });
  app.start();
  await (await fake.connection()).greet();
  await eventually(() => app.watch.links.every(({ ready }) => ready));
  const { pid } = app.watch.links[0]!;
  expect(app.watch.apart.all(Date.now())).toEqual([]);
  await app.apply({ ...plan, links: [] });
  expect(app.watch.apart.all(Date.now())).toEqual([
    expect.objectContaining({ name: 'kept', state: 'ready', pid }),
  ]);
});
