import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { PipePlan } from '../../src/config/plan.js';
import type { ServerOptions } from '../../src/config/server-options.js';
import { ErrorCode } from '../../src/protocol/jsonrpc.js';
import type { CopyFacts } from '../../src/protocol/stats.js';
import { eventually } from '../helpers/eventually.js';
import { type FakeConnection, FakeEndpoint } from '../helpers/fake-endpoint.js';
import {
  type LinkUnderTest,
  planLink,
  planOf,
  type Served,
  startMux,
  startPlans,
  type TestDaemon,
} from '../helpers/link.js';

/* Several processes of one server behind one name (D349, D350, D351). */

interface World {
  test: TestDaemon;
  plans: Served<PipePlan>[];
  connections: FakeConnection[];
  /** The calls that all processes have begun. */
  begun(): string[];
}

type Of = Pick<LinkUnderTest, 'env' | 'settings' | 'handshake'> & {
  options?: Partial<ServerOptions>;

  links?: string[];
  agents?: string[];
  up?: number;
};

/** Links to one server with so many processes, all of which take calls. */
async function start(instances: ServerOptions['instances'], of: Of = {}): Promise<World> {
  const { links = ['server'], agents = [], env, up = instances?.count ?? 1, options, ...more } = of;
  const notes = mkdtempSync(join(tmpdir(), 'mcp-pipe-notes-'));
  onTestFinished(() => rmSync(notes, { recursive: true, force: true }));
  const fakes = await Promise.all(links.map(() => FakeEndpoint.start()));
  onTestFinished(() => Promise.all(fakes.map((fake) => fake.close())).then(() => {}));
  const plans = fakes.map((fake, i) => ({
    ...planLink({
      endpoint: fake.endpoint(`token-of-link-${i}`),
      ...{ server: ['one-at-a-time.mjs'] as const, env: { NOTES: notes, ...env }, ...more },
      ...(instances ? { instances } : {}),
    }),
    name: links[i]!,
    ...(agents[i] === undefined ? {} : { agent: agents[i] }),
  }));
  if (options) for (const { served } of plans) Object.assign(served[0].options, options);
  const test = startPlans(plans, () => 0.99);
  const connections = await Promise.all(fakes.map((fake) => fake.connection()));
  for (const connection of connections) await connection.greet();
  await ready(test, up);
  const begun = () =>
    readdirSync(notes).flatMap((file) => readFileSync(join(notes, file), 'utf8').trim().split('\n'));
  return { test, plans, connections, begun };
}

const copiesOf = ({ daemon }: TestDaemon): readonly CopyFacts[] =>
  daemon.links[0]!.stats().servers[0]!.copies ?? [];
const isReady = ({ state }: CopyFacts) => state === 'ready';

function ready(test: TestDaemon, count: number): Promise<readonly CopyFacts[]> {
  const all = () => {
    const copies = copiesOf(test);
    return count === 1 || (copies.filter(isReady).length === count && copies.length === count)
      ? copies
      : undefined;
  };
  return eventually(all, { what: `${count} processes` });
}

/** How many calls each process had. */
function shares(pids: readonly number[]): number[] {
  return [...new Set(pids)].map((pid) => pids.filter((other) => other === pid).length);
}

/** The text of an answer is "TEXT PID". */
const pidOf = (answer: string) => Number(answer.split(' ').at(-1));

async function workAll(connection: FakeConnection, count: number, ms: number, from = 100): Promise<string[]> {
  const ids = Array.from({ length: count }, (_, i) => from + i);
  return Promise.all(ids.map((id) => connection.tool(id, 'work', { text: `call-${id}`, ms })));
}

