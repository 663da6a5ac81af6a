import { expect, it } from 'vitest';
import { eventually } from '../../helpers/eventually.js';
import type { FakeConnection } from '../../helpers/fake-endpoint.js';
import { muxLink, scripted, toolsPage } from '../../helpers/scripted.js';

type Json = Record<string, unknown>;

/** Two servers, `a` and `b`, with a tool that prints a line and one that tells what they have heard. */
async function two(script: Parameters<typeof scripted>[1] = {}) {
  const pages = { ...toolsPage('say', 'received', 'hang', 'exit'), ...script.pages };
  const link = await muxLink([scripted('a', { ...script, pages }), scripted('b', { ...script, pages })]);
  await link.names();
  const { connection } = link;
  let lastId = 1_000;
  const say = (server: string, message: Json | string) => {
    lastId += 1;
    const line = typeof message === 'string' ? message : JSON.stringify({ jsonrpc: '2.0', ...message });
    return connection.tool(lastId, `${server}__say`, { line });
  };
  const heard = async (server: string): Promise<Json[]> => {
    lastId += 1;
    const lines = JSON.parse(await connection.tool(lastId, `${server}__received`)) as string[];
    return lines.map((line) => JSON.parse(line) as Json);
  };
  return { ...link, say, heard };
}

const requests = (connection: FakeConnection, method: string): Json[] =>
  connection.frames.map((frame) => JSON.parse(frame) as Json).filter((message) => message.method === method);

it('keeps equal ids and progress tokens of different servers apart, in both directions', async () => {
  const { connection, say, heard } = await two();
  const question = {
    id: 0,
    method: 'sampling/createMessage',
    params: { _meta: { progressToken: 0 }, messages: [] },
  };
  await say('a', question);
  await say('b', question);
  const [first, second] = await eventually(() => {
    const found = requests(connection, 'sampling/createMessage');
    return found.length === 2 ? found : undefined;
  });
  const tokenOf = ({ params }: Json) => (params as { _meta: Json })._meta.progressToken;
  expect(first).toMatchObject(question);
  expect(second!.id).not.toBe(0);
  expect(tokenOf(second!)).not.toBe(0);
  const progress = (progressToken: unknown, step: number) =>
    connection.send({
      jsonrpc: '2.0',
      method: 'notifications/progress',
      params: { progressToken, progress: step },
    });
  progress(tokenOf(second!), 1);
  progress(0, 2);
  connection.send({ jsonrpc: '2.0', id: second!.id, result: { for: 'b' } });
  connection.send({ jsonrpc: '2.0', id: 0, result: { for: 'a' } });
  for (const [server, step] of [
    ['a', 2],
    ['b', 1],
  ] as const) {
    const answers = (await heard(server)).filter(({ id, method }) => id === 0 && method === undefined);
    expect(answers).toEqual([{ jsonrpc: '2.0', id: 0, result: { for: server } }]);
    const steps = (await heard(server)).filter(({ method }) => method === 'notifications/progress');
    expect(steps.map(({ params }) => params)).toEqual([{ progressToken: 0, progress: step }]);
  }
});

it('withdraws the question of the server that withdraws it, not that of another', async () => {
  const { connection, say } = await two();
  for (const server of ['a', 'b']) await say(server, { id: 5, method: 'roots/list' });
  const asked = await eventually(() => {
    const found = requests(connection, 'roots/list');
    return found.length === 2 ? found : undefined;
  });
  await say('b', { method: 'notifications/cancelled', params: { requestId: 5 } });
  const cancelled = await connection.frame((frame) => frame.includes('notifications/cancelled'));
  expect(JSON.parse(cancelled).params.requestId).toBe(asked[1]!.id);
});

it('sends a cancelled notification to the server that works on the call, and the reply to nobody', async () => {
  const { connection, heard } = await two();
  connection.send({ jsonrpc: '2.0', id: 'x', method: 'tools/call', params: { name: 'b__hang' } });
  connection.send({
    jsonrpc: '2.0',
    method: 'notifications/cancelled',
    params: { requestId: 'x', reason: 'no' },
  });
  const cancelled = async (server: string) =>
    (await heard(server)).filter(({ method }) => method === 'notifications/cancelled');
  // Over HTTP the question may overtake it.
  const arrived = await eventually(async () => {
    const all = await cancelled('b');
    return all.length > 0 && all;
  });
  expect(arrived).toEqual([
    { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 'x', reason: 'no' } },
  ]);
  expect(await cancelled('a')).toEqual([]);
});

