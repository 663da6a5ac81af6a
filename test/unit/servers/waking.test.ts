import { describe, expect, it, onTestFinished } from 'vitest';
import { ErrorCode } from '../../../src/protocol/jsonrpc.js';
import type { ServerEnd } from '../../../src/protocol/server-end.js';
import { LinkWorld } from '../../helpers/link-world.js';
import { settled } from '../../helpers/mux-world.js';

const GONE: ServerEnd = { kind: 'unreachable', reason: 'ECONNREFUSED' };

/** A link whose first server has gone, and has been tried in vain so often that its next try is far away. */
async function withoutServer(kind: 'pipe' | 'mux', { isRemote = true, end = GONE } = {}) {
  const world = new LinkWorld({ kind, isRemote });
  onTestFinished(() => world.stop());
  await world.start();
  const server = world.servers[0]!;
  await world.advance(20_000);
  server.failsWith = end;
  server.endsWith = { kind: 'session-lost' };
  server.life!.die();
  await settled();
  while (world.nextTryMs() < 30_000) await world.advance(world.nextTryMs());
  return { world, server };
}

it.each(['pipe', 'mux'] as const)(
  'a call that waits in vain for a server of a %s hears why',
  async (kind) => {
    const world = new LinkWorld({ kind, isRemote: true });
    onTestFinished(() => world.stop());
    await world.start();
    const server = world.servers[0]!;
    await world.advance(20_000);
    server.failsWith = GONE;
    server.endsWith = { kind: 'session-lost' };
    server.life!.die();
    await settled();
    await world.call('7', server, 't0');
    await world.advance(12_000);
    expect(world.answer('7').error).toMatchObject({
      code: ErrorCode.serverDown,
      message: expect.stringContaining('it cannot be reached (ECONNREFUSED)'),
    });
  },
);

describe.each(['pipe', 'mux'] as const)('a remote server of a %s that waits for its next try', (kind) => {
  it('is tried at once when a call comes, which is held until it is answered', async () => {
    const { world, server } = await withoutServer(kind);
    await world.advance(2_000);
    server.failsWith = undefined;
    await world.call('7', server, 't0');
    expect(world.answers.get('7')).toBeUndefined();
    const [sent] = [...server.life!.pending.keys()];
    server.life!.reply(sent!, '"result":{"content":[]}');
    await settled();
    expect(world.answer('7').result).toEqual({ content: [] });
  });

  it('is tried once for many calls, each of which is answered with the reason', async () => {
    const { world, server } = await withoutServer(kind);
    await world.advance(2_000);
    const { tries } = server;
    for (const id of ['1', '2', '3']) await world.call(id, server, 't0');
    expect(server.tries).toBe(tries + 1);
    for (const id of ['1', '2', '3'])
      expect(world.answer(id).error).toMatchObject({
        code: ErrorCode.serverDown,
        message: expect.stringMatching(/s0.*cannot be reached \(ECONNREFUSED\)/),
      });
    await world.advance(1_100);
    await world.call('4', server, 't0');
    expect(server.tries).toBe(tries + 2);
    expect(world.answer('4').error!.code).toBe(ErrorCode.serverDown);
  });

  it.each<ServerEnd>([
    { kind: 'http', status: 429, retryAfterMs: 120_000 },
    { kind: 'unauthorized', wants: 'oauth' },
  ])('is left alone as long as %j demands, and a call is answered at once with the reason', async (end) => {
    const { world, server } = await withoutServer(kind, { end });
    const { tries } = server;
    await world.advance(5_000);
    await world.call('7', server, 't0');
    expect(server.tries).toBe(tries);
    expect(world.answer('7').error).toMatchObject({
      code: ErrorCode.serverDown,
      message: expect.stringMatching(/HTTP status 429|does not accept the login/),
    });
    world.daemon.wake();
    await settled();
    expect(server.tries).toBe(tries);
  });

  it('is tried at once when the machine wakes, and again soon if that fails', async () => {
    const { world, server } = await withoutServer(kind);
    const { tries } = server;
    world.daemon.wake();
    await settled();
    expect(server.tries).toBe(tries + 1);
    server.failsWith = undefined;
    await world.advance(1_000);
    expect(server.life).toBeDefined();
  });

  it('does not disturb another server', async () => {
    const { world } = await withoutServer(kind);
    const other = world.servers[1];
    if (!other) return;
    await world.call('7', other, 't1');
    other.life!.reply([...other.life!.pending.keys()][0]!, '"result":{}');
    await settled();
    expect(world.answer('7').result).toEqual({});
    expect(other.lives).toHaveLength(1);
  });
});

it('the tools of a remote server leave a mux with it, and return with list_changed', async () => {
  const world = new LinkWorld({ kind: 'mux', isRemote: true });
  onTestFinished(() => world.stop());
  await world.start();
  const names = async (id: string) => {
    await world.ask(id, 'tools/list', '{}');
    const { tools } = world.answer(id).result as { tools: { name: string }[] };
    return tools.map(({ name }) => name);
  };
  expect(await names('1')).toEqual(['t0', 's0__common', 't1', 's1__common']);
  const [server] = world.servers;
  server!.failsWith = GONE;
  server!.life!.die();
  await world.advance(60_000);
  expect(await names('2')).toEqual(['t1', 's1__common']);
  expect(world.told.filter((method) => method === 'notifications/tools/list_changed')).toHaveLength(1);
  server!.failsWith = undefined;
  world.daemon.wake();
  await settled();
  // Changes that come together are told once.
  await world.advance(1_000);
  expect(await names('3')).toEqual(['t0', 's0__common', 't1', 's1__common']);
  expect(world.told.filter((method) => method === 'notifications/tools/list_changed')).toHaveLength(2);
});

it('a process that waits for its next start is not started for a call', async () => {
  const { world, server } = await withoutServer('pipe', { isRemote: false });
  await world.advance(2_000);
  const { tries } = server;
  await world.call('7', server, 't0');
  expect(server.tries).toBe(tries);
  expect(world.answer('7').error!.code).toBe(ErrorCode.serverDown);
});

it('a session that lasts is asked whether it does when the machine wakes, and replaced if it does not answer', async () => {
  const world = new LinkWorld({ kind: 'pipe', isRemote: true, settings: { serverPingTimeoutMs: 5_000 } });
  onTestFinished(() => world.stop());
  await world.start();
  const [server] = world.servers;
  const first = server!.life!;
  world.daemon.wake();
  await settled();
  const [ping] = [...first.pending.keys()];
  expect(first.pending.get(ping!)?.method).toBe('ping');
  first.reply(ping!, '"result":{}');
  await world.advance(10_000);
  expect(server!.lives).toHaveLength(1);
  world.daemon.wake();
  await world.advance(10_000);
  expect(server!.lives).toHaveLength(2);
  await world.call('7', server!, 't0');
  server!.life!.reply([...server!.life!.pending.keys()].at(-1)!, '"result":{}');
  await settled();
  expect(world.answer('7').result).toEqual({});
});
