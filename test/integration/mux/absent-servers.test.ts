import { expect, it } from 'vitest';
import { eventually } from '../../helpers/eventually.js';
import { muxLink, type Script, scripted, toolsPage } from '../../helpers/scripted.js';

type Json = Record<string, unknown>;
type Connection = Awaited<ReturnType<typeof muxLink>>['connection'];

/** The messages that the server has read, by its tool `received`. */
async function heard(connection: Connection, tool: string, id: unknown): Promise<Json[]> {
  return (JSON.parse(await connection.tool(id, tool)) as string[]).map((line) => JSON.parse(line) as Json);
}

const levels = (messages: Json[]) =>
  messages.filter(({ method }) => method === 'logging/setLevel').map(({ params }) => params);

it('takes a logging level while the server that logs is down, and tells it when it is back', async () => {
  const script: Script = {
    capabilities: { tools: {}, logging: {} },
    pages: toolsPage('exit', 'received'),
    startMs: 500,
  };
  const { connection, test, names } = await muxLink([scripted('a', script), scripted('b')]);
  await names();
  connection.send({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'exit' } });
  await test.status('server-down');
  expect((await connection.call(2, 'logging/setLevel', { level: 'debug' })).result).toEqual({});
  await eventually(async () =>
    expect(levels(await heard(connection, 'received', Math.random()))).toEqual([{ level: 'debug' }]),
  );
});

it('leaves a server stopped that nobody calls, whatever is said to all of them', async () => {
  const script: Script = { capabilities: { tools: {}, logging: {} }, pages: toolsPage('received') };
  const { connection, test, names } = await muxLink([scripted('a', script)], {
    settings: { idleParkMs: 200 },
  });
  await names();
  await test.status('server-idle-stopped');
  connection.send({ jsonrpc: '2.0', method: 'notifications/roots/list_changed' });
  expect((await connection.call(1, 'logging/setLevel', { level: 'debug' })).result).toEqual({});
  expect(await names()).toEqual(['received']);
  expect(test.all('server-starting')).toHaveLength(1);
  await eventually(async () =>
    expect(levels(await heard(connection, 'received', Math.random()))).toEqual([{ level: 'debug' }]),
  );
  expect(test.all('server-starting')).toHaveLength(2);
});

it('stops an idle server whose tasks are all over, and none that works on one', async () => {
  const script: Script = {
    capabilities: { tools: {}, tasks: { list: {}, requests: { tools: { call: {} } } } },
    pages: toolsPage('work', 'say'),
    replies: {
      'tasks/get': '{"taskId":"t","status":"completed"}',
      'tools/call': '{"task":{"taskId":"t","status":"working"}}',
    },
  };
  const { connection, test, names } = await muxLink([scripted('a', script)], {
    settings: { idleParkMs: 1_500 },
  });
  await names();
  await connection.call(1, 'tools/call', { name: 'work', task: {} });
  // Nothing can be waited for that does not happen; a server without a task is stopped within this time.
  const other = await muxLink([scripted('b', { pages: toolsPage('b1') })], {
    settings: { idleParkMs: 2_000 },
  });
  await other.names();
  await other.test.status('server-idle-stopped');
  expect(test.all('server-idle-stopped')).toEqual([]);
  await connection.call(2, 'tasks/get', { taskId: 't' });
  await test.status('server-idle-stopped');
});

it('leads an address to the server whose template says most of it', async () => {
  const templates = (template: string, server: string): Script => ({
    capabilities: { resources: {} },
    pages: {
      'resources/list': ['{"resources":[]}'],
      'resources/templates/list': [`{"resourceTemplates":[{"uriTemplate":"${template}","name":"t"}]}`],
    },
    replies: { 'resources/read': `{"contents":[],"by":"${server}"}` },
  });
  const { connection } = await muxLink([
    scripted('all', templates('{+any}', 'all')),
    scripted('notes', templates('note://{id}', 'notes')),
    scripted('files', templates('note://{id}/files/{name}', 'files')),
  ]);
  const by = async (uri: string, id: number) =>
    (await connection.call(id, 'resources/read', { uri })).result.by;
  expect(await by('note://1', 1)).toBe('notes');
  expect(await by('note://1/files/a.txt', 2)).toBe('files');
  expect(await by('else://1', 3)).toBe('all');
});
