import { describe, expect, it } from 'vitest';
import { ErrorCode } from '../../../src/protocol/jsonrpc.js';
import { DaemonWorld, type LinkOf } from '../../helpers/daemon-world.js';
import { KnownInMemory } from '../../helpers/known-in-memory.js';
import { INITIALIZE, settled } from '../../helpers/mux-world.js';

const MINUTE = 60_000;
const PIPE: LinkOf = { kind: 'pipe', name: 'a', servers: [0] };

/** A daemon whose servers are started on demand, and what an earlier run of it has kept. */
async function world(
  links: readonly LinkOf[],
  known = new KnownInMemory(),
  prepare: (made: DaemonWorld) => void = () => {},
) {
  const servers = Math.max(...links.flatMap((link) => link.servers)) + 1;
  const made = new DaemonWorld(servers, links, { knownServers: known, server: { start: 'demand' } });
  prepare(made);
  await made.start();
  return made;
}

/** What a first run keeps of these links' servers. */
async function learned(links: readonly LinkOf[]): Promise<KnownInMemory> {
  const known = new KnownInMemory();
  const first = await world(links, known);
  for (let i = 0; i < 3; i++) await settled();
  await first.stop();
  return known;
}

async function greet(made: DaemonWorld, token = 'a') {
  await made.request(token, 0, 'initialize', INITIALIZE);
  await made.request(token, 1, 'tools/list');
}

