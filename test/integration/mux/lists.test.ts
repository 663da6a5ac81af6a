import { expect, it } from 'vitest';
import { ErrorCode } from '../../../src/protocol/jsonrpc.js';
import { eventually } from '../../helpers/eventually.js';
import type { MemberUnderTest } from '../../helpers/link.js';
import { muxLink as link, scripted, tool, toolsPage } from '../../helpers/scripted.js';
import { isRemote } from '../../helpers/strategy.js';

it('leaves names as they are where they are unique, and puts the server in front where they meet', async () => {
  const a = scripted('a', { pages: toolsPage('add', 'only_a') });
  const b = scripted('b', { pages: toolsPage('add', 'only.b') });
  const { connection, names, test } = await link([a, b]);
  expect(await names()).toEqual(['a__add', 'only_a', 'b__add', 'only_b']);
  // The server hears the name that it gave itself.
  expect(JSON.parse(await connection.tool(1, 'b__add', { x: 1 }))).toEqual({
    name: 'add',
    arguments: { x: 1 },
  });
  expect(JSON.parse(await connection.tool(2, 'only_b'))).toMatchObject({ name: 'only.b' });
  expect(test.all('name-hidden')).toEqual([]);
});

it('can put the server in front always, or never', async () => {
  const members = [
    scripted('a', { pages: toolsPage('add') }),
    scripted('b', { pages: toolsPage('add', 'sub') }),
  ];
  const always = await link(members, { prefix: 'always', separator: '-' });
  expect(await always.names()).toEqual(['a-add', 'b-add', 'b-sub']);
  const never = await link(members, { prefix: 'never' });
  expect(await never.names()).toEqual(['add', 'sub']);
  expect(never.test.all('name-hidden')).toMatchObject([{ server: 'b', kind: 'tool', name: 'add', by: 'a' }]);
  expect(JSON.parse(await never.connection.tool(1, 'add'))).toMatchObject({ name: 'add' });
});

it('gathers every page of every server, and gives out pages only when asked to', async () => {
  const a = scripted('a', {
    pages: {
      'tools/list': [
        `{"tools":[${tool('a1')}],"nextCursor":"1"}`,
        `{"tools":[${tool('a2')}],"nextCursor":"2"}`,
        `{"tools":[${tool('a3')}]}`,
      ],
    },
  });
  const b = scripted('b', { pages: toolsPage('b1', 'b2') });
  const whole = await link([a, b]);
  expect(await whole.names()).toEqual(['a1', 'a2', 'a3', 'b1', 'b2']);

  const paged = await link([a, b], { settings: { toolsPerPage: 2 } });
  const pages: string[][] = [];
  let cursor: unknown;
  for (let id = 1; id === 1 || cursor !== undefined; id++) {
    const { result } = await paged.connection.call(id, 'tools/list', cursor === undefined ? {} : { cursor });
    pages.push(result.tools.map(({ name }) => name));
    cursor = result.nextCursor;
  }
  expect(pages).toEqual([['a1', 'a2'], ['a3', 'b1'], ['b2']]);
  const { error } = await paged.connection.call(50, 'tools/list', { cursor: '99-0' });
  expect(error).toMatchObject({ code: -32602 });
});

it('takes missing and null params, as the self-hosted endpoint sends them', async () => {
  const { connection } = await link([scripted('a', { pages: toolsPage('a1') })]);
  connection.send('{"jsonrpc":"2.0","id":1,"method":"tools/list","params":null}');
  connection.send('{"jsonrpc":"2.0","id":2,"method":"tools/list"}');
  expect((await connection.reply(1)).result.tools).toHaveLength(1);
  expect((await connection.reply(2)).result.tools).toHaveLength(1);
});

it('hands on every byte of a tool, and of a result, that it does not know', async () => {
  const odd =
    '{ "name" : "odd", "futureTop":{"b":1,"a":2,"10":0,"9":1}, "big":12345678901234567890, "icons":[{"src":"x"}],' +
    '"annotations":{"readOnlyHint":true,"future":1}, "_meta":{"k":"\\u00e9"}, "outputSchema":{"type":"array"},"inputSchema":{"type":"object","$defs":{}} }';
  const result = '{"content":[],"structuredContent":[1,2.50,{"2":1,"1":2}],"unknown":1e2,"_meta":{"n":1.0}}';
  const a = scripted('a', {
    pages: { 'tools/list': [`{"tools":[${odd}]}`] },
    replies: { 'tools/call': result },
  });
  const { connection } = await link([a, scripted('b', { pages: toolsPage('b1') })]);
  const list = await connection
    .call(1, 'tools/list')
    .then(() => connection.frame((f) => f.includes('"id":1,')));
  expect(list).toContain(odd);
  await connection.call(2, 'tools/call', { name: 'odd' });
  expect(await connection.frame((frame) => frame.includes('"id":2,'))).toBe(
    `{"jsonrpc":"2.0","id":2,"result":${result}}`,
  );
});

