import { afterEach, describe, expect, it } from 'vitest';
import type { ClientOf } from '../../../src/daemon/clients.js';
import { InstanceWorld } from '../../helpers/instance-world.js';
import { KnownInMemory } from '../../helpers/known-in-memory.js';
import { settled } from '../../helpers/mux-world.js';

let world: InstanceWorld;
afterEach(() => world.stop());

const of = (key?: string): ClientOf => ({
  caller: { ...(key === undefined ? {} : { key }), headers: {} },
  hasSession: true,
});

async function quiet() {
  for (let i = 0; i < 6; i++) await settled();
}

describe('clients of the gateway, of a server on demand', () => {
  it('of which all share one process, wait for none before their first call', async () => {
    const knownServers = new KnownInMemory();
    world = new InstanceWorld({ memory: { start: 'demand' } }, {}, { knownServers });
    const first = world.client(of(), 'memory');
    await first.initialize();
    await quiet();
    // It was started for its lists, and parked with them.
    expect(world.processes.map(({ isOver }) => isOver)).toEqual([true]);
    const second = world.client(of(), 'memory');
    await second.initialize();
    expect((await second.request('tools/list')).result.tools).toHaveLength(2);
    expect(world.processes).toHaveLength(1);
    expect((await first.count()).pid).toBe(2);
    expect((await second.count()).pid).toBe(2);
    await world.advance(11 * 60_000, 60_000);
    expect(world.running).toEqual([]);
    expect((await second.count()).pid).toBe(3);
  });

  it.each(['key', 'session'] as const)(
    'with processes for each %s, have one when they call',
    async (share) => {
      const knownServers = new KnownInMemory();
      world = new InstanceWorld({ memory: { start: 'demand', share } }, {}, { knownServers });
      const first = world.client(of('alice'), 'memory');
      await first.initialize();
      await quiet();
      expect(world.running).toEqual([]);
      const second = world.client(of('bob'), 'memory');
      await second.initialize();
      expect((await second.request('tools/list')).result.tools).toHaveLength(2);
      // What the server of another client has said is known of its own.
      expect(world.processes).toHaveLength(1);
      expect((await second.count()).calls).toBe(1);
      expect((await first.count()).calls).toBe(1);
      expect(world.running).toHaveLength(2);
      await world.advance(11 * 60_000, 60_000);
      expect(world.running).toEqual([]);
      expect((await first.count()).calls).toBe(1);
    },
  );

  it('on all servers at once, start those that they call', async () => {
    const knownServers = new KnownInMemory();
    const servers = { memory: { start: 'demand' }, files: { start: 'demand' } } as const;
    world = new InstanceWorld(servers, {}, { knownServers });
    const client = world.client(of(), 'memory', 'files');
    await client.initialize();
    await quiet();
    expect(world.running).toEqual([]);
    expect((await client.request('tools/list')).result.tools).toHaveLength(4);
    const said = await client.count('files__count');
    expect(said.calls).toBe(1);
    expect(world.running.map(({ name }) => name)).toEqual(['files']);
  });
});
