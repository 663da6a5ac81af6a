import { afterEach, describe, expect, it } from 'vitest';
import { DaemonWorld, type LinkOf } from '../../helpers/daemon-world.js';
import { INITIALIZE, settled } from '../../helpers/mux-world.js';

let world: DaemonWorld;
afterEach(() => world.stop());

describe('a mux and a rotation of the same servers', () => {
  it('the mux connects again while the servers wait for their turns', async () => {
    const settings = { idleParkMs: 1_000, rotateEveryMs: 10_000, rotateKeepMs: 0 };
    world = new DaemonWorld(2, [
      { kind: 'mux', name: 'm', servers: [0], settings },
      { kind: 'rotate', name: 'r', servers: [0, 1], settings },
    ]);
    await world.start();
    await world.request('m', 0, 'initialize', INITIALIZE);
    await world.request('m', 1, 'tools/list');
    expect(world.reply('m', 1)).toHaveProperty('result');
    await world.advance(30_000, 500);
    const before = world.connections.get('m');
    before!.drop();
    await world.advance(9_000, 500);
    expect(world.connections.get('m')).not.toBe(before);
  });
});

describe('a rotation and a pipe of one server', () => {
  it('the server runs on after its turn, which is what is said', async () => {
    const settings = { rotateEveryMs: 10_000, rotateKeepMs: 0 };
    world = new DaemonWorld(2, [
      { kind: 'pipe', name: 's0', servers: [0], settings },
      { kind: 'rotate', name: 'r', servers: [0, 1], settings },
    ]);
    await world.start();
    await world.request('s0', 0, 'initialize', INITIALIZE);
    await world.request('s0', 1, 'tools/call', '{"name":"t0"}');
    await world.request('r', 0, 'initialize', INITIALIZE);
    await world.advance(45_000, 500);
    const turns = world.statuses.filter(({ type }) => type === 'rotating');
    expect(turns.slice(1, 4)).toMatchObject([
      { from: 's0', to: 's1', keepsRunning: true },
      { from: 's1', to: 's0', keepsRunning: false },
      { from: 's0', to: 's1', keepsRunning: true },
    ]);
    expect(world.servers[0]!.lives).toHaveLength(1);
    const life = world.servers[0]!.life!;
    for (const id of life.pending.keys()) life.reply(id, '"result":{"late":true}');
    await settled();
    expect(world.reply('s0', 1).result).toEqual({ late: true });
    // Without the pipe, the server waits for its turn like the other one.
    const plan = world.plan([{ kind: 'rotate', name: 'r', servers: [0, 1], settings }]);
    const applied = world.daemon.apply(plan);
    await world.advance(10_000, 500);
    await applied;
    await world.advance(20_000, 500);
    expect(world.servers.map(({ life }) => life !== undefined)).toContain(false);
  });
});

describe('mcp-pipe call', () => {
  it('keeps a server from being stopped as idle', async () => {
    world = new DaemonWorld(1, [{ kind: 'mux', name: 'm', servers: [0], settings: { idleParkMs: 1_000 } }]);
    await world.start();
    await world.request('m', 0, 'initialize', INITIALIZE);
    await world.request('m', 1, 'tools/list');
    const signal = new AbortController().signal;
    const asking = world.daemon.links[0]!.ask('s0', 'tools/call', { name: 't0' }, { signal });
    await world.advance(5_000, 250);
    const life = world.servers[0]!.life!;
    expect(world.servers[0]!.lives).toHaveLength(1);
    for (const id of life.pending.keys()) life.reply(id, '"result":{"done":true}');
    expect(await asking).toEqual({ result: { done: true } });
    await world.advance(5_000, 250);
    expect(world.types).toContain('server-idle-stopped');
  });
});

describe('another plan', () => {
  it('a mux need not wait for a link that leaves a server which the mux has already', async () => {
    world = new DaemonWorld(2, [
      { kind: 'pipe', name: 'p', servers: [0] },
      { kind: 'mux', name: 'm', servers: [0] },
    ]);
    await world.start();
    await world.request('p', 0, 'initialize', INITIALIZE);
    await world.request('p', 1, 'tools/call', '{"name":"t0"}');
    await world.request('m', 0, 'initialize', INITIALIZE);
    const applied = world.daemon.apply(world.plan([{ kind: 'mux', name: 'm', servers: [0, 1] }]));
    await settled();
    expect(world.daemon.links[0]!.servers).toEqual(['s0', 's1']);
    await world.advance(60_000, 5_000);
    await applied;
    expect(world.servers[0]!.lives).toHaveLength(1);
  });

  it('a server of several links that needs another process runs once', async () => {
    const links: LinkOf[] = [
      { kind: 'pipe', name: 'p', servers: [0] },
      { kind: 'mux', name: 'm', servers: [0, 1] },
      { kind: 'rotate', name: 'r', servers: [1, 0] },
    ];
    world = new DaemonWorld(2, links);
    await world.start();
    for (const link of ['p', 'm', 'r']) await world.request(link, 0, 'initialize', INITIALIZE);
    const alive = () => world.servers[0]!.lives.filter(({ isOver }) => !isOver).length;
    let most = 0;
    world.onStatus = () => {
      most = Math.max(most, alive());
    };
    const applied = world.daemon.apply(world.plan(links, [0]));
    await world.advance(60_000, 5_000);
    await applied;
    expect(most).toBe(1);
    expect(world.servers[0]!.lives).toHaveLength(2);
    for (const link of ['p', 'm', 'r']) {
      await world.request(link, 5, 'initialize', INITIALIZE);
      expect(world.reply(link, 5)).toHaveProperty('result');
    }
  });
});

