import { describe, expect, it, onTestFinished } from 'vitest';
import type { FinishedCall } from '../../src/protocol/finished-call.js';
import { ErrorCode } from '../../src/protocol/jsonrpc.js';
import { clock } from '../helpers/clock.js';
import { eventually } from '../helpers/eventually.js';
import { FakeEndpoint } from '../helpers/fake-endpoint.js';
import { seeded } from '../helpers/faulty-caller.js';
import { signal } from '../helpers/is-alive.js';
import { basic, planLink, planMux, planRotate, type Served, startPlans } from '../helpers/link.js';
import { runs } from '../helpers/runs.js';

type Endpoint = ReturnType<FakeEndpoint['endpoint']>;

/** Each kind of link: its plan, and how its endpoint spells a tool of the server `one`. */
const KINDS: Record<string, { plan: (endpoint: Endpoint) => Served[]; tool: (name: string) => string }> = {
  pipe: {
    plan: (endpoint) => [planLink({ endpoint, name: 'one', server: ['basic.mjs'] })],
    tool: (name) => name,
  },
  'pipe whose server another link uses': {
    plan: (endpoint) => {
      const link = planLink({ endpoint, name: 'one', server: ['basic.mjs'] });
      return [link, { ...link, name: 'other', endpoint: unused.endpoint('other-token') }];
    },
    tool: (name) => name,
  },
  mux: {
    plan: (endpoint) => [planMux({ endpoint, members: [basic('one'), basic('two')] })],
    tool: (name) => `one__${name}`,
  },
  rotate: {
    plan: (endpoint) => [planRotate({ endpoint, dwellMs: 3_600_000, members: [basic('one')] })],
    tool: (name) => name,
  },
};

/** Takes the connections of links that are not looked at. */
let unused: FakeEndpoint;

async function running(kind: keyof typeof KINDS) {
  unused = await FakeEndpoint.start();
  const fake = await FakeEndpoint.start();
  onTestFinished(async () => {
    await fake.close();
    await unused.close();
  });
  const { plan, tool } = KINDS[kind]!;
  const plans = plan(fake.endpoint());
  const calls: FinishedCall[] = [];
  const onCall = (call: FinishedCall) => void (call.link === plans[0]!.name && calls.push(call));
  const test = startPlans(plans, () => 0.5, { onCall });
  const of = (id: unknown) => calls.filter((call) => call.id === JSON.stringify(id));
  return { fake, test, calls, of, tool };
}