describe('calls', () => {
  it('are shared out: three processes do the same in a third of the time', async () => {
    const one = await start(undefined);
    const three = await start({ count: 3 });
    // Beside each other, so that a busy machine slows both down. The server sleeps meanwhile.
    const timed = async ({ connections }: World) => {
      const began = performance.now();
      const answers = await workAll(connections[0]!, 9, 400);
      return { answers, tookMs: performance.now() - began };
    };
    const first = timed(one);
    const together = timed(three);
    const { answers, tookMs } = await together;
    expect(shares(answers.map(pidOf))).toEqual([3, 3, 3]);
    const alone = await first;
    expect(alone.tookMs).toBeGreaterThan(9 * 400 - 9);
    // A third is 1.2 s; the rest is for a machine that is busy.
    expect(tookMs).toBeLessThan(alone.tookMs / 2);
  });

  it('one after the other go round: the process that has been idle for longest is next', async () => {
    const { connections, test } = await start({ count: 3 });
    const pids: number[] = [];
    for (let i = 0; i < 6; i++) pids.push(pidOf(await connections[0]!.tool(i + 1, 'work', { text: 'x' })));
    expect(pids.slice(3)).toEqual(pids.slice(0, 3));
    expect(new Set(pids)).toEqual(new Set(copiesOf(test).map(({ pid }) => pid)));
    expect(copiesOf(test).map(({ calls }) => calls)).toEqual([2, 2, 2]);
  });

  it('of a process that is killed get one error each; the others lose nothing, and nothing is done twice', async () => {
    const { connections, test, begun } = await start({ count: 3 });
    const [connection] = connections as [FakeConnection];
    const ids = Array.from({ length: 30 }, (_, i) => i + 1);
    for (const id of ids) connection.begin(id, 'work', { text: `call-${id}`, ms: 40 });
    await eventually(() => begun().length >= 6 || undefined, { what: 'calls that run' });
    const victim = copiesOf(test)[1]!;
    process.kill(victim.pid!, 'SIGKILL');
    // More come while it is away.
    for (const id of ids) connection.begin(id + 100, 'work', { text: `call-${id + 100}`, ms: 5 });
    const all = [...ids, ...ids.map((id) => id + 100)];
    const replies = await Promise.all(all.map((id) => connection.reply(id)));
    const failed = replies.filter(({ error }) => error);
    expect(failed.length).toBeGreaterThan(0);
    expect(failed.length).toBeLessThan(ids.length);
    expect(new Set(failed.map(({ error }) => error.code))).toEqual(new Set([ErrorCode.serverExited]));
    const down = test.all('server-copy').find(({ to }) => to === 'down');
    expect(down).toMatchObject({ copy: 2, of: 3, up: 2, pendingFailed: failed.length });
    const answered = connection.frames.flatMap((frame) => (JSON.parse(frame) as { id?: number }).id ?? []);
    for (const id of all) expect(answered.filter((other) => other === id)).toHaveLength(1);
    const done = begun().filter((line) => line.startsWith('call-'));
    expect(new Set(done).size).toBe(done.length);
    const worked = replies.filter(({ result }) => result).map(({ id }) => `call-${id}`);
    expect(done).toEqual(expect.arrayContaining(worked));
    // It is started again, and takes calls.
    await ready(test, 3);
    expect(test.all('server-down')).toEqual([]);
    const after = await workAll(connection, 3, 20, 500);
    expect(new Set(after.map(pidOf)).size).toBe(3);
  });

  it('of a process that crashes while it is to answer its last ones are answered, and another one takes its place', async () => {
    const { connections, test } = await start({ count: 2 });
    const [connection] = connections as [FakeConnection];
    for (const id of [1, 2]) connection.begin(id, 'work', { text: `call-${id}`, ms: 60_000 });
    await eventually(() => copiesOf(test).every(({ running }) => running === 1) || undefined, {
      what: 'a call in each',
    });
    void test.daemon.restart('server');
    const leaving = await eventually(() => copiesOf(test).find(({ state }) => state === 'leaving'), {
      what: 'the first one to be replaced',
    });
    process.kill(leaving.pid!, 'SIGKILL');
    const reply = await Promise.race([connection.reply(1), connection.reply(2)]);
    expect(reply.error).toMatchObject({ code: ErrorCode.serverExited });
    expect(reply.error.message).toContain('SIGKILL');
    const isReplaced = ({ pid, state }: CopyFacts) => state === 'ready' && pid !== leaving.pid;
    await eventually(() => isReplaced(copiesOf(test)[leaving.copy - 1]!) || undefined, {
      what: 'a process in its place',
    });
  });

  it('are cancelled where they are', async () => {
    const { connections, begun } = await start({ count: 2 });
    const [connection] = connections as [FakeConnection];
    for (const id of [1, 2, 3, 4]) connection.begin(id, 'work', { text: `call-${id}`, ms: 150 });
    // Each of the last two waits behind one of the first.
    for (const requestId of [3, 4])
      connection.send({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId } });
    await Promise.all([connection.reply(1), connection.reply(2)]);
    await connection.tool(5, 'work', { text: 'last' });
    await connection.tool(6, 'work', { text: 'last' });
    expect(
      begun()
        .filter((line) => line !== 'last')
        .sort(),
    ).toEqual(['call-1', 'call-2']);
  });
});

