import { describe, expect, it, onTestFinished } from 'vitest';
import type { Settings } from '../../../src/config/defaults.js';
import { ErrorCode } from '../../../src/protocol/jsonrpc.js';
import { eventually, PATIENCE_MS } from '../../helpers/eventually.js';
import { type FakeConnection, FakeEndpoint } from '../../helpers/fake-endpoint.js';
import { isAlive } from '../../helpers/is-alive.js';
import { startMux } from '../../helpers/link.js';

const MB = 1_000_000;
const WILD = ['wild.mjs'] as const;

/** A server that misbehaves, `wild`, and one that does not, `calm`, behind one connection. */
async function both(server: readonly [string, ...string[]] = WILD, settings: Partial<Settings> = {}) {
  const fake = await FakeEndpoint.start();
  onTestFinished(() => fake.close());
  const test = startMux({
    endpoint: fake.endpoint(),
    members: [
      { name: 'wild', server },
      { name: 'calm', server: ['neighbour.mjs'] },
    ],
    settings: { gatherTimeoutMs: 5_000, listChangedDelayMs: 20, ...settings },
  });
  const connection = await fake.connection();
  await connection.greet();
  return { fake, test, connection };
}

let ids = 0;
const nextId = () => `id ${++ids}`;

const toolsOf = async (connection: FakeConnection) =>
  (await connection.call(nextId(), 'tools/list')).result.tools.map(({ name }) => name);

const call = (connection: FakeConnection, id: string, name: string, args: object = {}) =>
  connection.send({ jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: args } });

const changes = ({ frames }: FakeConnection) =>
  frames.filter((frame) => frame.includes('notifications/tools/list_changed')).length;

/** Calls the calm server again and again meanwhile: each call is answered, in order, by one process. */
async function whileCalmAnswers<T>(connection: FakeConnection, act: () => Promise<T>): Promise<T> {
  let isOver = false;
  const calling = (async () => {
    let last = 0;
    for (let calls = 0; !isOver || calls < 5; calls++) {
      const count = Number(await connection.tool(nextId(), 'neighbour_count'));
      expect(count).toBe(last === 0 ? count : last + 1);
      last = count;
    }
  })();
  try {
    return (await Promise.all([act().finally(() => (isOver = true)), calling]))[0];
  } finally {
    isOver = true;
  }
}

