import { describe, expect, test } from 'vitest';
import { Breaker } from '../../../src/policy/breaker.js';
import { breakerLook, breakerStage } from '../../../src/policy/breaker-stage.js';
import { concurrencyStage } from '../../../src/policy/concurrency-stage.js';
import { Places } from '../../../src/policy/places.js';
import { type RateLimiter, WindowCounts } from '../../../src/policy/rate-limiter.js';
import { countedOf, rateStage } from '../../../src/policy/rate-stage.js';
import type { GuardedClient, Stage } from '../../../src/policy/stage.js';
import { timeLimit } from '../../../src/policy/time-limit.js';
import { ErrorCode } from '../../../src/protocol/jsonrpc.js';
import { guardedPair } from '../../helpers/guarded-pair.js';
import { ManualClock } from '../../helpers/manual-clock.js';

const call = (id: number | string, name = 'echo', progressToken?: string) => ({
  ...{ id, method: 'tools/call' },
  params: { name, ...(progressToken ? { _meta: { progressToken } } : {}) },
});
const client = { link: 'l', server: 's', isAccepted: true } as GuardedClient;
const codesIn = (frames: readonly string[]) =>
  frames.map((frame) => (JSON.parse(frame) as { error?: { code: number } }).error?.code ?? 0);
const idsIn = (frames: readonly string[]) =>
  frames.map((frame) => (JSON.parse(frame) as { id?: unknown }).id);

describe('rates', () => {
  const rate = { calls: 2, perMs: 1_000 };

  test('a client counts under its key, and under its network where it has none', () => {
    const plan = { rate, ratePerAddress: { calls: 9, perMs: 1_000 } };
    const names = (of: Partial<GuardedClient>) =>
      countedOf({ ...client, ...of }, plan).map(({ name }) => name);
    expect(names({ key: 'an', address: '192.0.2.1' })).toEqual(['key an', 'address 192.0.2.1']);
    expect(names({ address: '2001:db8::1' })).toEqual([
      'caller 2001:db8:0:0::/64',
      'address 2001:db8:0:0::/64',
    ]);
    // A key that is called as an address is another name.
    expect(countedOf({ key: '192.0.2.1', address: undefined }, { rate })[0]!.name).toBe('key 192.0.2.1');
  });

  test('the rate of a key goes before that of all', () => {
    const grant = { rate: { calls: 7, perMs: 1_000 } };
    expect(countedOf({ key: 'an', grant }, { rate })).toMatchObject([{ rate: grant.rate }]);
  });

  test('pings count for the caller: a batch of a thousand is a thousand', async () => {
    const limiter = new WindowCounts(() => 0);
    const counted = countedOf({ key: 'an', address: undefined }, { rate });
    const { fromClient, atServer, atClient } = guardedPair([
      rateStage({ client, limiter, limits: {}, counted })!,
    ]);
    await fromClient(...Array.from({ length: 1_000 }, (_, id) => ({ id, method: 'ping' })));
    expect(idsIn(atServer)).toEqual([0, 1]);
    expect(new Set(codesIn(atClient))).toEqual(new Set([ErrorCode.tooManyCalls]));
  });

  test('pings, lists and notifications count nothing for a server', async () => {
    const limiter = new WindowCounts(() => 0);
    const stage = rateStage({ client, limiter, limits: { rate }, counted: [] })!;
    const { fromClient, atServer, atClient } = guardedPair([stage]);
    await fromClient({ id: 1, method: 'ping' }, { id: 2, method: 'tools/list' }, call(3), call(4), call(5));
    expect(idsIn(atServer)).toEqual([1, 2, 3, 4]);
    expect(codesIn(atClient)).toEqual([ErrorCode.tooManyCalls]);
  });

  test('a call that one of its rates refuses costs the later ones nothing', () => {
    const limiter = new WindowCounts(() => 0);
    const of = { calls: 1, perMs: 1_000 };
    const counted = countedOf({ key: 'an', address: undefined }, { rate: of });
    const stage = rateStage({ client, limiter, limits: { rate }, counted })!;
    for (let i = 0; i < 5; i++)
      void stage.request!({ method: 'tools/call', client } as never, Buffer.alloc(0));
    expect(limiter.look('server s', rate).remaining).toBe(1);
  });

  test('counts that are kept elsewhere may answer later', async () => {
    const counts = new WindowCounts(() => 0);
    const limiter: RateLimiter = {
      takeAll: (...all) => Promise.resolve(counts.takeAll(...all)),
      look: (...one) => counts.look(...one),
    };
    const stage = rateStage({ client, limiter, limits: { rate }, counted: [] })!;
    const { fromClient, atServer, atClient, settled } = guardedPair([stage]);
    await fromClient(call(1), call(2), call(3));
    await settled();
    expect(idsIn(atServer)).toEqual([1, 2]);
    expect(codesIn(atClient)).toEqual([ErrorCode.tooManyCalls]);
  });
});