it('passes progress of a call on with its token as it is, and none that nobody asked for', async () => {
  const { connection, say } = await two();
  const call = (id: number, server: string, progressToken: unknown) =>
    connection.send({
      ...{ jsonrpc: '2.0', id, method: 'tools/call' },
      params: { name: `${server}__hang`, _meta: { progressToken } },
    });
  call(1, 'a', '7');
  call(2, 'b', 7);
  const progress = (progressToken: unknown) => ({
    method: 'notifications/progress',
    params: { progressToken },
  });
  await say('a', progress('7'));
  await say('b', progress(7));
  await say('b', progress('7'));
  await say('a', progress('unknown'));
  expect(requests(connection, 'notifications/progress').map(({ params }) => params)).toEqual([
    { progressToken: '7' },
    { progressToken: 7 },
  ]);
});

it('gives each reply to one asker, whatever servers answer to what they were not asked', async () => {
  const { connection, say } = await two();
  connection.send({ jsonrpc: '2.0', id: 'open', method: 'tools/call', params: { name: 'a__hang' } });
  // Another server's id, an unknown one, and the right one twice.
  await say('b', { id: 'open', result: { from: 'b' } });
  await say('b', { id: 'never', result: {} });
  await say('a', { id: 'open', result: { from: 'a' } });
  await say('a', { id: 'open', result: { from: 'a again' } });
  const replies = connection.frames.map((frame) => JSON.parse(frame) as Json);
  expect(replies.filter(({ id }) => id === 'open')).toEqual([
    { jsonrpc: '2.0', id: 'open', result: { from: 'a' } },
  ]);
  expect(replies.filter(({ id }) => id === 'never')).toEqual([]);
});

it('answers a ping by itself, of the endpoint and of a server', async () => {
  const { connection, say, heard } = await two();
  expect((await connection.call(1, 'ping')).result).toEqual({});
  await say('a', { id: 'p', method: 'ping' });
  expect((await heard('a')).find(({ id }) => id === 'p')).toEqual({ jsonrpc: '2.0', id: 'p', result: {} });
  expect((await heard('a')).filter(({ method }) => method === 'ping')).toEqual([]);
  expect(requests(connection, 'ping')).toEqual([]);
});

it('refuses unknown methods at once, and what no server can do', async () => {
  const { connection, heard } = await two();
  for (const [id, method] of ['no/such', 'prompts/list', 'logging/setLevel', 'resources/list'].entries()) {
    expect((await connection.call(id + 1, method)).error.code).toBe(-32601);
  }
  expect((await heard('a')).map(({ method }) => method)).not.toContain('no/such');
});

it('tells every server the logging level, later processes of it as well', async () => {
  const { connection, heard, test } = await two({ capabilities: { tools: {}, logging: {} } });
  expect((await connection.call(1, 'logging/setLevel', { level: 'debug' })).result).toEqual({});
  const levels = async (server: string) =>
    (await heard(server)).filter(({ method }) => method === 'logging/setLevel').map(({ params }) => params);
  expect(await levels('a')).toEqual([{ level: 'debug' }]);
  expect(await levels('b')).toEqual([{ level: 'debug' }]);
  connection.send({ jsonrpc: '2.0', id: 2, method: 'tools/call', params: { name: 'a__exit' } });
  await test.status('server-ready', 2);
  await eventually(async () => (await levels('a')).length === 1, { what: 'the level for the fresh process' });
});

it('subscribes once however often it is asked to, unsubscribes with the last, and again after a restart', async () => {
  const { connection, heard, say, test } = await two({
    capabilities: { tools: {}, resources: { subscribe: true } },
    pages: {
      ...toolsPage('say', 'received', 'exit'),
      'resources/list': ['{"resources":[{"uri":"x://1","name":"one"}]}'],
      'resources/templates/list': ['{"resourceTemplates":[{"uriTemplate":"y://{id}/part","name":"y"}]}'],
    },
  });
  const told = async (server: string) =>
    (await heard(server)).map(({ method }) => method).filter((method) => /subscribe$/.test(String(method)));
  for (const id of [1, 2]) {
    expect((await connection.call(id, 'resources/subscribe', { uri: 'x://1' })).result).toEqual({});
  }
  expect(await told('a')).toEqual(['resources/subscribe']);
  expect(await told('b')).toEqual([]);
  const update = { method: 'notifications/resources/updated', params: { uri: 'x://1' } };
  await say('a', update);
  expect(requests(connection, update.method)).toHaveLength(1);
  connection.send({ jsonrpc: '2.0', id: 9, method: 'tools/call', params: { name: 'a__exit' } });
  await test.status('server-ready', 2);
  await eventually(async () => (await told('a')).length === 1, {
    what: 'the subscription of the fresh process',
  });
  await connection.call(3, 'resources/unsubscribe', { uri: 'x://1' });
  expect(await told('a')).toEqual(['resources/subscribe']);
  await connection.call(4, 'resources/unsubscribe', { uri: 'x://1' });
  expect(await told('a')).toEqual(['resources/subscribe', 'resources/unsubscribe']);
  await say('a', update);
  expect(requests(connection, update.method)).toHaveLength(1);
  // An address that only a template describes belongs to the server with the template.
  await connection.call(5, 'resources/subscribe', { uri: 'y://7/part' });
  expect((await told('a')).at(-1)).toBe('resources/subscribe');
  expect(test.all('name-hidden').map(({ server, kind, name }) => [server, kind, name])).toEqual([
    ['b', 'resource', 'x://1'],
    ['b', 'resource', 'y://{id}/part'],
  ]);
});