describe('a link that waits until others have left its servers', () => {
  it('does not start them for mcp-pipe call', async () => {
    world = new DaemonWorld(2, [{ kind: 'pipe', name: 'p', servers: [0] }]);
    await world.start();
    await world.request('p', 0, 'initialize', INITIALIZE);
    await world.request('p', 1, 'tools/call', '{"name":"t0"}');
    const applied = world.daemon.apply(world.plan([{ kind: 'mux', name: 'm', servers: [0, 1] }], [0]));
    await settled();
    const { signal } = new AbortController();
    const asking = world.daemon.links[0]!.ask('s0', 'tools/call', { name: 't0' }, { signal });
    await world.advance(1_000);
    expect(world.servers[0]!.lives).toHaveLength(1);
    await world.advance(60_000, 5_000);
    await applied;
    expect(world.servers[0]!.lives.map(({ isOver }) => isOver)).toEqual([true, false]);
    expect(await asking).toHaveProperty('error');
  });
});

describe('a link that has to give its servers to another one of its token', () => {
  it('is no business of a further link that uses them', async () => {
    world = new DaemonWorld(3, [
      { kind: 'mux', name: 'a', servers: [0, 1], mayRegroup: true, token: 'same' },
      { kind: 'mux', name: 'b', servers: [1, 2], mayRegroup: true, token: 'other' },
      { kind: 'pipe', name: 'p', servers: [2] },
      { kind: 'mux', name: 'c', servers: [2], mayRegroup: true, token: 'same' },
    ]);
    world.closing.set('same', 4004);
    await world.start();
    await world.request('p', 0, 'initialize', INITIALIZE);
    await world.request('p', 1, 'tools/call', '{"name":"t2"}');
    await world.advance(20_000, 500);
    world.closing.clear();
    await world.advance(600_000, 5_000);
    expect(world.daemon.links.map(({ name }) => name)).toEqual(['a', 'b', 'p']);
    await world.request('same', 0, 'initialize', INITIALIZE);
    await world.request('same', 1, 'tools/call', '{"name":"t2"}');
    const life = world.servers[2]!.life!;
    expect(world.servers[2]!.lives).toHaveLength(1);
    world.statuses.length = 0;
    for (const id of life.pending.keys()) life.reply(id, '"result":{"from":"s2"}');
    await settled();
    expect(world.reply('p', 1).result).toEqual({ from: 's2' });
    expect(world.reply('same', 1).result).toEqual({ from: 's2' });
    life.die();
    await settled();
    const downs = world.statuses.filter(({ type }) => type === 'server-down');
    expect(downs).toMatchObject([{ link: 'b', server: 's2', alsoLinks: ['p', 'a'] }]);
  });
});

describe('a server that ends with its last link', () => {
  it('is reported until it has stopped', async () => {
    world = new DaemonWorld(1, [
      { kind: 'pipe', name: 's0', servers: [0] },
      { kind: 'pipe', name: 'p', servers: [0] },
    ]);
    await world.start();
    world.statuses.length = 0;
    await world.stop();
    const moves = world.statuses.flatMap((one) => (one.type === 'server-state' ? [[one.link, one.to]] : []));
    expect(moves.map(([, to]) => to)).toEqual(['ending', 'stopped']);
  });
});

describe('a restart that waits for a call', () => {
  it('ends with the process when mcp-pipe stops', async () => {
    world = new DaemonWorld(1, [{ kind: 'pipe', name: 's0', servers: [0] }]);
    await world.start();
    await world.request('s0', 0, 'initialize', INITIALIZE);
    await world.request('s0', 1, 'tools/call', '{"name":"t0"}');
    const restarted = world.daemon.restart('s0');
    await settled();
    world.daemon.force();
    const stopped = world.daemon.stop();
    await settled();
    expect(await Promise.race([restarted, settled().then(() => 'waits')])).toBe(false);
    await stopped;
    expect(world.clock.pending).toBe(0);
  });
});
