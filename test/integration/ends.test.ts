import { describe, expect, it, onTestFinished } from 'vitest';
import { ErrorCode } from '../../src/protocol/jsonrpc.js';
import { CLOUD_INITIALIZE } from '../../src/protocol/mcp.js';
import { clock } from '../helpers/clock.js';
import { eventually, PATIENCE_MS } from '../helpers/eventually.js';
import { type FakeConnection, FakeEndpoint } from '../helpers/fake-endpoint.js';
import { isAlive, signal } from '../helpers/is-alive.js';
import { startLinks, type TestDaemon } from '../helpers/link.js';
import { isBeside, isMux, isShared } from '../helpers/strategy.js';

async function endpoint() {
  const fake = await FakeEndpoint.start();
  onTestFinished(() => fake.close());
  return fake;
}

function call(connection: FakeConnection, id: unknown, name: string, args: object = {}) {
  connection.send({ jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: args } });
}

async function msOf(deed: () => Promise<unknown>): Promise<number> {
  const startedAt = clock.now();
  await deed();
  return clock.now() - startedAt;
}

const stateOf = (test: TestDaemon) => test.daemon.links[0]!.state;

describe('a link dials again', () => {
  it('although its server hangs and the pipe to it is full', async () => {
    const fake = await endpoint();
    const test = startLinks([{ endpoint: fake.endpoint(), server: ['basic.mjs'] }]);
    const first = await fake.connection();
    await first.greet();
    signal(Number(await first.tool(1, 'whoami')), 'SIGSTOP');
    const text = 'x'.repeat(100_000);
    // The first half fills the pipe, so that the link waits for the server; the other half waits behind it.
    for (const half of ['a', 'b']) {
      for (let i = 0; i < 5; i++) call(first, `${half}${i}`, 'echo', { text });
      await first.taken();
    }
    first.close(1001, 'bye');
    expect((await test.status('down')).diagnosis.cause).toBe('endpoint-restarting');
    await fake.connection(1);
    expect(test.all('server-down')).toEqual([]);
  });

  it('only when the fresh server is ready that its last initialize asked for', async () => {
    const fake = await endpoint();
    const settings = { endTimeoutMs: 300, termTimeoutMs: 300 };
    const server = ['odd-start.mjs', 'slow-others', '600'] as const;
    const test = startLinks([{ endpoint: fake.endpoint(), server, settings }], () => 0.3);
    const first = await fake.connection();
    const other = { protocolVersion: '2025-06-18', capabilities: {} };
    first.send({ jsonrpc: '2.0', id: 0, method: 'initialize', params: other });
    await test.status('server-replaced');
    first.close(1001, 'restarting');
    const second = await fake.connection(1);
    const steps = test.statuses.map(({ type }) => type).filter((type) => /^server-ready|^dialing/.test(type));
    // Of several servers one that is ready is enough; the answer to initialize waits for the others a while.
    if (!isBeside) expect(steps).toEqual(['server-ready', 'dialing', 'server-ready', 'dialing']);
    expect((await second.greet(other)).result.protocolVersion).toBe('2025-06-18');
  });

  it('although the connection that made it replace its server ended before the fresh one was ready', async () => {
    const fake = await endpoint();
    const test = startLinks([{ endpoint: fake.endpoint(), server: ['odd-start.mjs', 'slow', '400'] }]);
    const first = await fake.connection();
    // A modern endpoint: the second server is not greeted, and neither is the third.
    const _meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': {},
    };
    await first.call(1, 'server/discover', { _meta });
    const lives = test.all('server-starting').length;
    await first.call(2, 'tools/call', { name: 'exit', _meta });
    await eventually(() => test.all('server-ready').length > lives);
    first.drop();
    const second = await fake.connection(1);
    second.send({ jsonrpc: '2.0', id: 0, method: 'initialize', params: { ...CLOUD_INITIALIZE } });
    await second.taken();
    second.drop();
    const third = await fake.connection(2);
    expect((await third.greet()).result.protocolVersion).toBe('2024-11-05');
  });
});