describe('what a process asks or tells', () => {
  it('has an id of its own, and its answer comes back to it', async () => {
    const { connections } = await start({ count: 3 });
    const [connection] = connections as [FakeConnection];
    connection.onFrame = (frame) => {
      const { id, method, params } = JSON.parse(frame);
      if (method !== 'sampling/createMessage') return;
      const content = { type: 'text', text: `to ${params.messages[0].content.text}` };
      connection.send({ jsonrpc: '2.0', id, result: { role: 'assistant', model: 'm', content } });
    };
    const ids = [1, 2, 3, 4, 5, 6];
    const answers = await Promise.all(ids.map((id) => connection.tool(id, 'ask', { text: `q${id}` })));
    expect(answers.map((one) => one.replace(/ \d+$/, ''))).toEqual(ids.map((id) => `q${id} to q${id}`));
    expect(new Set(answers.map(pidOf)).size).toBe(3);
  });

  it('goes to the client that has called it, whoever called another one last', async () => {
    const { connections } = await start({ count: 2, sticky: 'session' }, { links: ['a', 'b'] });
    const asked: string[] = [];
    const answers = connections.map((connection, i) => {
      connection.onFrame = (frame) => {
        const { id, method, params } = JSON.parse(frame);
        if (method !== 'sampling/createMessage') return;
        asked.push(`${i} ${params.messages[0].content.text}`);
        const content = { type: 'text', text: `from ${i}` };
        connection.send({ jsonrpc: '2.0', id, result: { role: 'assistant', model: 'm', content } });
      };
      return Promise.all([1, 2, 3].map((id) => connection.tool(id, 'ask', { text: `${i}` })));
    });
    for (const [i, each] of (await Promise.all(answers)).entries())
      for (const answer of each) expect(answer).toMatch(new RegExp(`^${i} from ${i} `));
    expect(asked.every((line) => line[0] === line[2])).toBe(true);
  });

  it('of changed lists is told once, by the one that has them', async () => {
    const { connections, begun } = await start({ count: 3 });
    const [connection] = connections as [FakeConnection];
    await connection.call(1, 'tools/list');
    for (const id of [2, 3, 4]) await connection.tool(id, 'grow');
    const { result } = await connection.call(5, 'tools/list');
    expect(result.tools.map(({ name }) => name).filter((name) => name === 'more')).toEqual(['more']);
    expect(connection.frames.filter((frame) => frame.includes('list_changed'))).toHaveLength(1);
    expect(begun().filter((line) => line === 'list')).toHaveLength(2);
  });
});