describe.each(Object.keys(KINDS))('calls of a %s', (kind) => {
  it('are reported once each, with their outcome', async () => {
    const { fake, calls, of, tool } = await running(kind);
    const first = await fake.connection();
    await first.greet();
    await first.call('p', 'ping');
    await first.tool(1, tool('echo'), { text: 'hello' });
    const [ok] = of(1);
    expect(ok).toMatchObject({
      ...{ server: 'one', method: 'tools/call', tool: tool('echo'), outcome: 'ok', code: undefined },
    });
    expect(ok!.requestBytes).toBeGreaterThan(80);
    expect(ok!.replyBytes).toBeGreaterThan(50);
    await first.call('x', 'tools/call', { name: tool('none') });
    expect(of('x')).toMatchObject([{ outcome: 'error', code: -32602 }]);
    await first.call('l', 'tools/list');
    expect(of('l')).toMatchObject([{ method: 'tools/list', outcome: 'ok', tool: undefined }]);

    first.begin(4, tool('hold'));
    first.send({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 4 } });
    await eventually(() => of(4)[0]);
    await first.tool(5, tool('let_go'));
    expect(of(4)).toMatchObject([{ outcome: 'cancelled', server: 'one', replyBytes: 0 }]);

    const pid = Number(await first.tool(6, tool('whoami')));
    first.begin(7, tool('hold'));
    await first.tool(8, tool('echo'));
    signal(pid, 'SIGKILL');
    await first.reply(7);
    expect(of(7)).toMatchObject([{ outcome: 'error', code: ErrorCode.serverExited, server: 'one' }]);

    await first.tool(9, tool('echo'));
    first.begin(10, tool('hold'));
    await first.tool(11, tool('echo'));
    await clock.sleep(2_000);
    first.drop();
    await eventually(() => of(10)[0]);
    expect(of(10)).toMatchObject([{ outcome: 'lost', server: 'one', replyBytes: 0 }]);
    expect(of(10)[0]!.ms).toBeGreaterThanOrEqual(2_000);

    // The endpoint counts from 0 again, so that the server gets other ids.
    const second = await fake.connection(1);
    await second.greet();
    calls.length = 0;
    await second.tool(1, tool('echo'));
    await second.tool(10, tool('echo'));
    expect(calls.map(({ id, server, outcome }) => [id, server, outcome])).toEqual([
      ['1', 'one', 'ok'],
      ['10', 'one', 'ok'],
    ]);
  });

  it('are reported once each while servers die, connections drop and calls are cancelled', async () => {
    for (let seed = 1; seed <= runs(8); seed++) {
      const { fake, test, calls, tool } = await running(kind);
      const random = seeded(seed);
      const sent = new Map<string, { connection: Awaited<ReturnType<FakeEndpoint['connection']>> }>();
      const cancelled = new Set<string>();
      for (let round = 0, id = 0; round < 6; round++) {
        const connection = await fake.connection(round);
        await connection.greet();
        for (let step = 0; step < 30; step++) {
          const chance = random();
          if (chance < 0.5) {
            const name = chance < 0.35 ? 'echo' : chance < 0.45 ? 'slow' : 'none';
            sent.set(`r${++id}`, { connection });
            connection.begin(`r${id}`, tool(name), { ms: 40 });
          } else if (chance < 0.65 && id > 0) {
            const requestId = `r${Math.max(1, id - Math.floor(random() * 4))}`;
            cancelled.add(requestId);
            connection.send({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId } });
          } else if (chance < 0.7) {
            sent.set(`r${++id}`, { connection });
            connection.begin(`r${id}`, tool('exit'));
          } else await clock.sleep(random() * 60);
        }
        await connection.taken();
        if (random() < 0.5) connection.drop();
        else connection.close(1001);
      }
      await fake.connection(6);
      await test.app.stop();
      const byId = new Map(calls.map((call) => [JSON.parse(call.id) as string, call]));
      expect(calls).toHaveLength(byId.size);
      expect([...byId.keys()].sort()).toEqual([...sent.keys()].sort());
      for (const [id, { connection }] of sent) {
        const { outcome, code } = byId.get(id)!;
        const replies = connection.frames
          .map((frame) => JSON.parse(frame))
          .filter((frame) => frame.id === id);
        const where = `${kind}, seed ${seed}, ${id}`;
        if (outcome === 'cancelled') expect(cancelled.has(id), where).toBe(true);
        else if (outcome === 'lost') expect(replies, where).toEqual([]);
        // An answer that was sent may not have arrived when its connection dropped.
        else if (replies.length > 0)
          expect([replies.length, replies[0].error?.code], where).toEqual([1, code]);
        expect(outcome === 'error', where).toBe(code !== undefined);
      }
    }
  });
});

it('a call that takes longer than "callTimeoutMs" has timed out', async () => {
  unused = await FakeEndpoint.start();
  const fake = await FakeEndpoint.start();
  onTestFinished(() => fake.close());
  const calls: FinishedCall[] = [];
  const plan = planMux({
    endpoint: fake.endpoint(),
    members: [basic('one')],
    settings: { callTimeoutMs: 500 },
  });
  startPlans([plan], undefined, { onCall: (call) => void calls.push(call) });
  const connection = await fake.connection();
  await connection.greet();
  await connection.call(1, 'tools/call', { name: 'hold' });
  expect(calls).toMatchObject([{ outcome: 'timed-out', server: 'one', tool: 'hold' }]);
});
