import fc from 'fast-check';
import { afterEach, expect, it } from 'vitest';
import type { GatewayPlan } from '../../../src/config/gateway-plan.js';
import type { ClientOf } from '../../../src/daemon/clients.js';
import { type InstanceClientOfTest, InstanceWorld, type ServerOf } from '../../helpers/instance-world.js';
import { runs } from '../../helpers/runs.js';

let world: InstanceWorld;
afterEach(() => world.stop());

const of = (key?: string, headers: Record<string, string> = {}, hasSession = true): ClientOf => ({
  caller: { ...(key === undefined ? {} : { key }), headers },
  hasSession,
});
const TOKEN = { GITHUB_TOKEN: 'x-github-token' };

/** What the tools `count` of several servers are called. */
function countsOf(tools: readonly { name: string }[]): string[] {
  return tools.flatMap(({ name }) => (name.endsWith('count') ? [name] : []));
}

async function joined(client: InstanceClientOfTest): Promise<InstanceClientOfTest> {
  await client.initialize();
  return client;
}

it('with "key", clients of one key share a process, those of another have their own, and those without a key share one', async () => {
  world = new InstanceWorld({ memory: { share: 'key' } });
  const keys = ['alice', 'bob', 'alice', undefined, undefined];
  const clients = keys.map((key) => world.client(of(key), 'memory'));
  // Nothing is started before a client says something.
  expect(world.processes).toEqual([]);
  for (const client of clients) await client.initialize();
  expect(world.processes.map(({ name }) => name)).toEqual(['memory@alice', 'memory@bob', 'memory@*']);
  const counts = [];
  for (const client of clients) counts.push((await client.count()).calls);
  expect(counts).toEqual([1, 1, 2, 1, 2]);
  expect(world.daemon.clients.map(({ servers }) => servers[0])).toEqual([
    ...['memory@alice', 'memory@bob', 'memory@alice', 'memory@*', 'memory@*'],
  ]);
  expect(world.daemon.instances[0]).toMatchObject({
    ...{ name: 'memory@alice', server: 'memory', state: 'ready', failures: 0, pid: 1 },
    clients: ['http #1', 'http #3'],
  });
});

it('with "session", each session has a process that ends with it, and clients without one share one for each key', async () => {
  world = new InstanceWorld({ memory: { share: 'session' } });
  const [a, b] = [of('alice'), of('alice')].map((one) => world.client(one, 'memory'));
  const [c, d, e] = ['alice', 'alice', 'bob'].map((key) => world.client(of(key, {}, false), 'memory'));
  const clients = [a!, b!, c!, d!, e!];
  for (const client of clients) await client.initialize();
  expect(world.processes.map(({ name }) => name)).toEqual([
    ...['memory#1', 'memory#2', 'memory@alice', 'memory@bob'],
  ]);
  await a!.leave();
  await c!.leave();
  await d!.leave();
  expect(world.processes.map(({ isOver }) => isOver)).toEqual([true, false, false, false]);
  await world.advance(299_000);
  expect(world.processes[2]!.isOver).toBe(false);
  await world.advance(2_000);
  expect(world.processes.map(({ isOver }) => isOver)).toEqual([true, false, true, false]);
});

it('a client that comes back within the time finds its process as it was; a later one gets another', async () => {
  world = new InstanceWorld({ memory: { share: 'key' } });
  const first = await joined(world.client(of('alice'), 'memory'));
  expect(await first.count()).toMatchObject({ pid: 1, calls: 1 });
  await first.leave();
  await world.advance(200_000);
  const second = await joined(world.client(of('alice'), 'memory'));
  expect(await second.count()).toMatchObject({ pid: 1, calls: 2 });
  // While it has a client, no time ends it.
  await world.advance(900_000, 100_000);
  expect(world.running).toHaveLength(1);
  await second.leave();
  await world.advance(301_000);
  expect(world.running).toEqual([]);
  expect(world.statuses).toContainEqual(
    expect.objectContaining({ link: 'memory@alice', type: 'server-idle-stopped', idleMs: 300_000 }),
  );
  const third = await joined(world.client(of('alice'), 'memory'));
  expect(await third.count()).toMatchObject({ pid: 2, calls: 1 });
});