it('leads requests about a task to the server that works on it, also when two gave it the same name', async () => {
  const { connection, heard, say } = await two({
    capabilities: { tools: {}, tasks: { list: {}, cancel: {}, requests: { tools: { call: {} } } } },
    pages: {
      ...toolsPage('say', 'received', 'hang'),
      'tasks/list': ['{"tasks":[{"taskId":"1","status":"working"}]}'],
    },
  });
  const made = { result: { task: { taskId: '1', status: 'working' } } };
  const start = async (id: number, server: string) => {
    connection.send({
      jsonrpc: '2.0',
      id,
      method: 'tools/call',
      params: { name: `${server}__hang`, task: {} },
    });
    await say(server, { id, ...made });
    return (await connection.reply(id)).result.task as { taskId: string };
  };
  const a = await start(1, 'a');
  const b = await start(2, 'b');
  expect(a.taskId).toBe('1');
  expect(b.taskId).not.toBe('1');
  await connection.call(3, 'tasks/get', { taskId: b.taskId });
  await connection.call(4, 'tasks/cancel', { taskId: a.taskId });
  const asked = async (server: string) =>
    (await heard(server))
      .filter(({ method }) => String(method).startsWith('tasks/'))
      .map(({ method, params }) => [method, params]);
  expect(await asked('a')).toEqual([['tasks/cancel', { taskId: '1' }]]);
  expect(await asked('b')).toEqual([['tasks/get', { taskId: '1' }]]);
  const { result } = await connection.call(5, 'tasks/list');
  expect((result.tasks as Json[]).map(({ taskId }) => taskId)).toEqual([a.taskId, b.taskId]);
  await say('b', { method: 'notifications/tasks/status', params: { taskId: '1', status: 'completed' } });
  expect(requests(connection, 'notifications/tasks/status')[0]?.params).toMatchObject({ taskId: b.taskId });
  // What a server asks while it works on a task names the task; the endpoint's answer does as well.
  const related = (taskId: string) => ({ 'io.modelcontextprotocol/related-task': { taskId } });
  await say('b', { id: 'e', method: 'elicitation/create', params: { _meta: related('1') } });
  const question = requests(connection, 'elicitation/create')[0]!;
  expect(question.params).toEqual({ _meta: related(b.taskId) });
  connection.send({
    jsonrpc: '2.0',
    id: question.id,
    result: { action: 'decline', _meta: related(b.taskId) },
  });
  expect((await heard('b')).find(({ id }) => id === 'e')).toMatchObject({ result: { _meta: related('1') } });
  expect((await connection.call(6, 'tasks/get', { taskId: 'nobody’s' })).error).toBeUndefined();
});

it('takes arrays of messages apart (MCP 2025-03-26)', async () => {
  const { connection } = await two();
  connection.send(
    JSON.stringify([
      { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'a__other' } },
      { jsonrpc: '2.0', id: 2, method: 'tools/list' },
      { jsonrpc: '2.0', method: 'notifications/roots/list_changed' },
      { jsonrpc: '2.0', id: 3, method: 'ping' },
    ]),
  );
  for (const id of [1, 2, 3]) expect(await connection.reply(id)).toBeDefined();
});

it('initialises the servers anew for a further caller that can do other things, and the same one only once', async () => {
  const { connection, heard } = await two();
  const asked = {
    protocolVersion: '2025-06-18',
    capabilities: { elicitation: {} },
    clientInfo: { name: 'c', version: '1' },
  };
  await connection.call(1, 'initialize', asked);
  await connection.call(2, 'initialize', asked);
  for (const server of ['a', 'b']) {
    const initialised = (await heard(server)).filter(({ method }) => method === 'initialize');
    expect(initialised.map(({ params }) => (params as Json).capabilities)).toEqual([
      { sampling: {}, roots: { listChanged: false } },
      { elicitation: {} },
    ]);
  }
});
