import { describe, expect, it } from 'vitest';
import { ErrorCode } from '../../src/protocol/jsonrpc.js';
import { eventually } from '../helpers/eventually.js';
import type { FakeEndpoint } from '../helpers/fake-endpoint.js';
import { isAlive, signal } from '../helpers/is-alive.js';
import { launchOf } from '../helpers/launch-of.js';
import {
  basic,
  planLink,
  planMux,
  planOf,
  planRotate,
  type Served,
  startPlans,
  type TestDaemon,
} from '../helpers/link.js';
import { fakeEndpoint, livesOf } from '../helpers/lives.js';

/** What the snapshot says of a server, whatever its link is. */
function knownOf(test: TestDaemon, name: string) {
  const link = test.app.watch.links.find(({ name: of, members }) =>
    members ? members.some((member) => member.name === name) : of === name,
  )!;
  const { server, serverSince, failures } = link;
  const alone = { ...link, state: server, since: serverSince, failures: failures.server };
  const one = link.members?.find((member) => member.name === name) ?? alone;
  const { pid, serverName, state, since, fetcher, calls } = one;
  return { pid, serverName, state, since, fetcher, failures: one.failures, answered: calls.answered };
}

const pipe = (fake: FakeEndpoint, settings: object = {}) =>
  planLink({ ...basic('kept'), endpoint: fake.endpoint(), settings });
const mux = (fake: FakeEndpoint, ...others: string[]) =>
  planMux({
    endpoint: fake.endpoint(),
    prefix: 'always',
    members: [basic('kept'), ...others.map((name) => basic(name))],
  });
const rotate = (fake: FakeEndpoint, ...others: string[]) =>
  planRotate({
    endpoint: fake.endpoint(),
    dwellMs: 3_600_000,
    members: [...others.map((name) => basic(name)), basic('kept')],
  });
const toolOf = ({ kind }: Served, tool: string) => (kind === 'mux' ? `kept__${tool}` : tool);

type Make = (fake: FakeEndpoint) => Served;
const changes: [string, Make, Make][] = [
  ['a pipe on another token', (fake) => pipe(fake), (fake) => pipe(fake)],
  ['a pipe with other settings', (fake) => pipe(fake), (fake) => pipe(fake, { holdTimeoutMs: 9_000 })],
  ['a mux instead of a pipe', (fake) => pipe(fake), (fake) => mux(fake, 'x')],
  ['a pipe instead of a mux', (fake) => mux(fake, 'x'), (fake) => pipe(fake)],
  ['a mux on another token', (fake) => mux(fake, 'x'), (fake) => mux(fake, 'x')],
  ['a rotation instead of a mux', (fake) => mux(fake, 'x'), (fake) => rotate(fake)],
  ['a mux instead of a rotation', (fake) => rotate(fake), (fake) => mux(fake, 'x')],
  ['a pipe instead of a rotation', (fake) => rotate(fake), (fake) => pipe(fake)],
  ['a rotation with other members, whose turn it is', (fake) => rotate(fake), (fake) => rotate(fake, 'x')],
];