it('a process has its caller’s values and nothing else of the request; without the header it has no such variable', async () => {
  const env = { GITHUB_TOKEN: 'of-the-operator', PATH: '/bin' };
  world = new InstanceWorld({ github: { share: 'key', callerEnv: TOKEN, env } });
  const headers = { 'x-github-token': 'ghp_of-alice', 'x-other': 'dropped', authorization: 'dropped' };
  const alice = await joined(world.client(of('alice', headers), 'github'));
  const again = await joined(world.client(of('alice', { ...headers, 'x-other': 'else' }), 'github'));
  const other = await joined(world.client(of('alice', { 'x-github-token': 'ghp_other' }), 'github'));
  const none = await joined(world.client(of('alice'), 'github'));
  const empty = await joined(world.client(of('alice', { 'x-github-token': '' }), 'github'));
  expect((await alice.count()).env).toEqual({ GITHUB_TOKEN: 'ghp_of-alice', PATH: '/bin' });
  expect((await again.count()).pid).toBe(1);
  expect((await other.count()).env).toEqual({ GITHUB_TOKEN: 'ghp_other', PATH: '/bin' });
  expect((await none.count()).env).toEqual({ PATH: '/bin' });
  expect((await empty.count()).pid).toBe((await none.count()).pid);
  expect(world.processes).toHaveLength(3);
  const names = world.processes.map(({ name }) => name);
  expect(names[0]).toMatch(/^github@alice-[0-9a-f]{8}$/);
  expect(names[2]).toBe('github@alice');
  // Known as secrets before they are used, with those of the plan, which are not forgotten for them.
  expect(world.secrets).toEqual([
    ['secret-of-the-plan', 'ghp_of-alice'],
    ['secret-of-the-plan', 'ghp_of-alice', 'ghp_other'],
  ]);
  expect(JSON.stringify([world.statuses, world.daemon.clients, world.daemon.instances])).not.toContain(
    'ghp_',
  );
});

it('a multiplexer mixes shared servers and instances, and its tools have the names of the configuration', async () => {
  world = new InstanceWorld({ memory: { share: 'session' }, files: {}, notes: { share: 'key' } });
  const servers = ['memory', 'files', 'notes'] as const;
  const [a, b] = [
    await joined(world.client(of('alice'), ...servers)),
    await joined(world.client(of('alice'), ...servers)),
  ];
  for (const client of [a, b]) {
    await world.advance(1_000);
    const { tools } = (await client.request('tools/list')).result;
    expect(countsOf(tools)).toEqual(['memory__count', 'files__count', 'notes__count']);
  }
  const counts = [];
  for (const client of [a, b])
    for (const server of servers) counts.push((await client.count(`${server}__count`)).calls);
  expect(counts).toEqual([1, 1, 1, 1, 2, 2]);
  expect(world.processes.map(({ name }) => name).sort()).toEqual([
    ...['files', 'memory#1', 'memory#2', 'notes@alice'],
  ]);
});

it('one more than the bound takes the place of the one unused for longest; when all are used, it is refused', async () => {
  world = new InstanceWorld({ memory: { share: 'key' } }, { maxInstancesOfServer: 2, maxInstances: 3 });
  const alice = await joined(world.client(of('alice'), 'memory'));
  const bob = await joined(world.client(of('bob'), 'memory'));
  expect(world.tryClient(of('carol'), 'memory')).toEqual({ fullOf: 'memory', most: 2 });
  // Another of a key that has one already is no more.
  await (await joined(world.client(of('bob'), 'memory'))).leave();
  await alice.leave();
  await bob.leave();
  await joined(world.client(of('carol'), 'memory'));
  expect(world.running.map(({ name }) => name)).toEqual(['memory@bob', 'memory@carol']);
  expect(world.mostAtOnce).toBe(2);
});