it('waits for slow servers up to a bound, serves what is there, and announces the rest', async () => {
  const slow: MemberUnderTest = { name: 'slow', server: ['slow-start.mjs'], env: { START_MS: '4000' } };
  const { names, changes, test } = await link([slow, scripted('quick', { pages: toolsPage('at_once') })], {
    settings: { gatherTimeoutMs: 1_000 },
  });
  expect(await names()).toEqual(['at_once']);
  await eventually(() => changes().length > 0, { what: 'the announcement' });
  expect(await names()).toEqual(expect.arrayContaining(['echo', 'at_once']));
  expect(changes()).toHaveLength(1);
  expect(test.all('server-down')).toEqual([]);
});

it('answers the first list with all servers when they are quick enough, and announces nothing', async () => {
  const slow: MemberUnderTest = { name: 'slow', server: ['slow-start.mjs'], env: { START_MS: '600' } };
  const { names, changes, connection } = await link(
    [slow, scripted('quick', { pages: toolsPage('at_once') })],
    {
      settings: { gatherTimeoutMs: 20_000 },
    },
  );
  expect(await names()).toContain('echo');
  await connection.call(1, 'ping');
  expect(changes()).toEqual([]);
});

it('takes the tools of a dead server out of the list, and says so; all dead is an error', async () => {
  // Over HTTP the answer is cut, and the session is missed a little later.
  const ofEnded = isRemote ? ErrorCode.answerLost : ErrorCode.serverExited;
  const members = [
    scripted('a', { pages: toolsPage('a1', 'exit') }),
    scripted('b', { pages: toolsPage('b1', 'exit') }),
  ];
  const { names, changes, connection } = await link(members, {
    settings: { minDelayMs: 60_000, maxDelayMs: 60_000, holdTimeoutMs: 200 },
  });
  expect(await names()).toEqual(['a1', 'a__exit', 'b1', 'b__exit']);
  connection.send({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'a__exit' } });
  expect((await connection.reply(1)).error.code).toBe(ofEnded);
  await eventually(() => changes().length === 1, { what: 'the announcement' });
  // The name of the other one's tool has not changed.
  expect(await names()).toEqual(['b1', 'b__exit']);
  connection.send({ jsonrpc: '2.0', id: 2, method: 'tools/call', params: { name: 'b__exit' } });
  expect((await connection.reply(2)).error.code).toBe(ofEnded);
  expect(await names()).toMatchObject({ code: -31002, message: expect.stringContaining('a, b') });
  // Its tool is still known: the caller hears why it does not answer.
  const { error } = await connection.call(3, 'tools/call', { name: 'a1' });
  expect(error).toMatchObject({ code: -31002, message: expect.stringContaining('"a"') });
});

it('joins capabilities and instructions of several servers, and agrees on a version that one of them speaks', async () => {
  const a = scripted('a', {
    capabilities: {
      tools: {},
      resources: { subscribe: true },
      experimental: { x: { one: 1 } },
      future: true,
    },
    instructions: 'Use a.',
    protocolVersion: '2025-03-26',
  });
  const b = scripted('b', {
    capabilities: { tools: { listChanged: false }, logging: {}, experimental: { x: { two: 2 }, y: {} } },
    instructions: 'Use b.',
    protocolVersion: '2024-11-05',
  });
  const { connection } = await link([a, b]);
  const asked = {
    protocolVersion: '1999-01-01',
    capabilities: {},
    clientInfo: { name: 'old', version: '1' },
  };
  const { result } = await connection.call(7, 'initialize', asked);
  expect(result).toEqual({
    protocolVersion: '2025-03-26',
    capabilities: {
      tools: { listChanged: true },
      resources: { subscribe: true, listChanged: true },
      logging: {},
      experimental: { x: { one: 1, two: 2 }, y: {} },
      future: true,
    },
    serverInfo: { name: 'mcp-pipe', version: '0.0.0' },
    instructions: '# a\n\nUse a.\n\n# b\n\nUse b.',
  });
});

it('keeps the tools that are not wanted out of sight and out of reach', async () => {
  const a = scripted(
    'a',
    { pages: toolsPage('read_file', 'write_file', 'remove') },
    {
      tools: { allow: ['*_file'], deny: ['write*'] },
    },
  );
  const { names, connection } = await link([a, scripted('b', { pages: toolsPage('b1') })]);
  expect(await names()).toEqual(['read_file', 'b1']);
  const { error } = await connection.call(1, 'tools/call', { name: 'write_file' });
  expect(error).toMatchObject({ code: -32602, message: 'Unknown tool: write_file' });
});