describe('calls at a time', () => {
  function world(concurrent: number, queue = 16) {
    const places = new Places({ concurrent, queue });
    const stage = concurrencyStage(() => places, 'a', 'server "s"');
    return { places, ...guardedPair([stage]) };
  }

  test('a call is let in when another one has its answer', async () => {
    const { fromClient, fromServer, atServer, places, settled } = world(1);
    await fromClient(call(1), call(2), call(3));
    expect(idsIn(atServer)).toEqual([1]);
    await fromServer('{"jsonrpc":"2.0","id":1,"result":{}}');
    await settled();
    expect(idsIn(atServer)).toEqual([1, 2]);
    expect([places.running, places.waiting]).toEqual([1, 1]);
  });

  test('a call that is cancelled while it waits, while it runs, and once it is answered gives back one place each', async () => {
    const { fromClient, fromServer, atServer, places, settled } = world(1);
    const cancel = (requestId: number) => ({ method: 'notifications/cancelled', params: { requestId } });
    await fromClient(call(1), call(2), call(3));
    await fromClient(cancel(2));
    await settled();
    expect([places.running, places.waiting]).toEqual([1, 1]);
    await fromClient(cancel(1));
    await settled();
    expect(idsIn(atServer)).toEqual([1, undefined, 3]);
    await fromServer('{"jsonrpc":"2.0","id":3,"result":{}}');
    await fromClient(cancel(3));
    await settled();
    expect([places.running, places.waiting]).toEqual([0, 0]);
  });

  test('a call that is cancelled in the moment in which it gets its place gives it back', async () => {
    const { fromClient, fromServer, places, settled } = world(1);
    await fromClient(call(1), call(2), call(3));
    const answered = fromServer('{"jsonrpc":"2.0","id":1,"result":{}}');
    const cancelled = fromClient({ method: 'notifications/cancelled', params: { requestId: 2 } });
    await Promise.all([answered, cancelled]);
    await settled();
    expect(places.running).toBe(1);
    expect(places.waiting).toBe(0);
  });

  test('a client that leaves takes its calls with it', async () => {
    const { fromClient, client: far, places, settled } = world(1);
    await fromClient(call(1), call(2), call(3));
    await far.close();
    await settled();
    expect([places.running, places.waiting]).toEqual([0, 0]);
  });
});

describe('time limits', () => {
  function world(limits: Parameters<typeof timeLimit>[0], more: readonly Stage[] = []) {
    const clock = new ManualClock();
    return { clock, ...guardedPair([...more, timeLimit(limits, 's', clock)!]) };
  }
  const progress = (progressToken: string) =>
    `{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"${progressToken}","progress":1}}`;

  test('a call without an answer is given up in time, and the server hears that it is cancelled', async () => {
    const { clock, fromClient, atServer, atClient } = world({ timeoutMs: 1_000 });
    await fromClient(call(1));
    await clock.advance(999);
    expect(atClient).toEqual([]);
    await clock.advance(1);
    expect(codesIn(atClient)).toEqual([ErrorCode.callTimeout]);
    expect(atServer[1]).toContain('notifications/cancelled');
  });

  test('an answer in time leaves no timer', async () => {
    const { clock, fromClient, fromServer, atClient } = world({ timeoutMs: 1_000 });
    await fromClient(call(1));
    await fromServer('{"jsonrpc":"2.0","id":1,"result":{}}');
    expect(clock.pending).toBe(0);
    await clock.advance(5_000);
    expect(atClient).toHaveLength(1);
  });

  test('progress starts the time anew, up to ten times as long', async () => {
    const { clock, fromClient, fromServer, atClient } = world({ timeoutMs: 1_000 });
    await fromClient(call(1, 'echo', 'p'));
    for (let i = 0; i < 11; i++) {
      await clock.advance(900);
      await fromServer(progress('p'));
    }
    expect(codesIn(atClient.filter((frame) => frame.includes('"id"')))).toEqual([]);
    await clock.advance(100);
    const [error] = atClient.filter((frame) => frame.includes('"id"'));
    expect(JSON.parse(error!).error.message).toContain('within 10 s, progress included');
  });

  test('progress of another call is none of this one', async () => {
    const { clock, fromClient, fromServer, atClient } = world({ timeoutMs: 1_000 });
    await fromClient(call(1, 'echo', 'p'), call(2, 'echo', 'q'));
    await clock.advance(900);
    await fromServer(progress('q'));
    await clock.advance(100);
    expect(idsIn(atClient.filter((frame) => frame.includes('"id"')))).toEqual([1]);
  });

  test('a tool has the time of the first glob that names it; others have that of the server, and lists have any', async () => {
    const limits = {
      timeoutMs: 100,
      tools: [
        { glob: 'slow_*', timeoutMs: 1_000 },
        { glob: '*_all', timeoutMs: 5 },
      ],
    };
    const { clock, fromClient, atClient } = world(limits);
    await fromClient(call(1, 'slow_all'), call(2, 'quick'), { id: 3, method: 'tools/list' });
    await clock.advance(100);
    expect(idsIn(atClient)).toEqual([2]);
    await clock.advance(900);
    expect(idsIn(atClient)).toEqual([2, 1]);
    await clock.advance(100_000);
    expect(idsIn(atClient)).toEqual([2, 1]);
  });
});