it('no more of them start at a time than of other servers', async () => {
  world = new InstanceWorld({ own: { share: 'session' } }, { maxParallelStarts: 2 });
  world.areMute = true;
  const clients = [1, 2, 3].map(() => world.client(of('alice'), 'own'));
  for (const client of clients)
    client.send('initialize', { protocolVersion: '2025-06-18', capabilities: {} });
  await world.advance(1_000);
  expect(world.processes.map(({ name }) => name)).toEqual(['own#1', 'own#2']);
  world.processes[0]!.release();
  await world.advance(1_000);
  expect(world.processes.map(({ name }) => name)).toEqual(['own#1', 'own#2', 'own#3']);
});

it('the bound of all servers counts those of each; a client gets all that it needs or nothing', async () => {
  const servers = { a: { share: 'session' }, b: { share: 'key' } } as const;
  world = new InstanceWorld(servers, { maxInstances: 3 });
  const first = await joined(world.client(of('alice'), 'a', 'b'));
  await joined(world.client(of('bob'), 'a'));
  expect(world.tryClient(of('bob'), 'a', 'b')).toEqual({ fullOf: undefined, most: 3 });
  expect(world.daemon.instances.map(({ name }) => name)).toEqual(['a#1', 'b@alice', 'a#2']);
  await first.leave();
  const second = await joined(world.client(of('bob'), 'a', 'b'));
  await world.advance(1_000);
  expect(await second.count('b__count')).toMatchObject({ calls: 1 });
  expect(world.daemon.instances.map(({ name }) => name)).toEqual(['a#2', 'a#3', 'b@bob']);
  expect(world.mostAtOnce).toBe(3);
});

it('a session that has been idle for long makes room; one that is in use, or was lately, does not', async () => {
  world = new InstanceWorld({ own: { share: 'session' } }, { maxInstancesOfServer: 3 });
  const idle = [299_000, 0, 301_000];
  const clients = idle.map((_, i) => world.client({ ...of('alice'), idleMs: () => idle[i]! }, 'own'));
  for (const client of clients) await client.initialize();
  await joined(world.client(of('bob'), 'own'));
  await world.advance(1_000);
  expect(clients.map(({ far }) => far.isOver)).toEqual([false, false, true]);
  expect(world.running.map(({ name }) => name)).toEqual(['own#1', 'own#2', 'own#4']);
  expect(world.mostAtOnce).toBe(3);
  expect(world.tryClient(of('bob'), 'own')).toEqual({ fullOf: 'own', most: 3 });
  // The one that has been idle for longest.
  idle[1] = 400_000;
  idle[0] = 500_000;
  await joined(world.client(of('bob'), 'own'));
  expect(clients.map(({ far }) => far.isOver)).toEqual([true, false, true]);
  expect(world.daemon.clients.map(({ name }) => name)).toEqual(['http #2', 'http #4', 'http #5']);
});