describe('a server that misbehaves does not disturb the other when it', () => {
  it('ends: its calls get errors at once, its tools leave the list and come back', async () => {
    const { connection, test } = await both(WILD, { minDelayMs: 4_000, maxDelayMs: 4_000 });
    expect(await toolsOf(connection)).toContain('whoami');
    const pid = Number(await connection.tool(nextId(), 'whoami'));
    for (const id of ['a', 'b']) call(connection, id, 'hang');
    await connection.tool(nextId(), 'echo', { text: 'both are there' });
    await whileCalmAnswers(connection, async () => {
      const before = changes(connection);
      process.kill(pid, 'SIGKILL');
      for (const id of ['a', 'b']) {
        const { error } = await connection.reply(id);
        expect(error).toMatchObject({ code: ErrorCode.serverExited, data: { server: 'wild' } });
      }
      // They would hang for ever otherwise; the next process is not even started.
      expect(test.all('server-starting')).toHaveLength(2);
      await eventually(() => changes(connection) > before);
      const while_ = changes(connection);
      expect(await toolsOf(connection)).toEqual(['neighbour_count']);
      await eventually(() => changes(connection) > while_);
      expect(await toolsOf(connection)).toContain('whoami');
      expect(Number(await connection.tool(nextId(), 'whoami'))).not.toBe(pid);
    });
    expect(test.all('server-down').map(({ server }) => server)).toEqual(['wild']);
    expect(test.all('down')).toEqual([]);
  });

  it('ends again and again as soon as it is started', async () => {
    const { connection, test } = await both(['crash-on-start.mjs']);
    await whileCalmAnswers(connection, async () => {
      await eventually(() => test.all('server-down').length >= 3);
      expect(await toolsOf(connection)).toEqual(['neighbour_count']);
    });
    expect(test.all('down')).toEqual([]);
  });

  it('hangs: its call ends after callTimeoutMs, it is told, and its late answer reaches nobody', async () => {
    const { connection, test } = await both(WILD, { callTimeoutMs: 2_000 });
    await whileCalmAnswers(connection, async () => {
      const askedAt = performance.now();
      const { result } = await connection.call('hung', 'tools/call', {
        name: 'slow',
        arguments: { ms: 4_500 },
      });
      expect(result.isError).toBe(true);
      expect(result.content[0].text).toContain('"wild" did not answer within 2 s');
      expect(await test.status('call-timeout')).toMatchObject({
        server: 'wild',
        name: 'slow',
        timeoutMs: 2_000,
      });
      const received = (await connection.tool(nextId(), 'received')) as string;
      const cancelled = (JSON.parse(received) as string[]).filter((line) =>
        line.includes('notifications/cancelled'),
      );
      expect(cancelled.map((line) => JSON.parse(line).params.requestId)).toEqual(['hung']);
      // The same id once more, before the late answer is there.
      call(connection, 'hung', 'echo', { text: 'anew' });
      await eventually(() => connection.frames.some((frame) => frame.includes('"anew"')));
      await eventually(() => performance.now() - askedAt > 5_000);
      await connection.tool(nextId(), 'echo', { text: 'after the late answer' });
    });
    const answers = connection.frames.map((frame) => JSON.parse(frame)).filter(({ id }) => id === 'hung');
    expect(answers).toHaveLength(2);
    expect(JSON.stringify(answers)).not.toContain('slept 4500');
  });

  it('writes 20 MB to stderr', async () => {
    const { connection } = await both();
    await whileCalmAnswers(connection, async () =>
      expect(await connection.tool(nextId(), 'grumble', { bytes: 20 * MB })).toBe('done'),
    );
    // Words on stderr are no change of a list.
    expect(changes(connection)).toBe(0);
  });

  it('answers with 100 MB, more than a message may have', async () => {
    const { connection } = await both();
    await whileCalmAnswers(connection, async () => {
      const { error } = await connection.call('big', 'tools/call', {
        name: 'big',
        arguments: { bytes: 100 * MB },
      });
      expect(error.code).toBe(ErrorCode.oversize);
    });
    expect(await connection.tool(nextId(), 'echo', { text: 'still there' })).toBe('still there');
  });

  it('never answers initialize: the others are served after a bound, and it is called slow', async () => {
    const started = performance.now();
    const { connection, test } = await both(['wild.mjs', 'mute'], {
      gatherTimeoutMs: 1_000,
      initializeWarnMs: 200,
      initializeTimeoutMs: 600_000,
    });
    expect(performance.now() - started).toBeLessThan(PATIENCE_MS);
    await whileCalmAnswers(connection, async () =>
      expect(await toolsOf(connection)).toEqual(['neighbour_count']),
    );
    expect(await test.status('server-slow')).toMatchObject({ server: 'wild' });
  });

  it('reads nothing while big calls go to it: those are refused, and nobody waits for it', async () => {
    const { connection, test } = await both(WILD, { maxQueuedBytes: MB });
    expect(await connection.tool(nextId(), 'deaf')).toBe('deaf');
    const text = 'x'.repeat(MB / 2);
    // The pipe to it fills, then what may wait for it; then, after the while that it is given, it is passed over.
    const refused = await eventually(async () => {
      call(connection, nextId(), 'echo', { text });
      await connection.tool(nextId(), 'neighbour_count');
      return connection.frames.map((frame) => JSON.parse(frame)).find(({ error }) => error);
    });
    expect(refused.error).toMatchObject({ code: ErrorCode.serverBusy, data: { server: 'wild' } });
    await whileCalmAnswers(connection, async () => {
      expect((await connection.call(nextId(), 'tools/call', { name: 'echo' })).error.code).toBe(
        ErrorCode.serverBusy,
      );
      // What nobody answers is not refused, but neither may it pile up.
      const params = { text };
      for (let i = 0; i < 4; i++) connection.send({ jsonrpc: '2.0', method: 'notifications/x', params });
      expect(await test.status('queue-full')).toMatchObject({ server: 'wild', bound: MB });
    });
  });

  it('does not leave when it is asked to: it is made to, at stop', async () => {
    const { connection, test } = await both(['wild.mjs', 'stubborn'], {
      endTimeoutMs: 200,
      termTimeoutMs: 200,
    });
    const pid = Number(await connection.tool(nextId(), 'whoami'));
    await test.daemon.stop();
    expect(isAlive(pid)).toBe(false);
  });
});

it('a method other than tools/call gets an error when its server hangs', async () => {
  const { connection } = await both(['capable.mjs'], { callTimeoutMs: 1_000 });
  const { error } = await connection.call(nextId(), 'prompts/get', { name: 'hangs' });
  expect(error).toMatchObject({ code: ErrorCode.callTimeout, data: { server: 'wild' } });
});

it('with all servers down a list is an error, never an empty success', async () => {
  const { connection, test } = await both(WILD, { minDelayMs: 60_000, maxDelayMs: 60_000 });
  for (const server of ['wild', 'calm']) {
    const { pid } = test.all('server-ready').find((status) => status.server === server)!;
    process.kill(pid!, 'SIGKILL');
  }
  await test.status('server-down', 1);
  const { error, result } = await connection.call(nextId(), 'tools/list');
  expect(result).toBeUndefined();
  expect(error).toMatchObject({ code: ErrorCode.serverDown, data: { servers: ['wild', 'calm'] } });
});

it('announces the tools of a server once, however often it says that they have changed', async () => {
  const { connection } = await both(WILD, { listChangedDelayMs: 2_000 });
  await toolsOf(connection);
  await Promise.all([1, 2, 3, 4, 5].map(() => connection.tool(nextId(), 'changed')));
  await eventually(() => changes(connection) > 0);
  await connection.tool(nextId(), 'slow', { ms: 2_500 });
  expect(changes(connection)).toBe(1);
});
