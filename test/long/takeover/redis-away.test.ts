import { expect, it } from 'vitest';
import { eventually } from '../../helpers/eventually.js';
import { HAS_REDIS, redisServer } from '../../helpers/redis-server.js';
import { flows, nothingIsLost, takeoverWorld } from '../../helpers/takeover-world.js';

it.runIf(HAS_REDIS)(
  'a lease is not handed over while Redis gives none, and is when it does',
  async () => {
    const redis = await redisServer();
    const world = await takeoverWorld({ a: {}, b: {} }, { more: { redis: { url: redis.url, ttl: '30s' } } });
    const old = world.copy();
    await flows(world, ['a', 'b']);
    redis.stop();
    const early = world.copy('--take-over');
    expect(await early.exited).toBe(1);
    expect(early.stderr).toContain('TAKE_OVER_FAILED');
    expect(early.stderr).toContain(`${redis.url}/0, which has the leases, does not answer here`);
    redis.goOn();
    await eventually(() => old.log.some(({ event }) => event === 'redis-recovered'), {
      what: 'Redis is back',
    });
    for (const token of ['a', 'b']) expect(world.endpoint.of(token)).toMatchObject({ dials: 1, cut: [] });
    const next = world.copy('--take-over');
    await next.event('takeover-done');
    expect(await old.exited).toBe(0);
    await flows(world, ['a', 'b']);
    await world.endpoint.quiet();
    nothingIsLost(world, 2);
  },
  200_000,
);
