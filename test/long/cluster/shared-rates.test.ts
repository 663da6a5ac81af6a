import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { MOST_ASKED } from '../../../src/policy/limit-defaults.js';
import type { Exceeded } from '../../../src/policy/rate-limiter.js';
import { SharedCounts } from '../../../src/policy/shared-counts.js';
import { BoundedLink } from '../../../src/redis/bounded-link.js';
import { openRedis } from '../../../src/redis/redis.js';
import { idleClock } from '../../../src/time/clock.js';
import { eventually } from '../../helpers/eventually.js';
import { HAS_REDIS, redisServer } from '../../helpers/redis-server.js';

const WITHIN_MS = 250;
const rate = { calls: 10, perMs: 60_000 };

describe.runIf(HAS_REDIS)('rates of several machines over one Redis', () => {
  let redis: Awaited<ReturnType<typeof redisServer>>;

  beforeEach(async () => {
    redis = await redisServer();
  });

  /** One machine, with a connection of its own. */
  function machine() {
    const link = openRedis({ url: redis.url, answeredWithinMs: 4_000 });
    let asked = 0;
    const counting: typeof link = {
      ...{ shown: link.shown, close: () => link.close() },
      run: (...question) => {
        asked += 1;
        return link.run(...question);
      },
    };
    // This machine may be busy: late answers have a test of their own.
    const bounded = new BoundedLink({ link: counting, clock: idleClock, withinMs: 3_000, tryAgainMs: 100 });
    const counts = new SharedCounts(bounded, () => performance.now());
    onTestFinished(async () => {
      bounded.close();
      await link.close();
    });
    const take = async (...names: string[]) => counts.takeAll(names.map((name) => ({ name, rate })));
    const within = async (calls: number, ...names: string[]) => {
      const all = await Promise.all(Array.from({ length: calls }, () => take(...names)));
      return all.filter((one) => one === undefined).length;
    };
    return { bounded, counts, take, within, asked: () => asked };
  }

  it('ten calls a minute are ten of all machines together, and the others are told when to come again', async () => {
    const [a, b] = [machine(), machine()];
    const [ofA, ofB] = await Promise.all([a.within(20, 'key an'), b.within(20, 'key an')]);
    expect(ofA + ofB).toBe(10);
    for (const { take } of [a, b]) {
      const { at, quota } = (await take('key an')) as Exceeded;
      expect([at, quota.isWithin, quota.remaining]).toEqual([0, false, 0]);
      expect(quota.resetMs).toBeGreaterThan(30_000);
      expect(quota.resetMs).toBeLessThanOrEqual(60_000);
    }
    expect(await b.within(20, 'key binh')).toBe(10);
  });

  it('a name that has nothing left is known on each machine that has asked, and a call that it refuses costs the later names nothing', async () => {
    const [a, b] = [machine(), machine()];
    await a.within(10, 'key an');
    expect(await b.take('key an', 'server s')).toMatchObject({ at: 0 });
    expect(b.counts.look('key an', rate)).toMatchObject({ isWithin: false, remaining: 0 });
    const { asked } = b;
    const before = asked();
    expect(await b.within(500, 'key an')).toBe(0);
    expect(asked()).toBe(before);
    expect(await a.within(20, 'server s')).toBe(10);
    expect(await b.take('key cuong', 'server s')).toMatchObject({ at: 1 });
  });

  it('a thousand calls at once are counted, and neither wait all for Redis nor pass twice', async () => {
    const [a, b] = [machine(), machine()];
    const wide = { calls: 1_000, perMs: 60_000 };
    await a.take('probe');
    const all = Array.from({ length: 1_200 }, () => a.counts.takeAll([{ name: 'key an', rate: wide }]));
    expect(all.filter((one) => one instanceof Promise)).toHaveLength(MOST_ASKED);
    expect((await Promise.all(all)).filter((one) => one === undefined)).toHaveLength(1_000);
    await eventually(() => a.counts.look('key an', wide).remaining === 0, { what: 'counted in Redis' });
    expect(await b.counts.takeAll([{ name: 'key an', rate: wide }])).toMatchObject({ at: 0 });
    expect(await b.within(300, 'key binh')).toBe(10);
  });

  it('a window ends for all machines, and the next one is shared as well', async () => {
    const [a, b] = [machine(), machine()];
    const short = { calls: 3, perMs: 1_500 };
    const take = (one: typeof a) => one.counts.takeAll([{ name: 'key an', rate: short }]);
    for (let i = 0; i < 3; i++) expect(await take(a)).toBeUndefined();
    const refused = (await take(b)) as Exceeded;
    expect(refused.quota.resetMs).toBeLessThanOrEqual(1_500);
    await eventually(async () => (await take(b)) === undefined, { what: 'the next window' });
    expect(b.counts.look('key an', short).remaining).toBe(2);
  });

  it('while Redis is killed each machine counts alone from where they were, and an empty restart gives no calls back', async () => {
    const [a, b] = [machine(), machine()];
    expect(await a.within(4, 'key an')).toBe(4);
    expect(await b.within(3, 'key an')).toBe(3);
    await redis.kill();
    await eventually(() => a.take('probe').then(() => a.bounded.isAway), { what: 'a that knows it' });
    await eventually(() => b.take('probe').then(() => b.bounded.isAway), { what: 'b that knows it' });
    // Seven were made, four of them known to a.
    expect(await b.within(2, 'key an')).toBe(2);
    await redis.start();
    await eventually(() => !a.bounded.isAway && !b.bounded.isAway, { what: 'Redis is back' });
    // b knows nine of ten.
    expect(await b.within(5, 'key an')).toBe(1);
    expect(await a.within(5, 'key an')).toBe(0);
  });

  it('a Redis that is full is away until it has room, and is not told to be back before', async () => {
    const a = machine();
    expect(await a.within(3, 'an')).toBe(3);
    const heard: (string | undefined)[] = [];
    a.bounded.onChange((away) => heard.push(away?.reason));
    await redis.say('CONFIG', 'SET', 'maxmemory', '1');
    const asked = a.asked();
    expect(await a.within(3, 'an')).toBe(3);
    // It was tried several times.
    await eventually(() => a.asked() > asked + 8, { what: 'tries', everyMs: 50 });
    expect(heard).toEqual([expect.stringContaining('OOM')]);
    await redis.say('CONFIG', 'SET', 'maxmemory', '0');
    await eventually(() => !a.bounded.isAway, { what: 'shared again' });
    expect(await a.within(10, 'an')).toBe(4);
  });

  it('what another program has put at the key of a name costs no other name its count', async () => {
    const [a, b] = [machine(), machine()];
    expect(await a.within(1, 'an')).toBe(1);
    const [key] = (await redis.say('KEYS', 'mcp-pipe:rate:*')).match(/mcp-pipe:\S+/)!;
    await redis.say('DEL', key);
    await redis.say('RPUSH', key, 'x');
    expect(await b.within(12, 'an', 'binh')).toBe(10);
    expect([a.bounded.isAway, b.bounded.isAway]).toEqual([false, false]);
    expect(await redis.say('TYPE', key)).toBe('+string\r\n');
  });

  it('no call waits for a Redis that is stopped: it is counted here', async () => {
    const link = openRedis({ url: redis.url, answeredWithinMs: 4_000 });
    const bounded = new BoundedLink({ link, clock: idleClock, withinMs: WITHIN_MS });
    const counts = new SharedCounts(bounded, () => performance.now());
    onTestFinished(async () => {
      bounded.close();
      await link.close();
    });
    const heard: (string | undefined)[] = [];
    bounded.onChange((away) => heard.push(away?.reason));
    const take = async () => {
      const began = performance.now();
      const exceeded = await counts.takeAll([{ name: 'key an', rate }]);
      return { isWithin: exceeded === undefined, ms: performance.now() - began };
    };
    await eventually(() => take().then(() => !bounded.isAway && counts.look('key an', rate).remaining < 10), {
      what: 'a connection',
    });
    heard.length = 0;
    redis.stop();
    const many = await Promise.all(Array.from({ length: 30 }, take));
    // Together and not one after the other; far below the 4 s after which the connection itself gives up.
    expect(Math.max(...many.map(({ ms }) => ms))).toBeLessThan(3_500);
    expect(many.filter(({ isWithin }) => isWithin).length).toBeLessThan(10);
    // From now on at once.
    expect(counts.takeAll([{ name: 'key an', rate }])).not.toBeInstanceOf(Promise);
    expect(heard).toEqual([`no answer within ${WITHIN_MS} ms`]);
    redis.goOn();
    await eventually(() => !bounded.isAway, { what: 'Redis is back' });
    expect(heard.at(-1)).toBeUndefined();
  });
});
