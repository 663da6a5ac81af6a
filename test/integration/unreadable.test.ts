import { describe, expect, it, onTestFinished } from 'vitest';
import { ErrorCode } from '../../src/protocol/jsonrpc.js';
import { eventually } from '../helpers/eventually.js';
import { FakeEndpoint } from '../helpers/fake-endpoint.js';
import { signal } from '../helpers/is-alive.js';
import { type LinkUnderTest, startLinks } from '../helpers/link.js';
import { isBeside } from '../helpers/strategy.js';

// A caller waits for five minutes, unless it is told.
const SOON_MS = 20_000;

async function start(greeting?: string, more: Partial<LinkUnderTest> = {}) {
  const fake = await FakeEndpoint.start();
  onTestFinished(() => fake.close());
  const server = ['odd-answers.mjs', ...(greeting ? [greeting] : [])] as const;
  const test = startLinks([{ endpoint: fake.endpoint(), server: server as [string, ...string[]], ...more }]);
  return { fake, test };
}

async function greeted(greeting?: string) {
  const { fake, test } = await start(greeting);
  const connection = await fake.connection();
  await connection.greet();
  return { connection, test, fake };
}

describe('an answer that cannot be passed on is an error for its caller', () => {
  it.each([
    ['nan', 'not-a-number', 'NaN'],
    ['infinity', 'not-a-number', 'Infinity'],
    ['gbk', 'encoding', '"PYTHONUTF8": "1"'],
    ['cp1258', 'encoding', '"PYTHONUTF8": "1"'],
    ['cp1252', 'encoding', '"PYTHONUTF8": "1"'],
    ['utf16', 'utf-16', 'UTF-16'],
    ['before', 'text-around', 'stderr'],
    ['behind', 'text-around', 'stderr'],
    ['colours', 'colours', '"NO_COLOR": "1"'],
    ['indented', 'several-lines', 'one line'],
    ['indented-crlf', 'several-lines', 'one line'],
    ['raw-break', 'several-lines', 'one line'],
    ['raw-tab', 'control-character', 'control character'],
    ['unversioned', 'no-jsonrpc', '"jsonrpc": "2.0"'],
    ['empty', 'no-outcome', '"result": {}'],
    ['python', 'python', 'json.dumps'],
    ['comma', 'trailing-comma', 'comma'],
    ['syntax', 'syntax', 'JSON'],
    ['error', 'not-a-number', 'NaN'],
  ])('%s: %s', async (name, why, words) => {
    const { connection, test } = await greeted();
    const { error } = await connection.call(`id of ${name}`, 'tools/call', { name }, SOON_MS);
    expect(error).toMatchObject({ code: ErrorCode.unreadable, data: { server: 'server', why } });
    expect(error.message).toContain(words);
    expect(test.all('answer-unreadable')).toMatchObject([{ method: 'tools/call', name, why }]);
    // The next ones are passed on as ever.
    expect(await connection.tool(8, 'crlf')).toContain('xin chào');
    for (const frame of connection.frames) expect(JSON.parse(frame)).toMatchObject({ jsonrpc: '2.0' });
  });

  it('whichever of several calls it belongs to, and no other', async () => {
    const { connection, test } = await greeted();
    const ways = ['nan', 'before', 'gbk', 'crlf', 'indented', 'mark', 'python'];
    ways.forEach((as, i) => {
      connection.begin(10 + i, 'wait', { as });
    });
    await connection.tool(30, 'go');
    const replies = await Promise.all(ways.map((_, i) => connection.reply(10 + i)));
    const failed = replies.map(({ error }) => error?.code === ErrorCode.unreadable);
    expect(failed).toEqual([true, true, true, false, true, false, true]);
    expect(test.all('answer-unreadable')).toHaveLength(5);
  });

  it('two on one line are two errors', async () => {
    const { connection } = await greeted();
    for (const id of [1, 2])
      connection.send({
        jsonrpc: '2.0',
        id,
        method: 'tools/call',
        params: { name: 'wait', arguments: { as: 'joined' } },
      });
    await connection.tool(3, 'go');
    for (const id of [1, 2])
      expect((await connection.reply(id)).error.data).toMatchObject({ why: 'several-messages' });
  });

  it('when mcp-pipe itself has asked', async () => {
    const { test } = await greeted();
    const [link] = test.daemon.links;
    const params = { name: 'gbk', arguments: {} };
    const outcome = await link!.ask('server', 'tools/call', params, { signal: AbortSignal.timeout(SOON_MS) });
    expect(outcome).toMatchObject({ error: { code: ErrorCode.unreadable, data: { why: 'encoding' } } });
  });

  it('its later, correct answer reaches nobody, not even who uses the id anew', async () => {
    const { connection, fake, test } = await greeted();
    const late = { name: 'after', arguments: { print: 'nan', ms: 1_200 } };
    expect((await connection.call(7, 'tools/call', late)).error.code).toBe(ErrorCode.unreadable);
    connection.close(1000);
    const again = await fake.connection(1);
    await again.greet();
    again.begin(7, 'wait', { as: 'crlf' });
    await test.status('stale-reply');
    expect(again.frames.filter((frame) => frame.includes('"id":7'))).toEqual([]);
    await again.tool(8, 'go');
    expect((await again.reply(7)).result.content[0].text).toContain('xin chào');
  });
});

