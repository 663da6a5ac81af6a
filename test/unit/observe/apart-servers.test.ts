import { describe, expect, it } from 'vitest';
import { ApartServers } from '../../../src/observe/apart-servers.js';
import { Health } from '../../../src/observe/health.js';
import { Snapshot } from '../../../src/observe/snapshot.js';
import type { StatusEvent } from '../../../src/protocol/status.js';

const SERVERS = [{ name: 'memory' }, { name: 'own' }, { name: 'lamp' }];
const STARTING = { type: 'server-state', from: 'stopped', to: 'starting' } as StatusEvent;
const READY = { type: 'server-state', from: 'starting', to: 'ready' } as StatusEvent;
const DOWN = { type: 'server-state', from: 'ready', to: 'waiting' } as StatusEvent;

/** Of a plan whose one link uses the lamp. */
function world({ gateway }: { gateway?: object } = { gateway: {} }) {
  const links = [{ name: 'kitchen', servers: ['lamp'] }];
  const reasons = new Health(new Snapshot(links), 0, (text) => text, 'en').ofClients;
  const plan = { links, servers: SERVERS, gateway };
  const apart = new ApartServers(reasons, plan);
  let at = 1_000;
  const tell = (server: string, ...events: StatusEvent[]) => {
    for (const event of events) {
      at += 1_000;
      apart.onClientStatus({ at, link: 'http #1', server, ...event });
    }
  };
  const states = () => Object.fromEntries(apart.all(at).map(({ name, state }) => [name, state]));
  return { apart, plan, tell, states };
}

describe('servers that no link uses', () => {
  it('are all of the plan but those of links; without a process, a call starts them', () => {
    expect(world().states()).toEqual({ memory: 'idle-stopped', own: 'idle-stopped' });
  });

  it('are as their events say', () => {
    const { tell, states } = world();
    tell('memory', STARTING, READY);
    expect(states()).toEqual({ memory: 'ready', own: 'idle-stopped' });
    tell('memory', DOWN);
    expect(states()).toEqual({ memory: 'down', own: 'idle-stopped' });
  });

  it('have the processes that share their calls, as those of links', () => {
    const { apart, tell } = world();
    const copy = { running: 0, calls: 3, failures: 0 };
    const copies = [
      { ...copy, copy: 1, state: 'waiting', pid: undefined },
      { ...copy, copy: 2, state: 'ready', pid: 412 },
    ] as const;
    apart.copiesOf = (name) => (name === 'memory' ? copies : undefined);
    tell('memory', STARTING, READY);
    tell('own#1', STARTING, READY);
    expect(apart.server('memory', 5_000)).toMatchObject({ copies, pid: 412 });
    expect(apart.server('own#1', 5_000)).not.toHaveProperty('copies');
  });

  it('are as the best of their processes for some clients, since the first of these is', () => {
    const { apart, tell, states } = world();
    tell('own#1', STARTING, READY);
    tell('own@an', STARTING, READY);
    tell('own#2', STARTING, READY, DOWN);
    tell('other#1', STARTING);
    expect(states()).toEqual({ memory: 'idle-stopped', own: 'ready' });
    expect(apart.all(9_000).find(({ name }) => name === 'own')).toMatchObject({ since: 3_000 });
    tell('own#1', DOWN);
    expect(states()).toMatchObject({ own: 'ready' });
    tell('own@an', DOWN);
    expect(states()).toMatchObject({ own: 'down' });
  });

  it('are not said to wait for a call where there is no gateway', () => {
    const { tell, states } = world({});
    expect(states()).toEqual({});
    tell('memory', STARTING);
    expect(states()).toEqual({ memory: 'starting' });
  });

  it('are forgotten when a link uses them, whose record they have from then on', () => {
    const { apart, plan, tell, states } = world();
    tell('memory', STARTING, READY);
    apart.onPlan({ ...plan, links: [{ servers: ['lamp', 'memory'] }] });
    expect(states()).toEqual({ own: 'idle-stopped' });
    apart.onPlan(plan);
    expect(apart.server('memory', 9_000)).toBeUndefined();
  });
});