describe('a server whose link is replaced', () => {
  it.each(changes)('keeps its process, its memory and its counts: %s', async (name, before, after) => {
    const [here, there] = [await fakeEndpoint(), await fakeEndpoint()];
    const old = before(here);
    const test = startPlans([old]);
    const first = await here.connection();
    await first.greet();
    const pid = await first.tool(1, toolOf(old, 'whoami'));
    expect(await first.tool(2, toolOf(old, 'counter'))).toBe('1');
    const was = knownOf(test, 'kept');

    const isHere = name.includes('settings') || name.includes('members');
    const next = after(isHere ? here : there);
    await test.app.apply(planOf([next]));
    const second = await (isHere ? here.connection(1) : there.connection());
    expect((await first.closed).at).toBeLessThanOrEqual(second.openedAt);
    const asked = test.all('server-starting').length;
    await second.greet();
    expect(await second.tool(1, toolOf(next, 'whoami'))).toBe(pid);
    expect(await second.tool(2, toolOf(next, 'counter'))).toBe('2');
    expect(livesOf(test, 'kept')).toEqual([Number(pid)]);
    // The recorded answer was good for the new connection, too: no server was started for it.
    expect(test.all('server-starting')).toHaveLength(asked);
    expect(test.all('server-down')).toEqual([]);
    const { answered, ...is } = knownOf(test, 'kept');
    expect({ ...is, answered: was.answered }).toEqual({ ...was, since: expect.closeTo(was.since!, -2) });
    expect(answered).toBeGreaterThan(was.answered);
  });

  it('has its late replies dropped, as after a drop of the connection', async () => {
    const [here, there] = [await fakeEndpoint(), await fakeEndpoint()];
    const settings = { drainTimeoutMs: 50 };
    const test = startPlans([pipe(here, settings)]);
    const first = await here.connection();
    await first.greet();
    first.send({
      jsonrpc: '2.0',
      id: 'late',
      method: 'tools/call',
      params: { name: 'slow', arguments: { ms: 600 } },
    });
    await first.tool(1, 'echo', { text: 'the call before has begun' });
    await test.daemon.apply(planOf([pipe(there, settings)]));
    const second = await there.connection();
    await second.greet();
    expect(await test.status('drained')).toMatchObject({ abandoned: 1 });
    expect(await test.status('stale-reply')).toMatchObject({ why: 'cut' });
    expect(await second.tool(2, 'whoami')).toBe(String(livesOf(test, 'kept')[0]));
    for (const { frames } of [first, second]) expect(frames.join()).not.toContain('"late"');
  });

  it('starts when it was stopped because it was idle, and goes on from there', async () => {
    const [here, there] = [await fakeEndpoint(), await fakeEndpoint()];
    const idle = planMux({
      endpoint: here.endpoint(),
      prefix: 'always',
      members: [basic('kept'), basic('x')],
      settings: { idleParkMs: 100 },
    });
    const test = startPlans([idle]);
    const first = await here.connection();
    await first.greet();
    await first.call(1, 'tools/list');
    await eventually(() => test.app.watch.links[0]!.members!.every(({ state }) => state === 'idle-stopped'));
    await test.app.apply(planOf([pipe(there)]));
    const second = await there.connection();
    await second.greet();
    expect(await second.tool(2, 'whoami')).toBe(String(livesOf(test, 'kept').at(-1)));
    expect(livesOf(test, 'kept').map(isAlive)).toEqual([false, true]);
    expect(knownOf(test, 'kept')).toMatchObject({ state: 'ready', failures: 0 });
    expect(livesOf(test, 'x').filter(isAlive)).toEqual([]);
  });

  it('is started again when it ends between two links, and the link after hears of it', async () => {
    const [here, there] = [await fakeEndpoint(), await fakeEndpoint()];
    const settings = { minDelayMs: 50, drainTimeoutMs: 400 };
    const two = planMux({
      endpoint: here.endpoint(),
      name: 'other',
      prefix: 'always',
      members: [basic('slow'), basic('x')],
      settings,
    });
    const test = startPlans([pipe(there, settings), two]);
    const [first, other] = [await there.connection(), await here.connection()];
    await first.greet();
    await other.greet();
    // The link of this call goes last, so the one that takes over from both waits for it.
    other.send({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'slow__slow', arguments: { ms: 5_000 } },
    });
    await other.tool(2, 'x__echo', { text: 'the call before has begun' });
    const next = planMux({
      endpoint: there.endpoint(),
      prefix: 'always',
      members: [basic('kept'), basic('slow')],
      settings,
    });
    const applied = test.app.apply(planOf([next]));
    await first.closed;
    signal(livesOf(test, 'kept')[0]!, 'SIGKILL');
    await applied;
    const down = await test.status('server-down');
    expect(down).toMatchObject({ link: 'mux', server: 'kept', end: { signal: 'SIGKILL' } });
    const second = await there.connection(1);
    await second.greet();
    expect(await second.tool(3, 'slow__whoami')).toBe(String(livesOf(test, 'slow')[0]));
    await eventually(() => knownOf(test, 'kept').state === 'ready');
    expect(await second.tool(4, 'kept__whoami')).toBe(String(livesOf(test, 'kept')[1]));
    expect(knownOf(test, 'kept')).toMatchObject({ pid: livesOf(test, 'kept')[1] });
  });

  it('ends with mcp-pipe, also while the link is being replaced', async () => {
    const [here, there] = [await fakeEndpoint(), await fakeEndpoint()];
    const test = startPlans([mux(here, 'x', 'y')]);
    const first = await here.connection();
    await first.greet();
    first.send({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'kept__slow', arguments: { ms: 500 } },
    });
    await first.tool(2, 'x__echo', { text: 'the call before has begun' });
    const applied = test.daemon.apply(planOf([mux(there, 'x', 'z')]));
    await test.status('draining');
    await test.daemon.stop();
    await applied;
    expect(there.connections).toHaveLength(0);
    for (const server of ['kept', 'x', 'y', 'z']) expect(livesOf(test, server).filter(isAlive)).toEqual([]);
  });
});

/** A mux, and a connection of its endpoint that has listed the tools. */
const muxOf = (...servers: string[]) => muxWith({}, ...servers);

async function muxWith(settings: { drainTimeoutMs?: number }, ...servers: string[]) {
  const fake = await fakeEndpoint();
  const plan = (...names: string[]) =>
    planMux({
      endpoint: fake.endpoint(),
      prefix: 'always',
      members: names.map((name) => basic(name)),
      settings: { listChangedDelayMs: 20, ...settings },
    });
  const test = startPlans([plan(...servers)]);
  const connection = await fake.connection();
  await connection.greet();
  const toolsNow = async (id: string) => {
    const { result } = await connection.call(id, 'tools/list');
    return [...new Set(result.tools.map(({ name }) => name.split('__')[0]!))];
  };
  await eventually(async () => (await toolsNow(`boot-${Math.random()}`)).length === servers.length);
  const isAnnounced = (from: number) =>
    connection.frame((text) =>
      connection.frames.slice(from).some((frame) => frame === text && frame.includes('tools/list_changed')),
    );
  return { fake, plan, test, connection, toolsNow, isAnnounced };
}

