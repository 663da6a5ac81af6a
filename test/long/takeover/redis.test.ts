import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { HAS_REDIS, redisServer } from '../../helpers/redis-server.js';
import { flows, nothingIsLost, takeoverWorld } from '../../helpers/takeover-world.js';

/** A Redis that has had its data for long: a new one gives nothing for a time to live. */
async function knownRedis() {
  const redis = await redisServer();
  const commands = new Redis(redis.port, '127.0.0.1');
  const run = /run_id:(\w+)/.exec(await commands.info('server'))![1]!;
  const now = Date.now();
  await commands.hset('mcp-pipe:past', { clock: now, now, began: now - 3_600_000, ttl: 45_000, run });
  commands.disconnect();
  return redis;
}

describe.runIf(HAS_REDIS)('a takeover with a Redis that machines share', () => {
  it('leaves no token free for the process that has given it', async () => {
    const redis = await knownRedis();
    // The process before is the first choice for half of them.
    const tokens = ['a', 'b', 'c', 'd', 'e', 'f'];
    const world = await takeoverWorld(Object.fromEntries(tokens.map((name) => [name, {}])), {
      more: { redis: redis.url },
    });
    const old = world.copy();
    await flows(world, tokens);
    const next = world.copy('--take-over');
    await next.event('takeover-done', 120_000);
    expect(await old.exited).toBe(0);
    await flows(world, tokens);
    await world.endpoint.quiet();
    nothingIsLost(world, 2);
    expect(next.log.filter(({ event }) => event === 'lease-waiting')).toEqual([]);
  }, 240_000);
});
