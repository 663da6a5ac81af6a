import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { RedisPlan } from '../config/redis-section.js';
import type { SharedSlots } from '../leases/lease.js';
import { LocalFirstSlots } from '../leases/local-first-slots.js';
import { RedisStore } from '../leases/redis-store.js';
import { TimedSlots } from '../leases/timed-slots.js';
import { openRedis, type RedisLink } from '../redis/redis.js';
import { type Clock, systemClock } from '../time/clock.js';
import { sleepCountingClock } from '../time/sleep-clock.js';
import { WatchedRedis } from './watched-redis.js';

/** An answer that takes longer has failed: a renewal is tried again often before its time is over. In ms. */
const ANSWERED_WITHIN_MS = 2_000;

/** What a run has of the Redis that machines share: one connection, for all that use it. */
// D324
export class RunRedis {
  /** For leases and all else. */
  readonly link: RedisLink;
  /** Says whether it answers. */
  readonly watched: WatchedRedis;
  /** What other machines call this one. */
  readonly machine: string;
  readonly ttlMs: number;

  constructor({ ttlMs, machine = hostname(), ...plan }: RedisPlan, clock: Clock = systemClock) {
    this.watched = new WatchedRedis({
      link: openRedis({ ...plan, answeredWithinMs: Math.min(ANSWERED_WITHIN_MS, ttlMs / 5) }),
      clock,
    });
    this.link = this.watched;
    this.machine = machine;
    this.ttlMs = ttlMs;
  }

  /** Slots of all machines, and with each one of this machine. */
  slots(here: SharedSlots): SharedSlots {
    const { link, ttlMs, machine } = this;
    const store = new TimedSlots({
      store: new RedisStore(link, ttlMs),
      // Two processes may have one name and number: in containers, or one after the other.
      process: `${machine} ${process.pid} ${randomBytes(6).toString('hex')}`,
      ...{ machine, pid: process.pid, ttlMs },
      clock: sleepCountingClock(),
      random: Math.random,
    });
    return new LocalFirstSlots({ here, store });
  }

  close(): Promise<void> {
    return this.watched.close();
  }
}
