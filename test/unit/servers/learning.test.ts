import { describe, expect, it } from 'vitest';
import { DaemonWorld } from '../../helpers/daemon-world.js';
import { KnownInMemory } from '../../helpers/known-in-memory.js';
import { settled } from '../../helpers/mux-world.js';

const GB = 1024 ** 3;

/** A first run of four servers on demand, each on a link of its own, that all answer only when they are told to. */
async function firstRun(availableBytes: number, known = new KnownInMemory()) {
  const names = ['a', 'b', 'c', 'd'];
  const links = names.map((name, i) => ({ kind: 'pipe' as const, name, servers: [i] }));
  const server = { start: 'demand' } as const;
  const made = new DaemonWorld(4, links, { knownServers: known, server, availableBytes });
  for (const server of made.servers) server.isMute = true;
  await made.start();
  const [s0, s1, s2, s3] = made.servers;
  return {
    ...{ made, s0: s0!, s1: s1!, s2: s2!, s3: s3! },
    running: () => made.servers.flatMap(({ life, index }) => (life ? [index] : [])),
    parking: (i: number) => made.daemon.processes[i]!.parking,
    /** It says what it offers. */
    async teach(i: number) {
      for (let asked = 0; asked < 2; asked++) {
        made.servers[i]!.life?.speak();
        await settled();
      }
      await settled();
    },
  };
}

describe('servers of which nothing is known', () => {
  it('are started one after the other on a small machine: each has ended before the next one starts', async () => {
    const { made, running, teach } = await firstRun(0.7 * GB);
    for (let i = 0; i < 4; i++) {
      expect(running()).toEqual([i]);
      await teach(i);
    }
    expect(running()).toEqual([]);
    expect(made.servers.map(({ lives }) => lives.length)).toEqual([1, 1, 1, 1]);
    expect(made.statuses.filter(({ type }) => type === 'server-idle-stopped')).toHaveLength(4);
    await made.stop();
  });

  it('are started all at once where there is memory for them', async () => {
    const { made, running } = await firstRun(4 * GB);
    expect(running()).toEqual([0, 1, 2, 3]);
    await made.stop();
  });

  it('do not wait when a person has them started', async () => {
    const { made, running } = await firstRun(0.7 * GB);
    expect(await made.daemon.restart('s3')).toBe(true);
    await settled();
    expect(running()).toEqual([0, 3]);
    await made.stop();
  });

  it('do not wait when they are called, and one that is called keeps no other waiting', async () => {
    const { made, running, parking } = await firstRun(0.7 * GB);
    parking(3).called();
    await settled();
    expect(running()).toEqual([0, 3]);
    parking(0).called();
    await settled();
    expect(running()).toEqual([0, 1, 3]);
    parking(2).isKeptWarm = true;
    await settled();
    expect(running()).toEqual([0, 1, 2, 3]);
    await made.stop();
  });

  it('do not wait for ever for one that says nothing, or that cannot be started', async () => {
    const { made, running, s0, s1 } = await firstRun(0.7 * GB);
    s1.failsWith = { kind: 'unreachable', reason: 'ECONNREFUSED' };
    s0.life!.die();
    await settled();
    await settled();
    expect([s1.tries, running()]).toEqual([1, [2]]);
    await made.advance(120_000, 10_000);
    expect(running()).toContain(3);
    await made.stop();
  });

  it('of which something is known are not started, and need no turn', async () => {
    const known = new KnownInMemory();
    const { made, teach } = await firstRun(0.7 * GB, known);
    for (let i = 0; i < 4; i++) await teach(i);
    await made.stop();
    const again = await firstRun(0.7 * GB, known);
    expect(again.running()).toEqual([]);
    await again.made.stop();
  });
});