describe('what looks like an answer and is none fails no call', () => {
  it.each(['asked', 'echoed', 'text', 'inner', 'log', 'wrapped', 'half'])('%s', async (print) => {
    const { connection, test } = await greeted();
    expect(await connection.tool(7, 'after', { print, ms: 700 })).toBe('the answer itself');
    expect(test.all('invalid-message').length).toBeGreaterThan(0);
    expect(test.all('answer-unreadable')).toEqual([]);
  });

  it('a server that prints what it is about to send', async () => {
    const { connection, test } = await greeted();
    expect(await connection.tool(7, 'after', { print: 'before', ms: 0 })).toBe('the answer itself');
    await eventually(() => test.all('invalid-message').length > 0);
    // It is known by now.
    expect(await connection.tool(8, 'after', { print: 'before', ms: 700 })).toBe('the answer itself');
    expect(test.all('answer-unreadable')).toEqual([]);
  });
});

it('an answer in an array is taken out of it for an endpoint that sends none', async () => {
  const { connection } = await greeted();
  expect(await connection.tool(7, 'array')).toContain('xin chào');
});

describe('the greeting', () => {
  it.each([
    ['gbk', 'encoding'],
    ['indented', 'several-lines'],
    ['nan', 'not-a-number'],
    ['utf16', 'utf-16'],
  ])('answered unreadably (%s) is said at once, and the endpoint hears why', async (greeting, why) => {
    const { fake, test } = await start(greeting);
    expect(await test.status('answer-unreadable')).toMatchObject({ method: 'initialize', why });
    expect(await test.status('server-refused')).toMatchObject({ code: ErrorCode.unreadable });
    const connection = await fake.connection();
    const { error } = await connection.greet();
    // Beside another server it is only left out.
    if (!isBeside) expect(error).toMatchObject({ code: ErrorCode.unreadable, data: { why } });
  });

  it('with text before it on its line is named', async () => {
    const { test } = await start('banner');
    const { why, excerpt } = await test.status('answer-unreadable');
    expect({ why, excerpt }).toMatchObject({
      why: 'text-around',
      excerpt: expect.stringMatching(/^Server is ready\. \{/),
    });
  });

  it('may begin with a byte order mark, also after a restart', async () => {
    const { connection, test } = await greeted('mark');
    expect(await connection.tool(1, 'mark')).toContain('xin chào');
    const { pid } = await test.status('server-ready');
    signal(pid!, 'SIGKILL');
    await test.status('server-ready', 1);
    expect(await connection.tool(2, 'mark')).toContain('xin chào');
    expect(test.all('invalid-message')).toEqual([]);
  });
});

describe('what the endpoint sends', () => {
  it('a request that is no JSON inside is an error for its caller', async () => {
    const { connection } = await greeted();
    connection.send(
      `{"jsonrpc":"2.0","id":"q","method":"tools/call","params":{"name":"crlf","arguments":{"v":NaN}}}`,
    );
    expect((await connection.reply('q')).error).toMatchObject({
      code: -32700,
      message: expect.stringContaining('NaN'),
    });
    connection.send(
      `{"jsonrpc":"2.0","id":"t","method":"tools/call","params":{"name":"${'a'.repeat(100)}\t"}}`,
    );
    expect((await connection.reply('t')).error.code).toBe(-32700);
  });

  it('a byte order mark does no harm', async () => {
    const { connection, test } = await greeted();
    connection.send(`\ufeff{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"crlf"}}`);
    expect((await connection.reply(5)).result.content[0].text).toContain('xin chào');
    expect(test.all('invalid-message')).toEqual([]);
  });

  it('indented JSON reaches the server on one line', async () => {
    const { connection } = await greeted();
    connection.send(
      JSON.stringify({ jsonrpc: '2.0', id: 6, method: 'tools/call', params: { name: 'crlf' } }, null, 2),
    );
    expect((await connection.reply(6)).result.content[0].text).toContain('xin chào');
  });
});