describe('what is set up', () => {
  it('is set up in each process: the log level, also in one that is started later', async () => {
    const { connections, test } = await start({ count: 2 });
    const [connection] = connections as [FakeConnection];
    await connection.call(1, 'logging/setLevel', { level: 'error' });
    const levels = async (from: number) => {
      const said = [await connection.tool(from, 'level'), await connection.tool(from + 1, 'level')];
      return said.map((one) => one.replace(/ \d+$/, ''));
    };
    expect(await levels(2)).toEqual(['error', 'error']);
    process.kill(copiesOf(test)[1]!.pid!, 'SIGKILL');
    await eventually(() => test.all('server-copy').some(({ to }) => to === 'down') || undefined, {
      what: 'its end',
    });
    await ready(test, 2);
    expect(await levels(4)).toEqual(['error', 'error']);
  });

  it('a subscription is in one process, and moves to another when that one ends', async () => {
    const { connections, test, begun } = await start({ count: 2 });
    const [connection] = connections as [FakeConnection];
    await connection.call(1, 'resources/subscribe', { uri: 'note:1' });
    const subscribed = () => begun().filter((line) => line === 'subscribe note:1').length;
    expect(subscribed()).toBe(1);
    process.kill(copiesOf(test)[0]!.pid!, 'SIGKILL');
    await eventually(() => subscribed() === 2 || undefined, { what: 'a second subscription' });
  });

  it('a task stays with its process, and the list of tasks goes through all', async () => {
    const { connections } = await start({ count: 3 });
    const [connection] = connections as [FakeConnection];
    const ids: string[] = [];
    for (const id of [1, 2, 3]) {
      const { result } = await connection.call(id, 'tools/call', { name: 'task', arguments: {} });
      ids.push((result.task as { taskId: string }).taskId);
    }
    expect(new Set(ids.map((id) => id.split('-')[1])).size).toBe(3);
    for (const [i, taskId] of ids.entries()) {
      const { result } = await connection.call(10 + i, 'tasks/get', { taskId });
      expect(result.status).toBe('working');
    }
    const listed: string[] = [];
    let cursor: unknown;
    for (let id = 20; id < 26; id++) {
      const { result } = await connection.call(id, 'tasks/list', cursor === undefined ? {} : { cursor });
      listed.push(...(result.tasks as { taskId: string }[]).map(({ taskId }) => taskId));
      cursor = result.nextCursor;
      if (cursor === undefined) break;
    }
    expect(listed.sort()).toEqual(ids.sort());
  });
});

describe('sticky', () => {
  it('session: the calls of a link stay with one process, and move when that ends', async () => {
    const { connections, test } = await start({ count: 3, sticky: 'session' }, { links: ['a', 'b', 'c'] });
    const pids = async (connection: FakeConnection, from: number) =>
      new Set((await workAll(connection, 4, 5, from)).map(pidOf));
    const first = await Promise.all(connections.map((connection) => pids(connection, 100)));
    for (const one of first) expect(one.size).toBe(1);
    expect(new Set(first.flatMap((one) => [...one])).size).toBe(3);
    const [victim] = [...first[0]!];
    process.kill(victim!, 'SIGKILL');
    await eventually(() => copiesOf(test).filter(isReady).length === 2 || undefined, { what: 'its end' });
    const after = await Promise.all(connections.map((connection) => pids(connection, 200)));
    expect(after[0]!.size).toBe(1);
    expect(after[0]).not.toEqual(first[0]);
    expect(after.slice(1)).toEqual(first.slice(1));
  });

  it('agent: links of one agent share a process', async () => {
    const links = ['a', 'b', 'c'];
    const agents = ['kitchen', 'kitchen', 'garden'];
    const { connections } = await start({ count: 3, sticky: 'agent' }, { links, agents });
    const pids: number[] = [];
    for (const connection of connections) pids.push(pidOf(await connection.tool(1, 'work', { text: 'x' })));
    expect(pids[0]).toBe(pids[1]);
    expect(pids[2]).not.toBe(pids[0]);
  });
});

