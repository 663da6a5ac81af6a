import { expect, it, onTestFinished } from 'vitest';
import { ErrorCode } from '../../../src/protocol/jsonrpc.js';
import type { ServerEnd } from '../../../src/protocol/server-end.js';
import { diagnoseServer } from '../../../src/servers/diagnose-server.js';
import { LinkWorld } from '../../helpers/link-world.js';
import { settled } from '../../helpers/mux-world.js';

const MIB = 1024 ** 2;

function over(of: 'memory' | 'cpu' | 'pids', limit: number, used?: number): ServerEnd {
  return { kind: 'over-limit', of, limit, used, times: 1, exitCode: undefined, signal: 'SIGTERM' };
}

it.each([
  [over('memory', 300 * MIB, 352 * MIB), 'memory', '352 MiB > 300 MiB; raise "memory"'],
  // Only the system knows.
  [over('memory', 300 * MIB), 'memory', '300 MiB; raise "memory"'],
  [over('cpu', 50, 99.6), 'processor time', '100 % > 50 %; raise "cpu"'],
  [over('pids', 64, 70), 'processes', '70 > 64; raise "pids"'],
])('callers hear which limit it was, what was measured, and what can be done', (end, what, figures) => {
  expect(diagnoseServer(end).forCallers).toBe(
    `it took more ${what} than it may (${figures} in its "limits" if it needs that much)`,
  );
});

it.each(['pipe', 'mux'] as const)(
  'a call on a %s, and one of a person, hear it with -31001',
  async (kind) => {
    const world = new LinkWorld({ kind, options: { retrySafeCalls: true } });
    onTestFinished(() => world.stop());
    const server = world.servers[0]!;
    server.annotations = { common: { readOnlyHint: true } };
    await world.start();
    await world.call('7', server, 't0');
    await world.call('8', server, 'common');
    const { signal } = new AbortController();
    const [link] = world.daemon.links;
    const asked = link!.ask(server.name, 'tools/call', { name: 't0' }, { signal });
    await settled();
    server.endsWith = over('memory', 300 * MIB, 352 * MIB);
    server.life!.die();
    const expected = {
      code: ErrorCode.serverExited,
      message: expect.stringContaining(
        'while this call was running: it took more memory than it may (352 MiB',
      ),
    };
    expect(await asked).toMatchObject({ error: expected });
    await settled();
    expect(world.answer('7').error).toMatchObject(expected);
    // It is sent once more, as after any end.
    expect(world.answers.get('8')).toBeUndefined();
    await world.advance(3_000);
    const [again] = [...server.life!.pending.values()].filter(({ method }) => method === 'tools/call');
    server.life!.reply(again!.id!, '"result":{"content":[]}');
    await settled();
    expect(world.answer('8').result).toEqual({ content: [] });
  },
);
