import { randomBytes } from 'node:crypto';
import type { RedisPlan } from '../config/redis-section.js';
import { tokenClaim } from '../leases/claims.js';
import type { Claim, Lease, RefusedSlots, SharedSlots } from '../leases/lease.js';
import { LeasesInRedis } from '../leases/leases-in-redis.js';
import { LocalFirstSlots } from '../leases/local-first-slots.js';
import { STORE } from '../leases/store-defaults.js';
import { readLeases } from '../leases/stored-leases.js';
import { TimedSlots } from '../leases/timed-slots.js';
import type { Endpoint } from '../protocol/endpoint.js';
import { openRedis, type RedisLink } from '../redis/redis.js';
import { type Clock, systemClock } from '../time/clock.js';
import { sleepCountingClock } from '../time/sleep-clock.js';
import { machineNameOf } from './machine-name.js';
import { WatchedRedis } from './watched-redis.js';

/** An answer that takes longer has failed: a renewal is tried again often before its time is over. In ms. */
const ANSWERED_WITHIN_MS = 2_000;

/** Whether the Redis that machines share answers. Times are ms since 1970. */
export interface RedisReport {
  /** Without secrets. */
  url: string;
  /** What other machines call this one. */
  machine: string;
  /** `unknown`: it has not answered yet. */
  state: 'unknown' | 'up' | 'down';
  /** Since when it is in this state. */
  since?: number;
  /** Why it is down. */
  reason?: string;
}

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
  /** What ends what the stores know of this process. */
  readonly #leave: (() => Promise<void>)[] = [];

  constructor({ ttlMs, machine, ...plan }: RedisPlan, clock: Clock = systemClock) {
    this.watched = new WatchedRedis({
      link: openRedis({ ...plan, answeredWithinMs: Math.min(ANSWERED_WITHIN_MS, ttlMs / 5) }),
      clock,
    });
    this.link = this.watched;
    this.machine = machineNameOf({ machine });
    this.ttlMs = ttlMs;
  }

  /** What `health` says of it. */
  get facts(): RedisReport {
    const { is: state, ...rest } = this.watched.state;
    return { url: this.watched.shown, machine: this.machine, state, ...rest };
  }

  /** Slots of all machines, and with each one of this machine. */
  slots(here: SharedSlots): SharedSlots {
    return new LocalFirstSlots({ here, store: this.#timedSlots() });
  }

  /** Who has leases of these claims now, on all machines. @throws Error when Redis does not answer, or refuses to */
  leasesOf(claims: readonly Claim[]): ReturnType<typeof readLeases> {
    return readLeases(this.link, claims, this.ttlMs);
  }

  /**
   * Takes a whole token, so that no other machine dials it in the meantime. Waits while another machine is to have it first.
   *
   * @param most How many connections other machines may think that it allows.
   */
  async takeToken(
    endpoint: Endpoint,
    most: number,
    who: string,
  ): Promise<{ release: () => Promise<void> } | RefusedSlots> {
    const taken: Lease[] = [];
    const release = async () => void (await Promise.all(taken.map((lease) => lease.release())));
    const slots = this.#timedSlots();
    const until = systemClock.now() + this.ttlMs;
    while (taken.length < most) {
      // The first one only if there is no other.
      const claim = tokenClaim(endpoint, taken.length === 0 ? 1 : most);
      const lease = await slots.takeAll([claim], `${who} ${taken.length + 1}`);
      if (!('refused' in lease)) taken.push(lease);
      else if (lease.holder || lease.obstacle || systemClock.now() > until) {
        await release();
        return lease;
      } else await systemClock.sleep(this.ttlMs / STORE.looks);
    }
    return { release };
  }

  /** Call it when all leases are released: machines that wait take them at once. */
  async close(): Promise<void> {
    // Where Redis does not answer, others wait for a part of the time to live.
    await Promise.allSettled(this.#leave.map((leave) => leave()));
    await this.watched.close();
  }

  #timedSlots(): TimedSlots {
    const { link, watched, ttlMs, machine } = this;
    const store = new LeasesInRedis(link, ttlMs);
    // Two processes may have one name and number: in containers, or one after the other.
    const own = `${machine} ${process.pid} ${randomBytes(6).toString('hex')}`;
    this.#leave.push(() => store.leave({ process: own }));
    return new TimedSlots({
      ...{ store, process: own, machine, pid: process.pid, ttlMs },
      clock: sleepCountingClock(),
      random: Math.random,
      // Redis may answer what is of no use: that it drops keys.
      onStore: (failure) => watched.note('leases', failure),
    });
  }
}