describe('stop', () => {
  it.each([
    ['a call', '{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"whoami"}}'],
    [
      'an initialize',
      '{"jsonrpc":"2.0","id":7,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{}}}',
    ],
    ['an array', '[{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"whoami"}}]'],
  ])('answers %s that waits for a server at once, and waits for nobody', async (what, frame) => {
    const fake = await endpoint();
    // The next start is almost a minute away: less than a call may wait, and more than a test may take.
    const wait = 60_000;
    const settings = { minDelayMs: wait, maxDelayMs: wait, holdTimeoutMs: 2 * wait, drainTimeoutMs: wait };
    const test = startLinks([{ endpoint: fake.endpoint(), server: ['basic.mjs'], settings }], () => 0.99);
    const connection = await fake.connection();
    await connection.greet();
    await connection.call(1, 'tools/call', { name: 'exit', arguments: { code: 1 } });
    await test.status('server-down');
    connection.send(frame);
    await connection.taken();
    // A multiplexer needs no server to answer a further initialize.
    const isAnswered = isMux && what === 'an initialize';
    const answered = () => connection.frames.filter((text) => text.includes('"id":7')).length;
    // With the words of the server beside it, which is asked anew.
    if (isAnswered) await eventually(() => answered() === 1);
    else expect(answered()).toBe(0);
    await test.daemon.stop();
    await connection.closed;
    const answers = connection.frames.flatMap((text) => JSON.parse(text)).filter(({ id }) => id === 7);
    const refused = { error: { code: ErrorCode.shuttingDown } };
    const protocolVersion = isBeside ? '2025-06-18' : '2024-11-05';
    expect(answers).toMatchObject([isAnswered ? { result: { protocolVersion } } : refused]);
    expect(test.all('draining')).toMatchObject([{ pending: isAnswered ? 0 : 1 }]);
    expect(test.all('drained')).toMatchObject([{ abandoned: 0 }]);
  });

  it.each(['at once', 'while the server starts'])('is hurried by a second signal, %s', async (when) => {
    const fake = await endpoint();
    const settings = { endTimeoutMs: PATIENCE_MS, termTimeoutMs: PATIENCE_MS };
    const test = startLinks([{ endpoint: fake.endpoint(), server: ['ignores-sigterm.mjs'], settings }]);
    if (when !== 'at once') {
      // Turn by turn of microtasks: the process itself takes longer than this.
      for (let i = 0; i < 1_000 && test.all('server-starting').length === 0; i++) await Promise.resolve();
      expect(test.all('server-starting')).toHaveLength(1);
    }
    const tookMs = msOf(() => test.daemon.stop());
    onTestFinished(clock.after(300, () => test.daemon.force()));
    expect(await tookMs).toBeLessThan(PATIENCE_MS);
    expect(stateOf(test)).toBe('closed');
    expect(fake.dials).toEqual([]);
  });
});

