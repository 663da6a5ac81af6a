import { expect, it } from 'vitest';
import { eventually } from '../../helpers/eventually.js';
import { muxLink, type Script, scripted, toolsPage } from '../../helpers/scripted.js';
import { isRemote } from '../../helpers/strategy.js';

type Json = Record<string, unknown>;

const META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
};
const modern = (name: string, tools: string[], script: Script = {}) =>
  scripted(name, {
    modern: true,
    capabilities: { tools: { listChanged: true } },
    pages: toolsPage(...tools),
    ...script,
  });

/** Servers of MCP 2026-07-28 and an endpoint that has said nothing yet. */
async function link(members: ReturnType<typeof modern>[], settings = {}) {
  const { connection, test } = await muxLink(members, { greet: false, settings });
  const call = (id: unknown, method: string, params: Json = {}, meta: Json = {}) =>
    connection.call(id, method, { ...params, _meta: { ...META, ...meta } });
  let lastId = 1_000;
  const names = async () => {
    lastId += 1;
    const { result, error } = await call(lastId, 'tools/list');
    return error ? error : result.tools.map(({ name }) => name);
  };
  const tool = async (name: string, args: Json = {}) => {
    lastId += 1;
    const { result, error } = await call(lastId, 'tools/call', { name, arguments: args });
    if (error) throw new Error(JSON.stringify(error));
    return result.content[0].text;
  };
  return { connection, test, call, names, tool };
}

it('serves an endpoint whose servers, every one, speak only its revision, also after they have ended', async () => {
  const { names, call, test } = await link([modern('a', ['a1', 'exit']), modern('b', ['b1'])]);
  expect((await call(1, 'server/discover')).result.capabilities).toEqual({ tools: { listChanged: true } });
  expect(await names()).toEqual(['a1', 'exit', 'b1']);
  const refused = test.all('server-refused').length;
  expect((await call(2, 'tools/call', { name: 'exit' })).error).toBeDefined();
  await eventually(async () => expect(await names()).toEqual(['a1', 'exit', 'b1']));
  // The fresh process is not told what the one before it refused.
  expect(test.all('server-refused')).toHaveLength(refused);
});

it('takes a server that is slow to start for what it is', async () => {
  const { names } = await link([modern('slow', ['s1'], { startMs: 3_500 }), scripted('old')], {
    gatherTimeoutMs: 200,
  });
  await eventually(async () => expect(await names()).toEqual(['s1']));
});

it('waits for the servers before it says what a subscription will hear of', async () => {
  const { connection } = await link([modern('a', ['a1']), modern('b', ['b1'])]);
  const notifications = { toolsListChanged: true };
  connection.send({
    jsonrpc: '2.0',
    id: 'sub',
    method: 'subscriptions/listen',
    params: { notifications, _meta: META },
  });
  const frame = await connection.frame((each) => each.includes('subscriptions/acknowledged'));
  expect(JSON.parse(frame).params.notifications).toEqual(notifications);
});

it('keeps what one request asks for out of its own requests', async () => {
  const { call, tool } = await link([modern('a', ['received'])]);
  const asked = {
    progressToken: 7,
    'io.modelcontextprotocol/logLevel': 'debug',
    traceparent: '00-1-2-03',
  };
  await call(1, 'server/discover', {}, asked);
  await tool('received');
  const lines = JSON.parse(await tool('received')) as string[];
  const own = lines.filter((line) => line.includes('server/discover') || line.includes('tools/list'));
  expect(own.length).toBeGreaterThan(1);
  for (const line of own) expect(JSON.parse(line).params._meta).toEqual(META);
});

it('says of a call that took too long that the result is complete', async () => {
  const { names, call } = await link([modern('a', ['hang'])], { callTimeoutMs: 1_000 });
  await names();
  const { result } = await call(1, 'tools/call', { name: 'hang' });
  expect(result).toMatchObject({ resultType: 'complete', isError: true });
});

it('says that a server is ready which needs no initialize, and subscribes again when it has ended', async () => {
  const { call, connection, names, test, tool } = await link([modern('a', ['exit', 'received'])]);
  await names();
  expect(await test.status('server-ready')).toMatchObject({ server: 'a', again: false });
  const params = { notifications: { toolsListChanged: true }, _meta: META };
  connection.send({ jsonrpc: '2.0', id: 'sub', method: 'subscriptions/listen', params });
  await connection.frame((each) => each.includes('subscriptions/acknowledged'));
  await call(1, 'tools/call', { name: 'exit' });
  await eventually(async () => {
    const lines = JSON.parse(await tool('received')) as string[];
    return lines.filter((line) => line.includes('"subscriptions/listen"')).length === 1;
  });
  // Over HTTP no session has ended: only the stream was cut.
  if (!isRemote) expect(await test.status('server-ready', 1)).toMatchObject({ server: 'a', again: true });
});

it('says of a task that no server knows what its server would say: the client may not have the extension', async () => {
  const capabilities = { tools: {}, extensions: { 'io.modelcontextprotocol/tasks': {} } };
  const refusing = (code: number, message: string) => ({
    capabilities,
    errors: { 'tasks/get': JSON.stringify({ code, message }) },
  });
  const { names, call, tool } = await link([
    modern('a', ['a1'], refusing(-32602, 'no such task')),
    modern('b', ['received'], refusing(-32021, 'needs the extension')),
  ]);
  await names();
  expect((await call(1, 'tasks/cancel', { taskId: 't' })).error.code).toBe(-32021);
  const lines = JSON.parse(await tool('received')) as string[];
  const asked = lines.map((line) => JSON.parse(line)).filter(({ method }) => method.startsWith('tasks/'));
  expect(asked).toMatchObject([{ method: 'tasks/get', params: { taskId: 't', _meta: META } }]);
});
