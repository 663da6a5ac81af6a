import { expect, test } from 'vitest';
import type { GatewayPlan } from '../../../src/config/gateway-plan.js';
import type { ServerOptions } from '../../../src/config/server-options.js';
import type { CacheOptions } from '../../../src/policy/cache/cache-stage.js';
import type { FinishedCall } from '../../../src/protocol/finished-call.js';
import { eventually } from '../../helpers/eventually.js';
import { startGateway } from '../../helpers/gateway.js';
import { RawHttpSession } from '../../helpers/raw-http-session.js';

const keys = { an: 'the-key-of-an-0123', binh: 'the-key-of-binh-0123' };
const cache: CacheOptions = {
  ...{ ttlMs: 60_000, tools: ['get_*'], shared: false, maxBytes: 1024 ** 2, store: 'memory' },
};

/** A gateway whose server keeps results of `get_wx`; `received` says which calls the server itself has got. */
async function started(
  own: Partial<CacheOptions> = {},
  options: Partial<ServerOptions> = {},
  terms: GatewayPlan['terms'] = {},
) {
  const calls: Pick<FinishedCall, 'tool' | 'outcome' | 'fromCache'>[] = [];
  const onClientCall = ({ tool, outcome, fromCache }: FinishedCall) =>
    void calls.push({ tool, outcome, fromCache });
  const world = await startGateway({
    servers: {
      wx: { fixture: 'annotated.mjs', options: { ...options, cache: { ...cache, ...own } } },
      other: 'basic.mjs',
    },
    gateway: { keys, terms },
    app: { observers: [{ name: 'calls', onClientCall, returnsCalls: true }] },
  });
  const open = async (key: keyof typeof keys, server?: string) => {
    const session = new RawHttpSession(world.url(server), {
      headers: { authorization: `Bearer ${keys[key]}` },
    });
    await session.open();
    return session;
  };
  return { ...world, calls, open };
}

const HUE = { city: 'Huế' };

test('equal calls of one key are answered once by the server, over each address; those of another key are not', async () => {
  const { open, calls, app } = await started();
  const [an, again, mux, binh] = [
    ...(await Promise.all([open('an', 'wx'), open('an', 'wx'), open('an'), open('binh', 'wx')])),
  ] as const;
  expect(await an!.text('get_wx', HUE)).toBe('get_wx');
  expect(await again!.text('get_wx', HUE)).toBe('get_wx');
  expect(await mux!.text('get_wx', HUE)).toBe('get_wx');
  expect(JSON.parse(await an!.text('received'))).toEqual(['get_wx']);
  expect(await binh!.text('get_wx', HUE)).toBe('get_wx');
  expect(JSON.parse(await an!.text('received'))).toEqual(['get_wx', 'get_wx']);
  await eventually(() => expect(calls.filter(({ tool }) => tool === 'get_wx')).toHaveLength(4));
  expect(calls.filter(({ tool }) => tool === 'get_wx').map((call) => call.fromCache)).toEqual([
    ...[false, true, true, false],
  ]);
  expect(new Set(calls.map(({ outcome }) => outcome))).toEqual(new Set(['ok']));
  expect(app.daemon.policy.caches.states).toMatchObject([{ server: 'wx', hits: 2, misses: 2 }]);
});

test('a call that may change something, and a server that is started again, end what is kept', async () => {
  const { open, statuses } = await started();
  const an = await open('an', 'wx');
  const received = async () => JSON.parse(await an.text('received')) as string[];
  await an.text('get_wx', HUE);
  await an.text('delete_wx');
  await an.text('get_wx', HUE);
  expect(await received()).toEqual(['get_wx', 'delete_wx', 'get_wx']);
  const readies = () =>
    statuses.flatMap((one) =>
      one.type === 'server-ready' && one.pid && (one.server ?? one.link) === 'wx' ? [one.pid] : [],
    );
  process.kill(readies()[0]!, 'SIGKILL');
  await eventually(() => expect(new Set(readies()).size).toBe(2));
  await an.text('get_wx', HUE);
  expect(await received()).toEqual(['get_wx']);
});

test('a key that may not call a tool does not get what is kept of it, though all share that', async () => {
  const { open } = await started({ shared: true }, {}, { binh: { grant: { tools: ['received'] } } });
  const [an, binh, bound] = await Promise.all([open('an', 'wx'), open('binh', 'wx'), open('binh')]);
  expect(await an.text('get_wx', HUE)).toBe('get_wx');
  expect((await binh.call('get_wx', HUE)).reply.error).toMatchObject({ code: -31020 });
  // Among several servers, a tool that a key may not call is none.
  expect((await bound.call('get_wx', HUE)).reply.error).toMatchObject({ code: -32602 });
  expect(JSON.parse(await binh.text('received'))).toEqual(['get_wx']);
});

test('rates count calls that are answered with what is kept', async () => {
  const { open } = await started({}, { calls: { rate: { calls: 2, perMs: 3_600_000 } } });
  const an = await open('an', 'wx');
  await an.text('get_wx', HUE);
  await an.text('get_wx', HUE);
  expect((await an.call('get_wx', HUE)).reply.error).toMatchObject({ code: -31021 });
});

test('without a Redis, results that belong there are kept in memory', async () => {
  const { open, app } = await started({ store: 'redis' });
  const an = await open('an', 'wx');
  await an.text('get_wx', HUE);
  await an.text('get_wx', HUE);
  expect(app.daemon.policy.caches.states).toMatchObject([{ hits: 1, misses: 1 }]);
});
