import { expect, it, onTestFinished } from 'vitest';
import type { Plan } from '../../src/config/plan.js';
import type { Status } from '../../src/protocol/status.js';
import { clock } from '../helpers/clock.js';
import { eventually } from '../helpers/eventually.js';
import { type FakeConnection, FakeEndpoint } from '../helpers/fake-endpoint.js';
import { seeded } from '../helpers/faulty-caller.js';
import { isAlive } from '../helpers/is-alive.js';
import {
  basic,
  planLink,
  planMux,
  planOf,
  planRotate,
  type Served,
  startPlans,
  type TestDaemon,
} from '../helpers/link.js';
import { isMemory } from '../helpers/strategy.js';

/** Servers that come, go and move; each of three endpoints has some of them. */
const SERVERS = ['a', 'b', 'c', 'd', 'e'] as const;
const ENDPOINTS = 3;
const HOUR_MS = 3_600_000;

/** An endpoint that initialises each connection, and calls the tool without an end when it has one to call. */
async function callingEndpoint(tool?: string) {
  const answered: string[] = [];
  const failed: string[] = [];
  const call = async (connection: FakeConnection) => {
    await connection.greet();
    for (let id = 1; tool && !connection.isClosed; id++) {
      const text = await connection.tool(id, tool, { text: `${id}` }).catch((error: Error) => error.message);
      (text === `${id}` ? answered : failed).push(text);
      await clock.sleep(5);
    }
  };
  const fake = await FakeEndpoint.start({
    onConnection: (connection) =>
      void call(connection).catch((error: Error) => void (connection.isClosed || failed.push(error.message))),
  });
  onTestFinished(() => fake.close());
  return { fake, answered, failed };
}

type Caller = Awaited<ReturnType<typeof callingEndpoint>>;

/** A plan: two links that every plan has, and others of random kinds, servers, endpoints and settings. */
function randomPlan(random: () => number, [alone, among, ...others]: readonly Caller[]): Plan {
  const one = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)]!;
  const server = (name: string) => basic(name, { env: { WHO: name, OF: one(['', '', '', 'other']) } });
  const joins: (readonly string[])[] = Array.from({ length: ENDPOINTS + 1 }, () => []);
  for (const name of SERVERS) {
    const at = Math.floor(random() * (ENDPOINTS + 2));
    if (joins[at]) joins[at] = [...joins[at], name];
  }
  const [guests = [], ...groups] = joins;
  const links = groups.flatMap((names, i): Served[] => {
    const [first] = names;
    const settings = { holdTimeoutMs: one([5_000, 6_000]) };
    const shared = { endpoint: others[i]!.fake.endpoint(), settings };
    if (first === undefined) return [];
    if (names.length === 1) return [planLink({ ...server(first), ...shared })];
    const members = names.map(server);
    const ofKind = { ...shared, members, name: `link-${i}` };
    return [
      one([
        () => planMux({ ...ofKind, prefix: 'always' }),
        () => planRotate({ ...ofKind, dwellMs: HOUR_MS }),
      ])(),
    ];
  });
  const steady = [
    planLink({ ...basic('alone'), endpoint: alone!.fake.endpoint() }),
    planMux({
      endpoint: among!.fake.endpoint(),
      name: 'among',
      prefix: 'always',
      members: [basic('stays'), ...guests.map(server)],
    }),
  ];
  return planOf(random() < 0.5 ? [...steady, ...links] : [...links, ...steady]);
}

/** Processes that run, by server; and servers of which two ever ran at a time. */
function watched(test: TestDaemon) {
  const pids = new Map<string, number[]>();
  const twice = new Set<string>();
  const running = (server: string) => (pids.get(server) ?? []).filter(isAlive);
  test.app.observers.push({
    name: 'processes',
    onStatus: (status: Status) => {
      const server = status.server ?? status.link;
      if (status.type === 'server-starting' && running(server).length > 0) twice.add(server);
      if (status.type === 'server-ready') pids.set(server, [...(pids.get(server) ?? []), status.pid!]);
    },
  });
  return { pids, running, twice };
}

/** Every link works, with every server that is not between turns. */
const isSettled = ({ app }: TestDaemon) =>
  app.watch.links.every(
    ({ ready, members = [] }) =>
      ready && members.every(({ state }) => state === 'ready' || state === 'between-turns'),
  );

