import { describe, expect, it, onTestFinished } from 'vitest';
import { ErrorCode } from '../../src/protocol/jsonrpc.js';
import { clock } from '../helpers/clock.js';
import { endedLike, isKnownToHaveEnded } from '../helpers/ended-servers.js';
import { eventually } from '../helpers/eventually.js';
import { FakeEndpoint } from '../helpers/fake-endpoint.js';
import { signal } from '../helpers/is-alive.js';
import { startLinks } from '../helpers/link.js';
import { isBeside, isRemote, isShared } from '../helpers/strategy.js';

async function endpoint() {
  const fake = await FakeEndpoint.start();
  onTestFinished(() => fake.close());
  return fake;
}

describe('the server survives a dropped socket', () => {
  it('keeps its process and its state', async () => {
    const fake = await endpoint();
    const test = startLinks([{ endpoint: fake.endpoint(), server: ['basic.mjs'] }]);
    const first = await fake.connection();
    await first.greet();
    const pid = await first.tool(1, 'whoami');
    expect(await first.tool(2, 'counter')).toBe('1');
    first.drop();
    const second = await fake.connection(1);
    await second.greet();
    expect(await second.tool(1, 'whoami')).toBe(pid);
    expect(await second.tool(2, 'counter')).toBe('2');
    expect(test.all('server-starting')).toHaveLength(1);
  });

  it('never delivers a late reply to the next connection, also when it reuses the id', async () => {
    const fake = await endpoint();
    const test = startLinks([{ endpoint: fake.endpoint(), server: ['basic.mjs'] }]);
    const first = await fake.connection();
    await first.greet();
    first.begin(1, 'slow', { ms: 700 });
    first.begin(2, 'slow', { ms: 700 });
    expect(await first.tool(3, 'echo', { text: 'both are running' })).toBe('both are running');
    first.drop();
    const second = await fake.connection(1);
    await second.greet();
    second.begin(1, 'slow', { ms: 900 });
    const { result } = await second.reply(1);
    expect(result.content[0].text).toBe('slept 900 ms');
    await eventually(() => test.all('stale-reply').length === 2);
    expect(second.frames.map((frame) => JSON.parse(frame).id)).toEqual([0, 1]);
  });

  it('tells the server that a question it asked will not be answered', async () => {
    const fake = await endpoint();
    startLinks([{ endpoint: fake.endpoint(), server: ['asks-roots.mjs'] }]);
    const first = await fake.connection();
    await first.greet();
    first.begin(1, 'ask');
    await first.frame((frame) => JSON.parse(frame).method === 'roots/list');
    first.drop();
    const second = await fake.connection(1);
    await second.greet();
    const answers = await eventually(async () => {
      const { result } = await second.call(`a${clock.now()}`, 'tools/call', {
        name: 'answers',
        arguments: {},
      });
      return JSON.parse(result.content[0].text).length > 0 && JSON.parse(result.content[0].text);
    });
    expect(answers).toMatchObject([{ error: { code: ErrorCode.endpointGone } }]);
  });
});