describe('a server that is started on demand', () => {
  it('is started at its first run to tell its lists, and is parked then', async () => {
    const known = new KnownInMemory();
    const made = await world([PIPE], known);
    for (let i = 0; i < 3; i++) await settled();
    expect(made.servers[0]!.lives).toHaveLength(1);
    expect(made.servers[0]!.life).toBeUndefined();
    expect(known.kept.get('s0')?.legacy?.lists.get('tools/list')).toHaveLength(1);
    expect(made.statuses.find(({ type }) => type === 'server-idle-stopped')).toMatchObject({
      why: 'learned',
    });
    await greet(made);
    expect(made.reply('a', 1).result.tools).toHaveLength(2);
    expect(made.servers[0]!.lives).toHaveLength(1);
    await made.stop();
  });

  it('answers initialize, lists and ping without a process, and starts one for the first call', async () => {
    const made = await world([PIPE], await learned([PIPE]));
    await greet(made);
    await made.request('a', 2, 'ping');
    expect(made.reply('a', 0).result.serverInfo).toEqual({ name: 's0', version: '1' });
    expect(made.reply('a', 1).result.tools.map(({ name }: { name: string }) => name)).toEqual([
      't0',
      'common',
    ]);
    expect(made.reply('a', 2).result).toEqual({});
    expect(made.servers[0]!.tries).toBe(0);
    await made.request('a', 3, 'tools/call', '{"name":"t0"}');
    const life = made.servers[0]!.life!;
    expect(life.received.map(({ method }) => method).slice(0, 2)).toEqual(['initialize', 'tools/call']);
    life.reply('3', '"result":{"content":[]}');
    await settled();
    expect(made.reply('a', 3).result).toEqual({ content: [] });
    await made.stop();
  });

  it('gets the calls that came while it was being started in their order, and loses none', async () => {
    const made = await world([PIPE], await learned([PIPE]));
    made.servers[0]!.isMute = true;
    await greet(made);
    for (const id of [2, 3, 4]) await made.request('a', id, 'tools/call', '{"name":"t0"}');
    // An endpoint that sends `initialize` and asks for lists meanwhile need not wait.
    await made.request('a', 5, 'tools/list');
    await made.request('a', 6, 'initialize', INITIALIZE);
    expect(made.reply('a', 5).result.tools).toHaveLength(2);
    expect(made.reply('a', 6).result.serverInfo.name).toBe('s0');
    // Longer than a call may wait for a server that is started again.
    await made.advance(25_000, 1_000);
    const life = made.servers[0]!.life!;
    expect(life.received.map(({ method }) => method)).toEqual(['initialize']);
    life.speak();
    made.servers[0]!.isMute = false;
    await settled();
    expect([...life.pending.keys()]).toEqual(['2', '3', '4']);
    for (const id of life.pending.keys()) life.reply(id, '"result":{}');
    await settled();
    for (const id of [2, 3, 4]) expect(made.reply('a', id).result).toEqual({});
    await made.stop();
  });

  it('is parked after ten minutes without a call, never with one in flight, and comes back', async () => {
    const made = await world([PIPE], await learned([PIPE]));
    await greet(made);
    await made.request('a', 2, 'tools/call', '{"name":"t0"}');
    const first = made.servers[0]!.life!;
    await made.advance(20 * MINUTE, MINUTE);
    expect(first.isOver).toBe(false);
    first.reply('2', '"result":{}');
    await settled();
    // Neither lists nor pings are calls.
    await made.advance(9 * MINUTE, MINUTE);
    await made.request('a', 3, 'tools/list');
    await made.request('a', 4, 'ping');
    first.reply('4', '"result":{}');
    await settled();
    expect(first.isOver).toBe(false);
    await made.advance(2 * MINUTE, 10_000);
    expect(first.isOver).toBe(true);
    await made.request('a', 5, 'tools/list');
    expect(made.reply('a', 5).result.tools).toHaveLength(2);
    await made.request('a', 6, 'tools/call', '{"name":"t0"}');
    expect(made.servers[0]!.lives).toHaveLength(2);
    made.servers[0]!.life!.reply('6', '"result":{"again":true}');
    await settled();
    expect(made.reply('a', 6).result).toEqual({ again: true });
    await made.stop();
  });

  it('announces a list that is another one than the kept one, and keeps the new one', async () => {
    const known = await learned([PIPE]);
    const made = await world([PIPE], known, ({ servers }) => {
      Object.assign(servers[0]!, { tools: ['t0', 'new'] });
    });
    await greet(made);
    expect(made.reply('a', 1).result.tools[1].name).toBe('common');
    await made.request('a', 2, 'tools/call', '{"name":"t0"}');
    await settled();
    const changes = made.replies.filter(({ method }) => method === 'notifications/tools/list_changed');
    expect(changes).toHaveLength(1);
    await made.request('a', 3, 'tools/list');
    expect(made.reply('a', 3).result.tools[1].name).toBe('new');
    const [page] = known.kept.get('s0')!.legacy!.lists.get('tools/list')!;
    expect(page!.reply.toString()).toContain('"new"');
    await made.stop();
  });

  it('says nothing of lists that are as they were', async () => {
    const made = await world([PIPE], await learned([PIPE]));
    await greet(made);
    await made.request('a', 2, 'tools/call', '{"name":"t0"}');
    await settled();
    expect(made.replies.filter(({ method }) => method !== undefined)).toEqual([]);
    await made.stop();
  });

  it('tells the caller why it cannot be started, and is tried again by the next call; its link stays', async () => {
    const made = await world([PIPE], await learned([PIPE]));
    const [server] = made.servers;
    const connection = made.connections.get('a');
    server!.failsWith = { kind: 'not-started', reason: 'ENOENT' };
    await greet(made);
    await made.request('a', 2, 'tools/call', '{"name":"t0"}');
    expect(made.reply('a', 2).error.code).toBe(ErrorCode.serverDown);
    expect(made.reply('a', 2).error.message).toMatch(/ENOENT|not be started/);
    const before = server!.tries;
    // Without a call nothing is tried.
    await made.advance(30 * MINUTE, MINUTE);
    expect(server!.tries).toBe(before);
    await made.request('a', 3, 'tools/list');
    expect(made.reply('a', 3).result.tools).toHaveLength(2);
    server!.failsWith = undefined;
    await made.request('a', 4, 'tools/call', '{"name":"t0"}');
    server!.life!.reply('4', '"result":{}');
    await settled();
    expect(made.reply('a', 4).result).toEqual({});
    expect(made.connections.get('a')).toBe(connection);
    await made.stop();
  });

  it('is started again by a call that comes while its process is being ended', async () => {
    const made = await world([PIPE], await learned([PIPE]));
    await greet(made);
    await made.request('a', 2, 'tools/call', '{"name":"t0"}');
    const first = made.servers[0]!.life!;
    first.reply('2', '"result":{}');
    await settled();
    // In the same turn: the process has not ended yet.
    const [running] = made.daemon.processes;
    expect(running!.parking.park('asked')).toBe(true);
    made.connections.get('a')!.send('{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"t0"}}');
    await settled();
    expect(made.servers[0]!.lives).toHaveLength(2);
    made.servers[0]!.life!.reply('3', '"result":{}');
    await settled();
    expect(made.reply('a', 3).result).toEqual({});
    await made.stop();
  });

  it('is started by the first call to it on a mux, and no other server with it', async () => {
    const mux: LinkOf = { kind: 'mux', name: 'a', servers: [0, 1, 2] };
    const made = await world([mux], await learned([mux]));
    await greet(made);
    expect(made.reply('a', 1).result.tools).toHaveLength(6);
    expect(made.servers.map(({ tries }) => tries)).toEqual([0, 0, 0]);
    await made.request('a', 2, 'tools/call', '{"name":"t1"}');
    expect(made.servers.map(({ tries }) => tries)).toEqual([0, 1, 0]);
    const life = made.servers[1]!.life!;
    const [id] = [...life.pending.keys()];
    life.reply(id!, '"result":{"content":[]}');
    await settled();
    expect(made.reply('a', 2).result).toEqual({ content: [] });
    await made.advance(11 * MINUTE, MINUTE);
    expect(life.isOver).toBe(true);
    await made.request('a', 3, 'tools/list');
    expect(made.reply('a', 3).result.tools).toHaveLength(6);
    expect(made.servers.map(({ lives }) => lives.length)).toEqual([0, 1, 0]);
    await made.stop();
  });

  it('shows a mux its other list once that is announced, also when it is parked again by then', async () => {
    const mux: LinkOf = { kind: 'mux', name: 'a', servers: [0, 1] };
    const made = await world([mux], await learned([mux]), ({ servers }) => {
      Object.assign(servers[1]!, { tools: ['t1', 'new'] });
    });
    await greet(made);
    const namesOf = (id: number) =>
      made
        .reply('a', id)
        .result.tools.map(({ name }: { name: string }) => name)
        .join(' ');
    expect(namesOf(1)).not.toContain('new');
    await made.request('a', 2, 'tools/call', '{"name":"t1"}');
    const life = made.servers[1]!.life!;
    for (const id of [...life.pending.keys()]) life.reply(id, '"result":{}');
    await settled();
    await made.advance(11 * MINUTE, MINUTE);
    expect(made.replies.filter(({ method }) => method === 'notifications/tools/list_changed')).toHaveLength(
      1,
    );
    expect(made.servers[1]!.life).toBeUndefined();
    await made.request('a', 3, 'tools/list');
    expect(namesOf(3)).toContain('new');
    expect(made.servers[1]!.lives).toHaveLength(1);
    await made.stop();
  });

  it('stays in the lists of a mux when it cannot be started', async () => {
    const mux: LinkOf = { kind: 'mux', name: 'a', servers: [0, 1] };
    const made = await world([mux], await learned([mux]));
    made.servers[1]!.failsWith = { kind: 'not-started', reason: 'ENOENT' };
    await greet(made);
    await made.request('a', 2, 'tools/call', '{"name":"t1"}');
    expect(made.reply('a', 2).error.code).toBe(ErrorCode.serverDown);
    for (let i = 0; i < 3; i++) {
      await made.request('a', 10 + i, 'tools/list');
      expect(made.reply('a', 10 + i).result.tools).toHaveLength(4);
      await made.advance(10 * MINUTE, MINUTE);
    }
    expect(made.replies.filter(({ method }) => method !== undefined)).toEqual([]);
    made.servers[1]!.failsWith = undefined;
    await made.request('a', 3, 'tools/call', '{"name":"t1"}');
    const life = made.servers[1]!.life!;
    for (const id of [...life.pending.keys()]) life.reply(id, '"result":{}');
    await settled();
    expect(made.reply('a', 3)).toHaveProperty('result');
    await made.stop();
  });

  it('takes its turn of a rotation without a process, unless a call needs one', async () => {
    const rotate: LinkOf = {
      kind: 'rotate',
      name: 'a',
      servers: [0, 1],
      settings: { rotateEveryMs: 5 * MINUTE, rotateKeepMs: 0 },
    };
    const pipes: LinkOf[] = [0, 1].map((i) => ({ kind: 'pipe', name: `p${i}`, servers: [i] }));
    const made = await world([rotate], await learned(pipes));
    await greet(made);
    expect(made.reply('a', 0).result.serverInfo.name).toBe('s0');
    await made.advance(6 * MINUTE, MINUTE);
    await greet(made);
    expect(made.reply('a', 0).result.serverInfo.name).toBe('s1');
    expect(made.servers.map(({ tries }) => tries)).toEqual([0, 0]);
    await made.request('a', 2, 'tools/call', '{"name":"t1"}');
    expect(made.servers.map(({ tries }) => tries)).toEqual([0, 1]);
    await made.stop();
  });

  it('is kept running when its option says so from now on, and parked when it says the other', async () => {
    const known = await learned([PIPE]);
    const made = await world([PIPE], known);
    const plan = made.plan([PIPE]);
    const [server] = plan.servers;
    await made.daemon.apply({
      ...plan,
      servers: [{ ...server!, options: { ...server!.options, start: 'run' } }],
    });
    await settled();
    expect(made.servers[0]!.life).toBeDefined();
    await made.advance(20 * MINUTE, MINUTE);
    expect(made.servers[0]!.life).toBeDefined();
    await made.daemon.apply(plan);
    await made.advance(11 * MINUTE, MINUTE);
    expect(made.servers[0]!.life).toBeUndefined();
    expect(made.servers[0]!.lives).toHaveLength(1);
    await made.stop();
  });
});
