/** A candidate: the links of a configuration, with leases in Redis. Arguments: the configuration, Redis' port, the TTL in ms. */

import { hostname } from 'node:os';
import { loadConfig } from '../../src/config/load.js';
import { makePlan } from '../../src/config/plan.js';
import { Daemon } from '../../src/daemon/daemon.js';
import { LeaseQueue } from '../../src/leases/queue.js';
import { RedisStore } from '../../src/leases/redis-store.js';
import { STORE } from '../../src/leases/store-defaults.js';
import { TimedSlots } from '../../src/leases/timed-slots.js';
import { openRedis } from '../../src/redis/redis.js';
import { systemClock } from '../../src/time/clock.js';

const [file, port, ttl] = process.argv.slice(2) as [string, string, string];
const ttlMs = Number(ttl);
const name = `${hostname()}-${process.pid}-${Math.random()}`;
const shared = new TimedSlots({
  store: new RedisStore(
    openRedis({ url: `redis://127.0.0.1:${port}`, answeredWithinMs: ttlMs / STORE.looks }),
    ttlMs,
  ),
  ...{ process: name, machine: name, pid: process.pid, clock: systemClock, random: Math.random, ttlMs },
});
const config = await loadConfig({ file, env: process.env, cwd: process.cwd() });
const daemon = new Daemon(makePlan(config, { cwd: process.cwd() }), {
  leases: new LeaseQueue({ shared }),
  onStatus: (status) => console.log(new Date().toISOString(), JSON.stringify(status)),
});
daemon.start();
process.once('SIGTERM', () => void daemon.stop().then(() => process.exit(0)));