describe('breaker', () => {
  const lost = (id: number, code: number = ErrorCode.serverExited) =>
    `{"jsonrpc":"2.0","id":${id},"error":{"code":${code},"message":"x"}}`;

  function world(limits?: Parameters<typeof timeLimit>[0]) {
    const clock = new ManualClock();
    const breaker = new Breaker({ failures: 2, pauseMs: 1_000 });
    const stages = [breakerStage(() => breaker, 's', clock), ...[timeLimit(limits, 's', clock) ?? []].flat()];
    return { clock, breaker, ...guardedPair(stages) };
  }

  test('errors that say that the server does not work open it; then one call tries', async () => {
    const { clock, breaker, fromClient, fromServer, atServer, atClient } = world();
    for (const id of [1, 2]) {
      await fromClient(call(id));
      await fromServer(lost(id));
    }
    expect(breaker.state).toBe('open');
    await fromClient(call(3));
    expect(JSON.parse(atClient.at(-1)!).error).toMatchObject({
      ...{ code: ErrorCode.serverFailing, data: { retryAfterMs: 1_000 } },
    });
    await clock.advance(1_000);
    await fromClient(call(4), call(5));
    expect(idsIn(atServer)).toEqual([1, 2, 4]);
    await fromServer('{"jsonrpc":"2.0","id":4,"result":{}}');
    expect(breaker.state).toBe('closed');
  });

  test('errors of the server, results that say isError, and cancellations do not', async () => {
    const { breaker, fromClient, fromServer } = world();
    for (let id = 1; id < 9; id += 3) {
      await fromClient(call(id), call(id + 1), call(id + 2));
      await fromServer(
        lost(id, -32602),
        `{"jsonrpc":"2.0","id":${id + 1},"result":{"isError":true,"content":[]}}`,
      );
      await fromClient({ method: 'notifications/cancelled', params: { requestId: id + 2 } });
    }
    expect([breaker.state, breaker.failures]).toEqual(['closed', 0]);
  });

  test('calls that take too long do', async () => {
    const { clock, breaker, fromClient } = world({ timeoutMs: 10 });
    await fromClient(call(1), call(2));
    await clock.advance(10);
    expect(breaker.state).toBe('open');
  });

  test('a call that waits for a person or a place keeps no other out, and is refused when the server fails meanwhile', async () => {
    const clock = new ManualClock();
    const breaker = new Breaker({ failures: 2, pauseMs: 1_000 });
    const waits = new Map<unknown, () => void>();
    const person: Stage = {
      request: ({ tool, rawId }) =>
        tool === 'erase' ? new Promise((go) => waits.set(rawId, () => go(undefined))) : undefined,
    };
    const stages = [breakerLook(() => breaker, 's', clock), person, breakerStage(() => breaker, 's', clock)];
    const { fromClient, fromServer, atServer, atClient, settled } = guardedPair(stages);
    for (const id of [1, 2]) {
      await fromClient(call(id));
      await fromServer(lost(id));
    }
    await fromClient(call(3, 'erase'));
    expect([codesIn(atClient).at(-1), waits.size]).toEqual([ErrorCode.serverFailing, 0]);
    await clock.advance(1_000);
    await fromClient(call(4, 'erase'));
    expect([waits.size, breaker.state]).toEqual([1, 'open']);
    await fromClient(call(5));
    expect(idsIn(atServer)).toEqual([1, 2, 5]);
    await fromServer(lost(5));
    for (const go of waits.values()) go();
    await settled();
    expect(idsIn(atServer)).toEqual([1, 2, 5]);
    expect(codesIn(atClient).at(-1)).toBe(ErrorCode.serverFailing);
  });

  test('a probe that the client cancels leaves the next call to try', async () => {
    const { clock, breaker, fromClient, fromServer, atServer } = world();
    for (const id of [1, 2]) {
      await fromClient(call(id));
      await fromServer(lost(id));
    }
    await clock.advance(1_000);
    await fromClient(call(3));
    await fromClient({ method: 'notifications/cancelled', params: { requestId: 3 } });
    await fromClient(call(4));
    expect(idsIn(atServer)).toEqual([1, 2, 3, undefined, 4]);
    expect(breaker.state).toBe('half-open');
  });
});
