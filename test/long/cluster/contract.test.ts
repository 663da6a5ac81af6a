import { afterAll, beforeAll, describe } from 'vitest';
import { LeasesInRedis } from '../../../src/leases/leases-in-redis.js';
import { LeaseQueue } from '../../../src/leases/queue.js';
import { TimedSlots } from '../../../src/leases/timed-slots.js';
import { openRedis, type RedisLink } from '../../../src/redis/redis.js';
import { systemClock } from '../../../src/time/clock.js';
import { eventually } from '../../helpers/eventually.js';
import { HAS_REDIS, redisServer } from '../../helpers/redis-server.js';
import { leasesContract, token } from '../../unit/leases/leases.contract.js';

const TTL_MS = 3_000;

describe.runIf(HAS_REDIS)('leases in Redis', () => {
  // One for all tests: a new one gives nothing for a time to live.
  let link: RedisLink;
  const ends: (() => Promise<void>)[] = [];
  const { pid } = process;
  const slots = () =>
    new TimedSlots({
      store: new LeasesInRedis(link, TTL_MS),
      ...{ process: `here ${pid}`, machine: 'here', pid, ttlMs: TTL_MS },
      ...{ clock: systemClock, random: Math.random },
    });

  beforeAll(async () => {
    const { url } = await redisServer({}, (end) => ends.push(end));
    link = openRedis({ url, answeredWithinMs: 2_000 });
    const taken = async () => {
      const lease = await slots().takeAll([token(1, 'ee'.repeat(32))], 'first');
      return 'refused' in lease ? undefined : lease;
    };
    await (await eventually(taken, { what: 'a first lease' })).release();
  });
  afterAll(async () => {
    await link?.close();
    for (const end of ends) await end();
  });

  leasesContract(() => new LeaseQueue({ shared: slots() }));
});