describe('a server that closes one of its pipes and runs on', () => {
  // Asked politely it stays for 4 s.
  const settings = { endTimeoutMs: 2_000, termTimeoutMs: 2_000 };

  async function start() {
    const fake = await endpoint();
    const server = ['loose-ends.mjs', 'close'] as const;
    const test = startLinks([{ endpoint: fake.endpoint(), server, settings }]);
    const connection = await fake.connection();
    await connection.greet();
    const pid = Number(await connection.tool('w', 'whoami'));
    return { test, connection, pid };
  }

  it('counts as down when that was stdout: its calls are answered, and the next one starts after it', async () => {
    const { test, connection, pid } = await start();
    call(connection, 1, 'stdout');
    await test.status('server-stderr');
    const { error } = await connection.reply(1);
    // At once, and not when the process has ended.
    expect(isAlive(pid)).toBe(true);
    expect(error.code).toBe(ErrorCode.serverExited);
    expect(error.message).toContain('closed its stdout');
    expect(await test.status('server-down')).toMatchObject({
      why: 'pipe-closed',
      end: { kind: 'pipe-closed', what: 'closed its stdout' },
      // A second client may have one as well.
      pendingFailed: isShared ? expect.any(Number) : 1,
    });
    expect(Number(await connection.tool(2, 'whoami'))).not.toBe(pid);
    expect(isAlive(pid)).toBe(false);
    expect(connection.isClosed).toBe(false);
  });

  it('counts as down when that was stdin, as soon as something is sent to it', async () => {
    const { test, connection, pid } = await start();
    call(connection, 1, 'stdin');
    await test.status('server-stderr');
    call(connection, 2, 'whoami');
    const replies = [await connection.reply(1), await connection.reply(2)];
    expect(isAlive(pid)).toBe(true);
    for (const { error } of replies) expect(error.message).toContain('closed its stdin');
    expect(await test.status('server-down')).toMatchObject({ why: 'pipe-closed', pendingFailed: 2 });
    expect(Number(await connection.tool(3, 'whoami'))).not.toBe(pid);
  });
});

describe.each(['stdout', 'stderr'])('a detached grandchild that keeps writing to %s', (pipe) => {
  async function start() {
    const fake = await endpoint();
    // The grandchild writes for as long.
    const settings = { endTimeoutMs: PATIENCE_MS, termTimeoutMs: PATIENCE_MS };
    const server = ['loose-ends.mjs', 'noisy', pipe] as const;
    const test = startLinks([{ endpoint: fake.endpoint(), server, settings }]);
    const connection = await fake.connection();
    await connection.greet();
    const grandchild = Number(await connection.tool('g', 'grandchild'));
    onTestFinished(() => {
      if (isAlive(grandchild)) signal(grandchild, 'SIGKILL');
    });
    // It is at work.
    if (pipe === 'stdout') await test.status('invalid-message');
    else await test.status('server-stderr');
    return { test, connection };
  }

  it('does not delay the answer to calls of a server that was killed', async () => {
    const { test, connection } = await start();
    const pid = Number(await connection.tool(1, 'whoami'));
    call(connection, 2, 'never');
    await connection.tool(3, 'whoami');
    signal(pid, 'SIGKILL');
    const answered = await msOf(async () =>
      expect((await connection.reply(2)).error.message).toContain('SIGKILL'),
    );
    expect(answered).toBeLessThan(15_000);
    expect(await test.status('server-down')).toMatchObject({
      why: 'exited',
      end: { kind: 'process', signal: 'SIGKILL' },
    });
  });

  it('does not delay stop', async () => {
    const { test } = await start();
    expect(await msOf(() => test.daemon.stop())).toBeLessThan(15_000);
    expect(stateOf(test)).toBe('closed');
  });
});

it('a relaying endpoint keeps its server when a new caller initialises differently after a drop', async () => {
  const fake = await endpoint();
  const test = startLinks([{ endpoint: fake.endpoint(), server: ['asker.mjs'] }]);
  const first = await fake.connection();
  await first.greet();
  const pid = await first.tool(1, 'whoami');
  first.drop();
  const second = await fake.connection(1);
  // The callers from before never noticed, and go on.
  call(second, 2, 'hold', { tag: 'the call of the first caller' });
  expect(await second.tool(3, 'whoami')).toBe(pid);
  const other = { protocolVersion: '2025-06-18', capabilities: {} };
  expect((await second.call(4, 'initialize', other)).result.protocolVersion).toBe('2025-06-18');
  expect(await second.tool(5, 'whoami')).toBe(pid);
  await second.tool(6, 'release');
  expect((await second.reply(2)).result.content[0].text).toBe('the call of the first caller');
  expect(test.all('server-replaced')).toEqual([]);
});