describe('processes', () => {
  it('of which one says other things of itself than the first: it is told, and gets no calls', async () => {
    const { test, connections } = await start({ count: 3 }, { env: { DIFFERS: 'yes' }, up: 1 });
    const told = await eventually(
      () => {
        const different = test.all('server-copy').filter(({ to }) => to === 'different');
        return different.length === 2 ? different : undefined;
      },
      { what: 'both others' },
    );
    expect(told).toMatchObject([
      { copy: 2, of: 3, keys: ['capabilities'] },
      { copy: 3, of: 3, keys: ['capabilities'] },
    ]);
    const answers = await workAll(connections[0]!, 4, 10);
    expect(new Set(answers.map(pidOf)).size).toBe(1);
    expect(copiesOf(test).map(({ state }) => state)).toEqual(['ready', 'different', 'different']);
  });

  it('all of which end are started again as one server is', async () => {
    const { connections, test } = await start({ count: 2 });
    const [connection] = connections as [FakeConnection];
    const before = copiesOf(test).map(({ pid }) => pid!);
    for (const pid of before) process.kill(pid, 'SIGKILL');
    await test.status('server-down');
    const answer = await connection.tool(1, 'work', { text: 'again' });
    expect(before).not.toContain(pidOf(answer));
    const after = await ready(test, 2);
    expect(after.filter(({ pid }) => before.includes(pid!))).toEqual([]);
  });

  it('are replaced one after the other when a restart is asked for, and calls go on meanwhile', async () => {
    const { connections, test } = await start({ count: 3 });
    const [connection] = connections as [FakeConnection];
    const before = copiesOf(test).map(({ pid }) => pid!);
    let isOver = false;
    const restarted = test.daemon.restart('server').finally(() => {
      isOver = true;
    });
    let least = 3;
    for (let id = 1; !isOver; id++) {
      await connection.tool(id, 'work', { text: `call-${id}`, ms: 5 });
      least = Math.min(least, copiesOf(test).filter(isReady).length);
    }
    await restarted;
    const after = (await ready(test, 3)).map(({ pid }) => pid!);
    expect(after.filter((pid) => before.includes(pid))).toEqual([]);
    expect(least).toBe(2);
    expect(test.all('server-down')).toEqual([]);
    expect(test.all('server-copy').filter(({ to }) => to === 'ended')).toHaveLength(3);
  });

  it('become more and fewer with another plan; the link stays, and no call is lost', async () => {
    const { connections, plans, test } = await start({ count: 1 });
    const [connection] = connections as [FakeConnection];
    const planned = (instances: ServerOptions['instances']) =>
      planOf(
        plans.map((plan) => {
          const [server] = plan.served;
          return { ...plan, served: [{ ...server, options: { ...server.options, instances } }] as const };
        }),
      );
    const pid = pidOf(await connection.tool(1, 'work', { text: 'x' }));
    await test.daemon.apply(planned({ count: 3 }));
    const three = await ready(test, 3);
    expect(three[0]!.pid).toBe(pid);
    const calls = workAll(connection, 9, 60, 10);
    await test.daemon.apply(planned({ count: 2 }));
    expect((await calls).length).toBe(9);
    const two = await ready(test, 2);
    expect(two.map(({ pid: one }) => one)).toEqual(three.slice(0, 2).map(({ pid: one }) => one));
    // Without the key it has one process again.
    await test.daemon.apply(planned(undefined));
    await eventually(() => copiesOf(test).length === 1 || undefined, { what: 'one process' });
    expect(pidOf(await connection.tool(2, 'work', { text: 'x' }))).toBe(pid);
    expect(connection.isClosed).toBe(false);
  });

  it('of a server on demand are started when calls wait, and the last ones end when they are idle', async () => {
    const options = { start: 'demand', idlePark: 600 } as const;
    const { connections, test } = await start({ count: 3 }, { options, up: 1 });
    const [connection] = connections as [FakeConnection];
    const up = () => copiesOf(test).filter(isReady).length;
    await connection.tool(1, 'work', { text: 'x' });
    expect(copiesOf(test).map(({ state }) => state)).toEqual(['ready', 'asleep', 'asleep']);
    let id = 10;
    await eventually(
      async () => {
        id += 10;
        await workAll(connection, 6, 30, id);
        return up() === 3 || undefined;
      },
      { what: 'three processes' },
    );
    // One call after the other needs one process only.
    await eventually(
      async () => {
        id += 10;
        await connection.tool(id, 'work', { text: 'x', ms: 10 });
        return up() === 1 || undefined;
      },
      { what: 'the first process alone' },
    );
    expect(
      test.all('server-copy').filter((event) => event.to === 'ended' && event.why === 'idle'),
    ).toHaveLength(2);
    expect(test.all('server-down')).toEqual([]);
  });

  it('of a server that sleeps share the calls that wake it: as many processes are started as there are calls', async () => {
    const options = { start: 'demand', idlePark: 300 } as const;
    const { connections, test, begun } = await start({ count: 3 }, { options, up: 1 });
    const [connection] = connections as [FakeConnection];
    await test.status('server-idle-stopped');
    const three = await workAll(connection, 3, 3_000);
    expect(shares(three.map(pidOf))).toEqual([1, 1, 1]);
    expect(begun().filter((line) => line.startsWith('call-'))).toHaveLength(3);
    // Two calls need two processes.
    await test.status('server-idle-stopped', 1);
    const two = await workAll(connection, 2, 1_500, 200);
    expect(new Set(two.map(pidOf)).size).toBe(2);
    expect(copiesOf(test).map(({ state }) => state)).toEqual(['ready', 'ready', 'asleep']);
  });

  it('of a server that grows get no call that was cancelled while it waited for one of them', async () => {
    const options = { start: 'demand', idlePark: 60_000 } as const;
    const { connections, begun } = await start({ count: 2 }, { options, up: 1 });
    const [connection] = connections as [FakeConnection];
    connection.begin(1, 'work', { text: 'call-1', ms: 300 });
    await eventually(() => begun().includes('call-1') || undefined, { what: 'a call that runs' });
    for (const id of [2, 3, 4]) connection.begin(id, 'work', { text: `call-${id}`, ms: 10 });
    for (const requestId of [3, 4])
      connection.send({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId } });
    await Promise.all([connection.reply(1), connection.reply(2)]);
    await Promise.all([5, 6].map((id) => connection.tool(id, 'work', { text: `call-${id}`, ms: 100 })));
    const done = begun().filter((line) => line.startsWith('call-'));
    expect(done.sort()).toEqual(['call-1', 'call-2', 'call-5', 'call-6']);
  });

  it('of a server that starts share the clients that are to stay with one of them', async () => {
    const links = ['a', 'b', 'c'];
    const options = { start: 'demand', idlePark: 300 } as const;
    const { connections, test } = await start({ count: 3, sticky: 'session' }, { links, options, up: 1 });
    await test.status('server-idle-stopped');
    const both = (connection: FakeConnection) => workAll(connection, 2, 400);
    const pids = (await Promise.all(connections.map(both))).map((answers) => answers.map(pidOf));
    for (const own of pids) expect(own[0]).toBe(own[1]);
    expect(new Set(pids.flat()).size).toBeGreaterThan(1);
  });

  it('are several also of a server that had none when it was started', async () => {
    const { connections, plans, test } = await start(undefined);
    const [connection] = connections as [FakeConnection];
    const [plan] = plans as [Served<PipePlan>];
    const [server] = plan.served;
    const options = { ...server.options, instances: { count: 2 } };
    await test.daemon.apply(planOf([{ ...plan, served: [{ ...server, options }] }]));
    await ready(test, 2);
    const answers = await workAll(connection, 2, 50);
    expect(new Set(answers.map(pidOf)).size).toBe(2);
    expect(connection.isClosed).toBe(false);
  });
});

it('a server of a mux has several processes as well', async () => {
  const fake = await FakeEndpoint.start();
  onTestFinished(() => fake.close());
  const test = startMux({
    endpoint: fake.endpoint('token-of-the-mux'),
    members: [
      { name: 'slow', server: ['one-at-a-time.mjs'], instances: { count: 3 } },
      { name: 'other', server: ['basic.mjs'] },
    ],
  });
  const connection = await fake.connection();
  await connection.greet();
  await ready(test, 3);
  const { result } = await connection.call(1, 'tools/list');
  expect(result.tools.map(({ name }) => name)).toContain('work');
  const ids = [2, 3, 4, 5, 6, 7];
  const answers = await Promise.all(ids.map((id) => connection.tool(id, 'work', { text: `${id}`, ms: 50 })));
  expect(shares(answers.map(pidOf))).toEqual([2, 2, 2]);
});