it('a reload ends the processes of a changed server, and clients move on or are stopped', async () => {
  const servers = { memory: { share: 'key' }, notes: { share: 'session' } } as const;
  world = new InstanceWorld(servers);
  const pipe = await joined(world.client(of('alice'), 'memory'));
  const mux = await joined(world.client(of('alice'), 'memory', 'notes'));
  const unused = await joined(world.client(of('carol'), 'memory'));
  await world.advance(1_000);
  await mux.count('memory__count');
  await unused.leave();
  const apply = async (next: Parameters<InstanceWorld['plan']>[0]) => {
    const applied = world.daemon.apply(world.plan(next));
    await world.advance(20_000, 1_000);
    await applied;
  };
  // Nothing that matters: all go on.
  await apply(servers);
  expect(world.running).toHaveLength(3);
  await apply({ ...servers, memory: { share: 'key', env: { OTHER: '1' } } });
  expect(pipe.far.isOver).toBe(true);
  expect(mux.far.isOver).toBe(false);
  expect(world.running.map(({ name }) => name)).toEqual(['notes#2', 'memory@alice']);
  const { pid, calls, env } = await mux.count('memory__count');
  expect({ pid, calls, env }).toEqual({ pid: 4, calls: 1, env: { OTHER: '1' } });
  // Another share is another process.
  await apply({ memory: { share: 'session', env: { OTHER: '1' } }, notes: { share: 'session' } });
  expect(world.running.map(({ name }) => name)).toEqual(['notes#2', 'memory#2']);
  expect(await mux.count('memory__count')).toMatchObject({ calls: 1 });
  await apply({ memory: { share: 'server', env: { OTHER: '1' } }, notes: { share: 'session' } });
  expect(world.running.map(({ name }) => name)).toEqual(['notes#2', 'memory']);
  expect(await mux.count('memory__count')).toMatchObject({ calls: 1 });
  // A server that is paused is in no plan.
  await apply({ notes: { share: 'session' } });
  expect(world.running.map(({ name }) => name)).toEqual(['notes#2']);
  await apply({});
  expect(world.running).toEqual([]);
  expect(world.daemon.instances).toEqual([]);
});

it('a reload ends the process of a changed server that nobody uses at the moment', async () => {
  const reload = async (memory: ServerOf) => {
    const applied = world.daemon.apply(world.plan({ memory }));
    await world.advance(20_000, 2_000);
    await applied;
    return world.running.map(({ name, env }) => [name, env]);
  };
  world = new InstanceWorld({ memory: {} });
  await (await joined(world.client(of(), 'memory'))).leave();
  // It outlives its last client.
  expect(await reload({})).toEqual([['memory', {}]]);
  expect(await reload({ env: { OTHER: '1' } })).toEqual([]);
  await (await joined(world.client(of(), 'memory'))).leave();
  // Clients have processes of their own now.
  expect(await reload({ env: { OTHER: '1' }, share: 'key' })).toEqual([]);
  expect(await reload({ env: { OTHER: '1' } })).toEqual([]);
  const again = await joined(world.client(of(), 'memory'));
  await world.advance(1_000);
  expect(await again.count()).toMatchObject({ calls: 1, env: { OTHER: '1' } });
});

it('a key that is taken out of the configuration takes its processes with it', async () => {
  const servers = { memory: { share: 'key' } } as const;
  world = new InstanceWorld(servers);
  const alice = await joined(world.client(of('alice'), 'memory'));
  await alice.leave();
  const bob = await joined(world.client(of('bob'), 'memory'));
  const applied = world.daemon.apply({
    ...world.plan(servers),
    gateway: { keys: { bob: 'key-of-bob' } } as unknown as GatewayPlan,
  });
  await world.advance(1_000);
  await applied;
  expect(world.running.map(({ name }) => name)).toEqual(['memory@bob']);
  expect(await bob.count()).toMatchObject({ calls: 1 });
});

it('a restart of a server restarts the process of each key and session', async () => {
  world = new InstanceWorld({ memory: { share: 'key' }, other: {} });
  const alice = await joined(world.client(of('alice'), 'memory'));
  const bob = await joined(world.client(of('bob'), 'memory'));
  expect((await alice.count()).calls + (await bob.count()).calls).toBe(2);
  const restarted = world.daemon.restart('memory');
  await world.advance(5_000, 500);
  expect(await restarted).toBe(true);
  expect(world.running.map(({ pid }) => pid)).toEqual([3, 4]);
  expect(await alice.count()).toMatchObject({ calls: 1 });
  expect(await bob.count()).toMatchObject({ calls: 1 });
});