describe('on the open connection of a mux', () => {
  it('a call that takes longer than a server that goes may take gets an error', async () => {
    const { plan, test, connection } = await muxWith({ drainTimeoutMs: 100 }, 'stays', 'goes');
    connection.begin('to-goes', 'goes__slow', { ms: 60_000 });
    await connection.tool('sync', 'goes__echo', { text: 'the call before has begun' });
    const goes = livesOf(test, 'goes')[0]!;
    await test.app.apply(planOf([plan('stays')]));
    const { error } = await connection.reply('to-goes');
    expect(error).toMatchObject({ code: ErrorCode.configChanged, data: { server: 'goes' } });
    expect(isAlive(goes)).toBe(false);
  });

  it('servers come and go: pending calls get their answers, those to the one that goes before it ends', async () => {
    const { fake, plan, test, connection, toolsNow, isAnnounced } = await muxOf('stays', 'goes');
    const slow = (id: string, server: string) =>
      connection.send({
        jsonrpc: '2.0',
        id,
        method: 'tools/call',
        params: { name: `${server}__slow`, arguments: { ms: 800 } },
      });
    slow('to-stays', 'stays');
    slow('to-goes', 'goes');
    await connection.tool('sync', 'goes__echo', { text: 'the calls before have begun' });
    const from = connection.frames.length;
    const [stays, goes] = [livesOf(test, 'stays')[0]!, livesOf(test, 'goes')[0]!];
    const diff = await test.app.apply(planOf([plan('comes', 'stays')]));
    expect(diff.links).toMatchObject([{ change: 'members-changed', joined: ['comes'], left: ['goes'] }]);
    expect((await connection.reply('to-goes')).result).toBeDefined();
    expect(isAlive(goes)).toBe(false);
    await isAnnounced(from);
    await eventually(async () => String(await toolsNow(`now-${Math.random()}`)) === 'comes,stays');
    expect((await connection.reply('to-stays')).result).toBeDefined();
    expect(await connection.tool('after', 'stays__whoami')).toBe(String(stays));
    const gone = await connection.call('gone', 'tools/call', { name: 'goes__whoami', arguments: {} });
    expect(gone.error.message).toContain('Unknown tool');
    expect(await connection.tool('new', 'comes__env', { name: 'WHO' })).toBe('comes');
    expect(fake.connections).toHaveLength(1);
    const names = test.app.watch.links[0]!.members!.map(({ name, state }) => `${name} ${state}`);
    expect(names).toEqual(['comes ready', 'stays ready']);
  });

  it('a server starts again alone, with its new environment', async () => {
    const { fake, plan, test, connection, isAnnounced } = await muxOf('stays', 'other');
    const before = livesOf(test, 'stays');
    const from = connection.frames.length;
    const next = planOf([plan('stays', 'other')]);
    const servers = next.servers.map((server) =>
      server.name === 'other'
        ? { ...server, launch: { ...launchOf(server), env: { ...launchOf(server).env, WHO: 'changed' } } }
        : server,
    );
    await test.app.apply({ ...next, servers });
    await isAnnounced(from);
    await eventually(() => livesOf(test, 'other').length === 2);
    expect(livesOf(test, 'other').map(isAlive)).toEqual([false, true]);
    expect(await connection.tool('env', 'other__env', { name: 'WHO' })).toBe('changed');
    expect(await connection.tool('who', 'stays__whoami')).toBe(String(before[0]));
    expect(fake.connections).toHaveLength(1);
  });

  it('a filter holds from now on, also for names that were listed before', async () => {
    const { fake, plan, test, connection, isAnnounced } = await muxOf('a', 'b');
    const from = connection.frames.length;
    const filtered = (deny: string[]) => {
      const next = planOf([plan('a', 'b')]);
      const servers = next.servers.map((server) =>
        server.name === 'a' ? { ...server, options: { ...server.options, tools: { deny } } } : server,
      );
      return { ...next, servers };
    };
    const diff = await test.app.apply(filtered(['whoami']));
    expect(diff.servers).toMatchObject([{ name: 'a', change: 'updated' }, { change: 'kept' }]);
    await isAnnounced(from);
    const denied = await connection.call('denied', 'tools/call', { name: 'a__whoami', arguments: {} });
    expect(denied.error.message).toContain('Unknown tool');
    expect(await connection.tool('allowed', 'a__echo', { text: 'yes' })).toBe('yes');
    await test.app.apply(filtered([]));
    expect(await connection.tool('again', 'a__whoami')).toBe(String(livesOf(test, 'a')[0]));
    expect(fake.connections).toHaveLength(1);
    expect(livesOf(test, 'a')).toHaveLength(1);
  });
});