/** What runs, and what each endpoint is told of the tools. */
async function stateOf(test: TestDaemon, plan: Plan, callers: readonly Caller[]) {
  const { links } = test.app.watch;
  const connections = plan.links.map(
    ({ endpoint }) => callers.find(({ fake }) => fake.endpoint().href === endpoint.href)!.fake.connections,
  );
  const tools = await Promise.all(
    connections.map(async (all) => {
      const { result } = await all.at(-1)!.call(`tools-${Math.random()}`, 'tools/list');
      return result.tools.map(({ name }) => name);
    }),
  );
  return links.map(({ name, state, server, members, ready, failures }, i) => ({
    ...{ name, state, server, ready, failures },
    // Whose turn it is depends on what ran before.
    members: members?.map((member) => member.name),
    conditions: members?.map((member) => member.state).sort(),
    tools: tools[i],
  }));
}

it.each(isMemory ? [1, 2, 3, 4, 5, 6, 7, 8] : [1])(
  'whatever plans follow one another, calls on what is the same are not lost, and the last plan runs (seed %i)',
  async (seed) => {
    const random = seeded(seed);
    const callers = [
      await callingEndpoint('echo'),
      await callingEndpoint('stays__echo'),
      ...(await Promise.all(Array.from({ length: ENDPOINTS }, () => callingEndpoint()))),
    ];
    const [alone, among] = callers as [Caller, Caller];
    let plan = randomPlan(random, callers);
    const test = startPlans([], undefined, {});
    const processes = watched(test);
    const isReady = () => isSettled(test);
    await test.app.apply(plan);
    await eventually(() => isReady() && alone.answered.length > 0 && among.answered.length > 0);
    const steady = ['alone', 'stays'].map((server) => processes.running(server)[0]);

    for (let step = 0; step < (isMemory ? 20 : 10); step++) {
      const before = plan;
      const ran = new Map([...processes.pids.keys()].map((name) => [name, processes.running(name)]));
      plan = randomPlan(random, callers);
      const applied = test.app.apply(plan);
      // Now and then the next one comes before this one runs.
      if (random() < 0.3) {
        plan = before;
        await test.app.apply(plan);
      }
      const { servers } = await applied;
      if (plan !== before) {
        for (const { name, change } of servers) {
          const [pid] = ran.get(name) ?? [];
          if (pid === undefined) continue;
          // Between turns a server has no process.
          const rotates = [...before.links, ...plan.links].some(
            ({ kind, servers: of }) => kind === 'rotate' && of.includes(name),
          );
          if (change === 'kept' && !rotates) expect(processes.running(name), name).toContain(pid);
          if (change === 'restarted' || change === 'removed') expect(isAlive(pid), name).toBe(false);
        }
      }
      if (random() < 0.7) await eventually(isReady);
    }
    const answered = [alone.answered.length, among.answered.length];
    await eventually(
      () => isReady() && alone.answered.length > answered[0]! && among.answered.length > answered[1]!,
    );

    expect([alone.failed, among.failed]).toEqual([[], []]);
    expect([alone.fake.connections.length, among.fake.connections.length]).toEqual([1, 1]);
    expect(['alone', 'stays'].map((server) => processes.running(server)[0])).toEqual(steady);
    expect([...processes.twice]).toEqual([]);
    const rotating = plan.links.flatMap(({ kind, servers }) => (kind === 'rotate' ? servers : []));
    for (const [server, pids] of processes.pids) {
      const isPlanned = plan.servers.some(({ name }) => name === server);
      const count = pids.filter(isAlive).length;
      if (isPlanned && !rotating.includes(server)) expect(count, server).toBe(1);
      if (!isPlanned) expect(count, server).toBe(0);
    }
    const here = await stateOf(test, plan, callers);
    await test.app.stop();
    for (const [server, pids] of processes.pids) expect(pids.filter(isAlive), server).toEqual([]);

    const fresh = startPlans([], undefined, {});
    await fresh.app.apply(plan);
    await eventually(() => isSettled(fresh));
    expect(here).toEqual(await stateOf(fresh, plan, callers));
  },
);
