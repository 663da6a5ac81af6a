import { describe, expect, it, onTestFinished } from 'vitest';
import { ErrorCode } from '../../../src/protocol/jsonrpc.js';
import type { ServerEnd } from '../../../src/protocol/server-end.js';
import { failedReply } from '../../../src/servers/failed-request.js';
import { LinkWorld } from '../../helpers/link-world.js';
import { settled } from '../../helpers/mux-world.js';

const CUT: ServerEnd = { kind: 'cut', reason: 'ECONNRESET' };
const BUSY: ServerEnd = { kind: 'http', status: 429, retryAfterMs: 1_500 };

async function started(kind: 'pipe' | 'mux') {
  const world = new LinkWorld({ kind });
  onTestFinished(() => world.stop());
  await world.start();
  const server = world.servers[0]!;
  return { world, server, life: server.life! };
}

describe.each(['pipe', 'mux'] as const)('a request to a server of a %s that fails alone', (kind) => {
  it('is answered at once with an error that says why, and counted once as failed', async () => {
    const { world, server, life } = await started(kind);
    await world.call('7', server, 't0');
    await world.call('8', server, 't0');
    const [first, second] = [...life.pending.keys()];
    const before = world.daemon.links[0]!.stats();
    life.failRequest(first!, CUT);
    await settled();
    expect(world.answer('7').error).toMatchObject({
      code: ErrorCode.answerLost,
      message: expect.stringMatching(/s0.*cut.*ECONNRESET.*not repeated/),
      data: { server: 's0', cause: 'cut' },
    });
    life.failRequest(first!, CUT);
    life.reply(second!, '"result":{"content":[]}');
    await settled();
    expect(world.answer('8').result).toEqual({ content: [] });
    expect(world.answers.get('7')).toHaveLength(1);
    const ends = world.calls.filter(({ method }) => method === 'tools/call');
    expect(ends.map(({ id, outcome, code, server }) => ({ id, outcome, code, server }))).toEqual([
      { id: '7', outcome: 'error', code: ErrorCode.answerLost, server: 's0' },
      { id: '8', outcome: 'ok', code: undefined, server: 's0' },
    ]);
    expect(world.ring.records().filter(({ code }) => code === ErrorCode.answerLost)).toHaveLength(1);
    const after = world.daemon.links[0]!.stats();
    expect(counts(after).failed - counts(before).failed).toBe(1);
    expect(counts(after).answered - counts(before).answered).toBe(1);
    expect(server.lives).toHaveLength(1);
  });

  it('is not answered when it was cancelled, or when the process is not the present one', async () => {
    const { world, server, life } = await started(kind);
    await world.call('7', server, 't0');
    const [sent] = [...life.pending.keys()];
    world.connection!.send('{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}}');
    await settled();
    life.failRequest(sent!, CUT);
    await settled();
    expect(world.answers.get('7')).toBeUndefined();
    life.die();
    await world.advance(60_000);
    await world.call('9', server, 't0');
    const [again] = [...server.life!.pending.keys()];
    life.failRequest(again!, CUT);
    await settled();
    expect(world.answers.get('9')).toBeUndefined();
    server.life!.reply(again!, '"result":{}');
    await settled();
    expect(world.answer('9').result).toEqual({});
  });

  it('ends a request of mcp-pipe itself', async () => {
    const { world, server, life } = await started(kind);
    const signal = new AbortController().signal;
    const asked = world.daemon.links[0]!.ask('s0', 'tools/call', { name: 't0' }, { signal });
    await settled();
    const [sent] = [...life.pending.keys()];
    life.failRequest(sent!, BUSY);
    expect(await asked).toMatchObject({
      error: { code: ErrorCode.requestRejected, message: expect.stringContaining('Try again in 2 s.') },
    });
    await world.call('8', server, 't0');
    life.reply([...life.pending.keys()][0]!, '"result":{}');
    await settled();
    expect(world.answer('8').result).toEqual({});
  });
});

it('an initialize whose request failed leaves a server that has refused it', async () => {
  const world = new LinkWorld({ kind: 'pipe' });
  onTestFinished(() => world.stop());
  const [server] = world.servers;
  server!.isMute = true;
  world.daemon.start();
  await settled();
  const [asked] = server!.life!.received;
  server!.life!.failRequest(asked!.id!, { kind: 'http', status: 500 });
  await settled();
  expect(world.statuses.map(({ type }) => type)).toContain('server-refused');
});

it.each<[ServerEnd, 'none' | 'unknown']>([
  [{ kind: 'http', status: 400 }, 'none'],
  [{ kind: 'http', status: 405 }, 'none'],
  [{ kind: 'http', status: 429 }, 'none'],
  [{ kind: 'http', status: 503 }, 'none'],
  [{ kind: 'http', status: 500 }, 'unknown'],
  [{ kind: 'http', status: 502 }, 'unknown'],
  [{ kind: 'http', status: 504 }, 'unknown'],
  [{ kind: 'not-mcp', status: 302, what: 'redirect' }, 'none'],
  [{ kind: 'not-mcp', status: 404, what: 'page' }, 'none'],
  [{ kind: 'not-mcp', status: 200, what: 'page' }, 'unknown'],
  [{ kind: 'not-mcp', status: 200, what: 'not-json' }, 'unknown'],
  [{ kind: 'cut', reason: 'ECONNRESET' }, 'unknown'],
  [{ kind: 'unreachable', reason: 'ECONNREFUSED' }, 'none'],
  [{ kind: 'unreachable', reason: 'CERT_HAS_EXPIRED' }, 'none'],
  [{ kind: 'unreachable', reason: 'ECONNRESET' }, 'unknown'],
  [{ kind: 'unreachable', reason: 'ETIMEDOUT' }, 'unknown'],
  [{ kind: 'session-lost' }, 'none'],
  [{ kind: 'unauthorized' }, 'none'],
])('after %j, the effect of a call is %s', (end, effect) => {
  const { code, text, data } = failedReply('s', end);
  expect(code).toBe(effect === 'none' ? ErrorCode.requestRejected : ErrorCode.answerLost);
  expect(text).toMatch(effect === 'none' ? /did not carry out/ : /may have had effects/);
  expect(data).toMatchObject({ server: 's', cause: expect.any(String) });
});

function counts({ servers }: { servers: readonly { calls: { answered: number; failed: number } }[] }) {
  return servers[0]!.calls;
}
