import { setTimeout as pause } from 'node:timers/promises';
import { Wire } from './wire.js';
import type { World, WorldOptions } from './world.js';

export interface Case {
  name: string;
  /** For the table. */
  what: string;
  options?: Partial<Pick<WorldOptions, 'ttlMs' | 'pings' | 'clocks'>>;
  /** One fault. Resolves when it is over. */
  fault: (world: World) => Promise<void>;
}

const between = (least: number, most: number) => least + Math.random() * (most - least);
const anyOf = <T>(all: readonly T[]): T => all[Math.floor(Math.random() * all.length)]!;
/** So many different processes that live. */
const some = (world: World, many: number) =>
  world.living
    .map((i) => ({ i, order: Math.random() }))
    .sort((a, b) => a.order - b.order)
    .slice(0, many)
    .map(({ i }) => i);

/** So short that nobody loses a lease, or longer. */
const away = (world: World) => anyOf([between(0, 500), between(0, 2 * world.options.ttlMs)]);
/** A Redis that is another one gives nothing new for a TTL: the next fault comes when it has. */
const afterNew = (world: World) => pause(1.5 * world.options.ttlMs);

const SECONDS = [1, 10, 60, 3600, 86_400, 400 * 86_400];

export const CASES: readonly Case[] = [
  {
    name: 'sigkill',
    what: 'one or two processes SIGKILLed, started again later',
    fault: async (world) => {
      for (const i of some(world, anyOf([1, 2]))) {
        await world.killProcess(i);
        setTimeout(() => world.startProcess(i), between(0, world.options.ttlMs));
      }
      await pause(1.2 * world.options.ttlMs);
    },
  },
  {
    name: 'sigstop',
    what: 'one or two processes SIGSTOPped for 1.2 to 2.5 TTL; the endpoint pings',
    fault: stopped,
  },
  {
    name: 'sigstop-no-pings',
    what: 'the same, and the endpoint never pings',
    options: { pings: false },
    fault: stopped,
  },
  {
    name: 'process-clock',
    what: 'the clocks of one to three processes jump by up to 400 days, both ways',
    options: { clocks: true },
    fault: async (world) => {
      for (const i of some(world, anyOf([1, 2, 3])))
        world.jump(`process-${i}`, anyOf([-1, 1]) * anyOf(SECONDS));
    },
  },
  {
    name: 'redis-clock',
    what: "Redis' clock jumps by up to 400 days, both ways",
    options: { clocks: true },
    fault: async (world) => world.jump('redis-0', anyOf([-1, 1]) * anyOf(SECONDS)),
  },
  {
    name: 'redis-sigkill',
    what: 'Redis SIGKILLed, started again with its file after up to 2 TTL',
    fault: async (world) => {
      await world.without(async () => {
        await world.redis.kill();
        await pause(away(world));
        await world.redis.start();
      });
      await afterNew(world);
    },
  },
  {
    name: 'redis-empty',
    what: 'Redis SIGKILLed, started again empty after up to 2 TTL',
    fault: async (world) => {
      await world.without(async () => {
        await world.redis.kill();
        world.redis.wipe();
        await pause(away(world));
        await world.redis.start();
      });
      await afterNew(world);
    },
  },
  {
    name: 'redis-sigstop',
    what: 'Redis SIGSTOPped for up to 2 TTL; what it was asked meanwhile it does when it goes on',
    fault: async (world) => {
      await world.without(async () => {
        world.redis.signal('SIGSTOP');
        await pause(away(world));
        world.redis.signal('SIGCONT');
      });
    },
  },
  {
    name: 'partition',
    what: 'Redis cut off from one, three or all processes for up to 3 TTL, without a close; what was sent arrives later',
    fault: async (world) => {
      const cut = some(world, anyOf([1, 3, world.wires.length]));
      const forMs = between(0.2, 3) * world.options.ttlMs;
      const act = async () => {
        for (const i of cut) world.wires[i]!.isCut = true;
        await pause(forMs);
        for (const i of cut) world.wires[i]!.isCut = false;
      };
      await (cut.length === world.wires.length ? world.without(act) : act());
    },
  },
  {
    name: 'redis-slow',
    what: 'Redis slow by 500 ms for half of the time',
    options: { ttlMs: 15_000 },
    fault: async (world) => {
      for (const wire of world.wires) wire.delayMs = 250;
      await pause(between(1, 2) * world.options.ttlMs);
      for (const wire of world.wires) wire.delayMs = 0;
    },
  },
  {
    name: 'failover',
    what: 'a replica that has missed up to 1.5 TTL of writes is promoted, after a process was killed meanwhile',
    fault: async (world) => {
      const { ttlMs } = world.options;
      const link = await Wire.to(world.redis.port, false);
      const replica = await world.newRedis();
      await replica.start(link.port);
      while (!String(await replica.ask('INFO', 'replication')).includes('master_link_status:up'))
        await pause(50);
      // From here on the replica misses everything.
      link.isCut = true;
      const [victim] = some(world, 1);
      await world.killProcess(victim!);
      setTimeout(() => world.startProcess(victim!), between(0, ttlMs));
      await pause(between(0.1, 1.5) * ttlMs);
      await world.without(async () => {
        await world.redis.kill();
        await replica.ask('REPLICAOF', 'NO', 'ONE');
        for (const wire of world.wires) wire.target = replica.port;
        world.redis = replica;
      });
      link.close();
      await afterNew(world);
    },
  },
];

async function stopped(world: World): Promise<void> {
  const { ttlMs } = world.options;
  await Promise.all(some(world, anyOf([1, 2])).map((i) => world.stopProcess(i, between(1.2, 2.5) * ttlMs)));
}