describe('the socket survives a dead server', () => {
  it('answers pending calls at once, replays initialize once, and the next call works', async () => {
    const fake = await endpoint();
    const test = startLinks([{ endpoint: fake.endpoint(), server: ['basic.mjs'] }]);
    const connection = await fake.connection();
    await connection.greet();
    const pid = Number(await connection.tool(1, 'whoami'));
    for (const id of [0, '', 'x']) {
      connection.send({
        jsonrpc: '2.0',
        id,
        method: 'tools/call',
        params: { name: 'slow', arguments: { ms: 60_000 } },
      });
    }
    await connection.tool(2, 'echo', { text: 'all are running' });
    connection.frames.length = 0;
    signal(pid, 'SIGKILL');
    // The calls would have run for a minute, and a reply is not waited for so long.
    const replies = await Promise.all([0, '', 'x'].map((id) => connection.reply(id)));
    for (const { error } of replies) {
      expect(error.code).toBe(isRemote ? ErrorCode.answerLost : ErrorCode.serverExited);
      if (!isRemote) expect(error.message).toContain('SIGKILL');
    }
    await isKnownToHaveEnded(test);
    // Sent while the server is away: it waits.
    expect(Number(await connection.tool(3, 'whoami'))).not.toBe(pid);
    const methods = (JSON.parse(await connection.tool(4, 'received')) as string[]).map(
      (line) => JSON.parse(line).method,
    );
    expect(methods.slice(0, 2)).toEqual(['initialize', 'notifications/initialized']);
    expect(methods.filter((method) => method === 'initialize')).toHaveLength(1);
    expect(fake.connections).toHaveLength(1);
    expect(await test.status('server-down')).toMatchObject({
      ...endedLike({ signal: 'SIGKILL' }),
      // A second client may have one as well; over HTTP, each has failed by itself.
      pendingFailed: isShared ? expect.any(Number) : isRemote ? 0 : 3,
    });
  });

  it('answers a ping itself while the server is away', async () => {
    const fake = await endpoint();
    const test = startLinks(
      [
        {
          endpoint: fake.endpoint(),
          server: ['basic.mjs'],
          settings: { minDelayMs: 600_000, maxDelayMs: 600_000 },
        },
      ],
      () => 0.9,
    );
    const connection = await fake.connection();
    await connection.greet();
    await connection.call(1, 'tools/call', { name: 'exit', arguments: { code: 1 } });
    await isKnownToHaveEnded(test);
    expect((await connection.call(2, 'ping')).result).toEqual({});
  });

  it('answers calls at once when the server will not be back in time', async () => {
    const fake = await endpoint();
    const test = startLinks(
      [
        {
          endpoint: fake.endpoint(),
          server: ['basic.mjs'],
          settings: { minDelayMs: 600_000, maxDelayMs: 600_000, holdTimeoutMs: 200 },
        },
      ],
      () => 0.9,
    );
    const connection = await fake.connection();
    await connection.greet();
    await connection.call(1, 'tools/call', { name: 'exit', arguments: { code: 4 } });
    await isKnownToHaveEnded(test);
    const { error } = await connection.call(2, 'tools/call', { name: 'whoami' });
    expect(error).toMatchObject({ code: ErrorCode.serverDown, data: { server: 'server' } });
    if (!isRemote) expect(error.message).toContain('exit code 4');
    // A list is of all servers; without any it is an error, too.
    const list = await connection.call(3, 'tools/list');
    if (isBeside) expect(list.result.tools.map(({ name }) => name)).toEqual(['neighbour_count']);
    else expect(list.error.code).toBe(ErrorCode.serverDown);
  });

  it('backs off from a server that keeps crashing and counts the crashes', async () => {
    const fake = await endpoint();
    const test = startLinks([{ endpoint: fake.endpoint(), server: ['crash-on-start.mjs'] }], () => 0.999);
    const downs = await eventually(() => test.all('server-down').length >= 4 && test.all('server-down'));
    expect(downs.map(({ failures }) => failures).slice(0, 4)).toEqual([1, 2, 3, 4]);
    const delays = downs.map(({ nextStartMs }) => nextStartMs);
    for (let i = 1; i < 4; i++) expect(delays[i]).toBeGreaterThan(delays[i - 1]!);
    expect(downs[0]).toMatchObject(endedLike({ exitCode: 3 }));
    if (!isRemote) expect(downs[0]!.stderrTail.length).toBeGreaterThan(0);
    // The one beside is reason enough to dial.
    expect(fake.dials).toHaveLength(isBeside ? 1 : 0);
  });

  it('does not disturb the other links', async () => {
    const [fake, other] = [await endpoint(), await endpoint()];
    const test = startLinks([
      { endpoint: other.endpoint('token-of-the-bad-one'), server: ['crash-on-start.mjs'], name: 'bad' },
      { endpoint: fake.endpoint('token-of-the-good-one'), server: ['basic.mjs'], name: 'good' },
    ]);
    const connection = await fake.connection();
    await connection.greet();
    await eventually(() => test.all('server-down').length >= 3);
    expect(await connection.tool(1, 'echo', { text: 'fine' })).toBe('fine');
    expect(connection.isClosed).toBe(false);
    expect(test.all('server-down').map(({ link }) => link)).not.toContain('good');
  });

  it('reports a command that does not exist as such', async () => {
    const fake = await endpoint();
    const test = startLinks([{ endpoint: fake.endpoint(), server: ['basic.mjs'] }]);
    await fake.connection();
    const missing = startLinks([{ endpoint: fake.endpoint(), server: ['/no/such/file.mjs'] }]);
    expect(await missing.status('server-down')).toMatchObject({
      why: 'exited',
      end: { kind: 'process', exitCode: 1 },
    });
    expect(test.all('server-down')).toEqual([]);
  });
});