it('another plan’s server of the same name as an instance is another server', async () => {
  world = new InstanceWorld({ memory: { share: 'key' }, 'memory@alice': {} });
  const client = await joined(world.client(of('alice'), 'memory', 'memory@alice'));
  await world.advance(1_000);
  const { tools } = (await client.request('tools/list')).result;
  expect(countsOf(tools)).toEqual(['memory__count', 'memory_alice__count']);
  expect(world.running.map(({ name }) => name).sort()).toEqual(['memory@alice', 'memory@alice*']);
});

it('no caller ever reaches a process that is not its own', async () => {
  const share = fc.constantFrom('key' as const, 'session' as const);
  const caller = fc.record({
    key: fc.constantFrom(undefined, 'alice', 'bob', '*', 'constructor'),
    token: fc.constantFrom(undefined, '', 'one', 'two'),
    account: fc.constantFrom(undefined, 'one'),
    hasSession: fc.boolean(),
  });
  const step = fc.oneof(
    { weight: 3, arbitrary: caller.map((of) => ({ does: 'come' as const, of })) },
    { weight: 4, arbitrary: fc.nat(20).map((at) => ({ does: 'call' as const, at })) },
    { weight: 2, arbitrary: fc.nat(20).map((at) => ({ does: 'leave' as const, at })) },
    { weight: 1, arbitrary: fc.nat(400_000).map((ms) => ({ does: 'wait' as const, ms })) },
  );
  await fc.assert(
    fc.asyncProperty(
      share,
      fc.array(step, { minLength: 12, maxLength: 40, size: 'max' }),
      async (kind, steps) => {
        const callerEnv = { TOKEN: 'x-token', ACCOUNT: 'x-account' };
        const s = { share: kind, callerEnv, env: { TOKEN: 'of-the-operator' } };
        world = new InstanceWorld({ s }, { maxInstancesOfServer: 6 });
        const clients: { client: InstanceClientOfTest; whose: string; env: object }[] = [];
        /** Who has called each process; what it has counted is theirs. */
        const owners = new Map<number, string>();
        const counted = new Map<number, number>();
        for (const one of steps) {
          if (one.does === 'come') {
            const { key, token, account, hasSession } = one.of;
            const headers = {
              ...(token === undefined ? {} : { 'x-token': token }),
              ...(account ? { 'x-account': account } : {}),
            };
            const env = { ...(token ? { TOKEN: token } : {}), ...(account ? { ACCOUNT: account } : {}) };
            const isAlone = kind === 'session' && hasSession;
            const client = world.tryClient({ ...of(key, headers), hasSession }, 's');
            if ('most' in client) {
              expect(world.daemon.instances).toHaveLength(6);
              continue;
            }
            const whose = isAlone
              ? `session ${client.link.name}`
              : JSON.stringify([key ?? null, token || null, account]);
            clients.push({ client: await joined(client), whose, env });
          } else if (one.does === 'wait') await world.advance(one.ms);
          else if (clients.length > 0) {
            const at = one.at % clients.length;
            const { client, whose, env } = clients[at]!;
            if (one.does === 'leave') {
              clients.splice(at, 1);
              await client.leave();
              continue;
            }
            const said = await client.count();
            expect(said.env).toEqual(env);
            expect(owners.get(said.pid) ?? whose).toBe(whose);
            owners.set(said.pid, whose);
            const before = counted.get(said.pid) ?? 0;
            expect(said.calls).toBe(before + 1);
            counted.set(said.pid, said.calls);
          }
        }
        expect(world.mostAtOnce).toBeLessThanOrEqual(6);
        // Nobody has two processes at a time.
        const now = world.running.map(({ pid }) => owners.get(pid)).filter((whose) => whose !== undefined);
        expect(new Set(now).size).toBe(now.length);
        await world.stop();
        expect(world.running).toEqual([]);
      },
    ),
    { numRuns: runs(30) },
  );
});