it('shows no more tools than it may, and names the largest ones of a list that is too long', async () => {
  const large = `{"name":"large","description":"${'x'.repeat(500)}","inputSchema":{"type":"object"}}`;
  const a = scripted('a', { pages: { 'tools/list': [`{"tools":[${tool('a1')},${large},${tool('a2')}]}`] } });
  const { names, test } = await link([a, scripted('b', { pages: toolsPage('b1') })], {
    settings: { maxTools: 3, maxToolListBytes: 400 },
  });
  expect(await names()).toEqual(['a1', 'large', 'a2']);
  await names();
  const [first, second, ...rest] = test.all('tools-over-budget');
  expect(first).toMatchObject({ budget: 'maxTools', bound: 3, tools: 4, dropped: 1 });
  expect(second).toMatchObject({ budget: 'maxToolListBytes', bound: 400 });
  expect(second?.largest[0]).toMatchObject({ name: 'large' });
  expect(rest).toEqual([]);
});

it('cuts results that are too long so that they stay valid, and says so', async () => {
  const text = `đầu ${'🌸"\\n'.repeat(5_000)}`;
  const a = scripted('a', {
    pages: toolsPage('long'),
    replies: { 'tools/call': JSON.stringify({ content: [{ type: 'text', text }] }) },
  });
  const { connection, test } = await link([a], { settings: { maxResultBytes: 8_192 } });
  const cut = await connection.tool(1, 'long');
  const frame = await connection.frame((each) => each.includes('"id":1,'));
  expect(Buffer.byteLength(frame)).toBeLessThanOrEqual(8_192);
  expect(Buffer.byteLength(frame)).toBeGreaterThan(8_150);
  expect(cut).toMatch(
    /^đầu 🌸.*\[cut by mcp-pipe: the result had \d+ bytes, more than the 8192 that are allowed\]$/su,
  );
  expect(test.all('result-cut')).toMatchObject([{ server: 'a', name: 'long', maxBytes: 8_192 }]);
});

it('stops a server that nobody calls, still lists its tools, and starts it for the next call', async () => {
  const a = scripted('a', { pages: toolsPage('a1', 'received') });
  const { names, connection, test } = await link([a, scripted('b', { pages: toolsPage('b1') })], {
    settings: { idleParkMs: 1_500 },
  });
  expect(await names()).toEqual(['a1', 'received', 'b1']);
  await eventually(() => test.all('server-idle-stopped').length === 2, {
    what: 'both stopped, because they are idle',
  });
  expect(await names()).toEqual(['a1', 'received', 'b1']);
  const starts = test.all('server-starting').length;
  expect(JSON.parse(await connection.tool(1, 'a1', { n: 1 }))).toMatchObject({ arguments: { n: 1 } });
  expect(test.all('server-starting')).toHaveLength(starts + 1);
  // The fresh process was initialised like the first one, and asked for its tools behind the call that started it.
  const lines = JSON.parse(await connection.tool(2, 'received')) as string[];
  expect(lines.map((line) => JSON.parse(line).method)).toEqual([
    'initialize',
    'notifications/initialized',
    'tools/call',
    'tools/list',
    'tools/call',
  ]);
  expect(test.all('server-down')).toEqual([]);
});

it('takes an empty cursor, or one that comes again, for the end of a list', async () => {
  const a = scripted('a', { pages: { 'tools/list': [`{"tools":[${tool('a1')}],"nextCursor":""}`] } });
  const b = scripted('b', {
    pages: {
      'tools/list': [
        `{"tools":[${tool('b1')}],"nextCursor":"1"}`,
        `{"tools":[${tool('b2')}],"nextCursor":"0"}`,
      ],
    },
  });
  const { names, test } = await link([a, b]);
  expect(await names()).toEqual(['a1', 'b1', 'b2']);
  expect(test.all('name-hidden').map(({ server }) => server)).not.toContain('a');
});

it('goes on with the pages of one caller while another one begins anew', async () => {
  const a = scripted('a', { pages: toolsPage('a1', 'a2', 'a3') });
  const b = scripted('b', { pages: toolsPage('b1') });
  const { connection } = await link([a, b], { settings: { toolsPerPage: 2 } });
  const { result: first } = await connection.call(1, 'tools/list');
  await connection.call(2, 'tools/list');
  const { result: second } = await connection.call(3, 'tools/list', { cursor: first.nextCursor });
  expect(second.tools.map(({ name }) => name)).toEqual(['a3', 'b1']);
});
