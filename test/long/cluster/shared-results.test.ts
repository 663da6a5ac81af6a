import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { ResultsInRedis } from '../../../src/policy/cache/results-in-redis.js';
import { BoundedLink } from '../../../src/redis/bounded-link.js';
import { openRedis } from '../../../src/redis/redis.js';
import { idleClock } from '../../../src/time/clock.js';
import { eventually } from '../../helpers/eventually.js';
import { startGateway } from '../../helpers/gateway.js';
import { RawHttpSession } from '../../helpers/raw-http-session.js';
import { HAS_REDIS, redisServer } from '../../helpers/redis-server.js';

const CITY = { city: 'Huế' };

describe.runIf(HAS_REDIS)('results that several machines keep in one Redis', () => {
  let redis: Awaited<ReturnType<typeof redisServer>>;

  beforeEach(async () => {
    redis = await redisServer();
  });

  function linked(withinMs = 3_000) {
    const link = openRedis({ url: redis.url, answeredWithinMs: 4_000 });
    const bounded = new BoundedLink({ link, clock: idleClock, withinMs, tryAgainMs: 50 });
    onTestFinished(async () => {
      bounded.close();
      await link.close();
    });
    return { bounded, link };
  }

  /** A machine with a gateway and a process of the server. */
  async function machine(withinMs?: number, args: readonly string[] = []) {
    const { bounded } = linked(withinMs);
    const cache = {
      ttlMs: 60_000,
      tools: ['get_*'],
      shared: false,
      maxBytes: 2 ** 20,
      store: 'redis',
    } as const;
    const world = await startGateway({
      servers: { wx: { fixture: 'annotated.mjs', args, options: { cache } } },
      gateway: { keys: { an: 'the-key-of-an-0123', binh: 'the-key-of-binh-0123' } },
      app: { redis: bounded },
    });
    const open = async (key: 'an' | 'binh' = 'an') => {
      const session = new RawHttpSession(world.url('wx'), {
        headers: { authorization: `Bearer the-key-of-${key}-0123` },
      });
      await session.open();
      return session;
    };
    return { open, bounded, states: () => world.app.daemon.policy.caches.states };
  }

  const received = async (session: RawHttpSession) => JSON.parse(await session.text('received')) as string[];

  it('answer on one machine what was asked on another, of the same key and the same server only', async () => {
    const [a, b, different] = await Promise.all([machine(), machine(), machine(undefined, ['--other'])]);
    const [ofA, ofB, binh, elsewhere] = await Promise.all([
      ...[a.open(), b.open(), b.open('binh'), different.open()],
    ]);
    await ofA!.text('get_wx', CITY);
    // It is written behind the answer.
    await eventually(async () => {
      await ofB!.text('get_wx', CITY);
      return b.states()[0]!.hits > 0;
    });
    const before = (await received(ofB!)).length;
    expect(await ofB!.text('get_wx', CITY)).toBe('get_wx');
    expect(await received(ofB!)).toHaveLength(before);
    await binh!.text('get_wx', CITY);
    expect(await received(ofB!)).toHaveLength(before + 1);
    await elsewhere!.text('get_wx', CITY);
    expect(await received(elsewhere!)).toEqual(['get_wx']);
    // What one machine changes, no machine answers from before.
    await ofA!.text('delete_wx');
    await ofB!.text('get_wx', CITY);
    expect(await received(ofB!)).toHaveLength(before + 2);
  });

  it('have no keys, names or arguments in Redis, and end by themselves', async () => {
    const a = await machine();
    const an = await a.open();
    await an.text('get_wx', CITY);
    const { link } = linked();
    const list = { name: 'testKeys', lua: "return redis.call('KEYS', '*')" };
    const names = await eventually(async () => {
      const all = (await link.run(list, [], [])) as string[];
      const own = all.filter((name) => name.startsWith('mcp-pipe:cache:'));
      return own.length >= 2 && own;
    });
    for (const name of names) {
      expect(name).toMatch(/^mcp-pipe:cache:\{[0-9a-f]{32}\}(:[0-9a-f]{64})?$/);
      const ttl = await link.run({ name: 'testTtl', lua: "return redis.call('PTTL', KEYS[1])" }, [name], []);
      expect(ttl).toBeGreaterThan(0);
    }
  });

  it('are not there while Redis is away: calls go to the server, none fails, none waits long', async () => {
    const a = await machine(500);
    const an = await a.open();
    await an.text('get_wx', CITY);
    await redis.kill();
    await eventually(async () => {
      await an.text('get_wx', CITY);
      return a.bounded.isAway;
    });
    const before = (await received(an)).length;
    for (let n = 0; n < 20; n++) expect(await an.text('get_wx', CITY)).toBe('get_wx');
    expect(await received(an)).toHaveLength(before + 20);
    await redis.start();
    await eventually(async () => {
      const hits = a.states()[0]!.hits;
      await an.text('get_wx', CITY);
      return a.states()[0]!.hits > hits;
    });
  });

  it('that were to be forgotten while Redis was away are not used when it is back', async () => {
    const { bounded } = linked(300);
    const store = new ResultsInRedis('space', bounded);
    const get = async () => await store.get(['k']);
    const { version } = (await eventually(get))!;
    store.put('k', version, Buffer.from('{"n":"cũ"}'), 60_000);
    await eventually(async () => (await get())?.kept?.result.toString() === '{"n":"cũ"}');
    // It answers nothing, and forgets nothing.
    redis.stop();
    store.forget();
    await eventually(() => bounded.isAway === true);
    expect(await get()).toBeUndefined();
    redis.goOn();
    await eventually(() => bounded.isAway === false);
    const looked = await eventually(get);
    expect(looked!.kept).toBeUndefined();
    // An answer to a question from before is not kept either.
    store.put('k', version, Buffer.from('{"n":"late"}'), 60_000);
    expect((await get())!.kept).toBeUndefined();
  });

  it('are not those of before when Redis has lost its version', async () => {
    const { bounded, link } = linked();
    const store = new ResultsInRedis('space', bounded);
    const { version } = (await store.get(['k']))!;
    store.put('k', version, Buffer.from('{}'), 60_000);
    await eventually(async () => (await store.get(['k']))!.kept !== undefined);
    await link.run(
      { name: 'testDel', lua: "return redis.call('DEL', KEYS[1])" },
      ['mcp-pipe:cache:{space}'],
      [],
    );
    const after = (await store.get(['k']))!;
    expect(after.kept).toBeUndefined();
    expect(after.version).not.toBe(version);
  });

  it('that are no text or too long are not kept', async () => {
    const { bounded } = linked();
    const store = new ResultsInRedis('space', bounded);
    const { version } = (await store.get(['k']))!;
    store.put('k', version, Buffer.from([0x22, 0xff, 0x22]), 60_000);
    store.put('l', version, Buffer.alloc(300 * 1024, 'x'), 60_000);
    store.put('m', version, Buffer.from('{}'), 60_000);
    await eventually(async () => (await store.get(['m']))!.kept !== undefined);
    expect((await store.get(['k', 'l']))!.kept).toBeUndefined();
  });
});
