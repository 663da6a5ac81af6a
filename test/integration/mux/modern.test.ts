import { expect, it } from 'vitest';
import { eventually } from '../../helpers/eventually.js';
import { muxLink, type Script, scripted, toolsPage } from '../../helpers/scripted.js';

type Json = Record<string, unknown>;

const VERSION = 'io.modelcontextprotocol/protocolVersion';
const CAPABILITIES = 'io.modelcontextprotocol/clientCapabilities';
const SUBSCRIPTION = 'io.modelcontextprotocol/subscriptionId';
const META = {
  [VERSION]: '2026-07-28',
  [CAPABILITIES]: {},
  'io.modelcontextprotocol/clientInfo': { name: 't', version: '1' },
};

const capabilities = {
  tools: { listChanged: true },
  resources: { subscribe: true },
  extensions: { 'x/y': {} },
};

/** `new` speaks MCP 2026-07-28 alone, `old` the revisions with initialize; the endpoint speaks the former. */
async function eras(script: { new?: Script; old?: Script } = {}) {
  const pages = (name: string) => ({
    ...toolsPage('say', 'received', name),
    'resources/list': [
      `{"resources":[{"uri":"${name}://1","name":"one"}],"ttlMs":500,"cacheScope":"public"}`,
    ],
    'resources/templates/list': ['{"resourceTemplates":[]}'],
  });
  const members = [
    scripted('new', { modern: true, capabilities, pages: pages('n'), instructions: 'New.', ...script.new }),
    scripted('old', { capabilities, pages: pages('o'), ...script.old }),
  ];
  const link = await muxLink(members, { greet: false });
  const { connection } = link;
  const call = (id: unknown, method: string, params: Json = {}, meta: Json = META) =>
    connection.call(id, method, { ...params, _meta: meta });
  let lastId = 1_000;
  const tool = async (name: string, args: Json = {}) => {
    lastId += 1;
    const { result, error } = await call(lastId, 'tools/call', { name, arguments: args });
    if (error) throw new Error(JSON.stringify(error));
    return result.content[0].text;
  };
  const heard = async (server: string): Promise<Json[]> =>
    (JSON.parse(await tool(`${server}__received`)) as string[]).map((line) => JSON.parse(line) as Json);
  const say = (server: string, message: Json) =>
    tool(`${server}__say`, { line: JSON.stringify({ jsonrpc: '2.0', ...message }) });
  const notes = (method: string) =>
    connection.frames
      .map((frame) => JSON.parse(frame) as Json)
      .filter((message) => message.method === method);
  return { ...link, call, tool, heard, say, notes };
}

it('describes servers of both kinds as one (server/discover)', async () => {
  const { call } = await eras();
  const { result } = await call(1, 'server/discover');
  expect(result).toEqual({
    resultType: 'complete',
    supportedVersions: ['2026-07-28'],
    capabilities: {
      tools: { listChanged: true },
      resources: { subscribe: true, listChanged: true },
      extensions: { 'x/y': {} },
    },
    instructions: '# new\n\nNew.',
    ttlMs: 0,
    cacheScope: 'private',
    _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'mcp-pipe', version: '0.0.0' } },
  });
});

it('refuses versions and requests that this revision does not know', async () => {
  const { call, connection } = await eras();
  const { error } = await call(1, 'server/discover', {}, { ...META, [VERSION]: '2099-01-01' });
  expect(error).toMatchObject({ code: -32022, data: { supported: ['2026-07-28'], requested: '2099-01-01' } });
  const { [CAPABILITIES]: _, ...poor } = META;
  expect((await call(2, 'tools/list', {}, poor)).error.code).toBe(-32602);
  for (const [i, method] of ['ping', 'logging/setLevel', 'resources/subscribe', 'no/such'].entries()) {
    expect((await call(10 + i, method)).error.code).toBe(-32601);
  }
  expect((await connection.call(20, 'server/discover', {})).error.code).toBe(-32602);
});

it('lists and calls tools of both kinds; every result says that it is complete', async () => {
  const input =
    '{"resultType":"input_required","inputRequests":{"k":{"method":"elicitation/create","params":{}}},"requestState":"s"}';
  const { call, tool, heard } = await eras();
  const { result } = await call(1, 'tools/list');
  expect(result).toMatchObject({ resultType: 'complete', ttlMs: 0, cacheScope: 'private' });
  expect(result.tools.map(({ name }) => name)).toEqual([
    'new__say',
    'new__received',
    'n',
    'old__say',
    'old__received',
    'o',
  ]);
  const resources = (await call(2, 'resources/list')).result;
  expect(resources).toMatchObject({ resultType: 'complete', ttlMs: 500, cacheScope: 'public' });
  expect((await call(3, 'tools/call', { name: 'o' })).result.resultType).toBe('complete');
  expect((await call(4, 'resources/read', { uri: 'o://1' })).result).toEqual({
    resultType: 'complete',
    ttlMs: 0,
    cacheScope: 'private',
  });
  expect(JSON.parse(await tool('n', { x: 1 }))).toMatchObject({ name: 'n', _meta: META });
  // Requests of our own to servers of that revision carry what it asks for; the others are initialised.
  const all = await heard('new');
  const since = all.slice(all.findIndex(({ method }) => method === 'server/discover'));
  for (const { params } of since) expect(params).toMatchObject({ _meta: { [VERSION]: '2026-07-28' } });
  expect((await heard('old'))[0]).toMatchObject({
    method: 'initialize',
    params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 't' } },
  });

  const asking = await eras({ new: { replies: { 'tools/call': input } } });
  const first = await asking.connection.call(1, 'tools/call', { name: 'n', _meta: META });
  expect(JSON.stringify(first.result)).toBe(input);
});

it('makes of one subscription one with each server, and names the endpoint’s in what they say', async () => {
  const { call, connection, heard, say, notes } = await eras();
  await call(1, 'tools/list');
  const notifications = { toolsListChanged: true, resourceSubscriptions: ['n://1', 'o://1'] };
  connection.send({
    jsonrpc: '2.0',
    id: 'sub',
    method: 'subscriptions/listen',
    params: { notifications, _meta: META },
  });
  const acknowledged = await eventually(() => notes('notifications/subscriptions/acknowledged')[0]);
  expect(acknowledged.params).toEqual({ notifications, _meta: { [SUBSCRIPTION]: 'sub' } });
  const listening = await eventually(async () =>
    (await heard('new')).find(({ method }) => method === 'subscriptions/listen'),
  );
  await eventually(async () => (await heard('old')).some(({ method }) => method === 'resources/subscribe'), {
    what: 'the subscription of the server with initialize',
  });
  const own = listening.id;
  expect(own).not.toBe('sub');
  const stamped = (id: unknown, params: Json = {}) => ({ ...params, _meta: { [SUBSCRIPTION]: id } });

  await say('new', { method: 'notifications/resources/updated', params: stamped(own, { uri: 'n://1' }) });
  await say('old', { method: 'notifications/resources/updated', params: { uri: 'o://1' } });
  expect(notes('notifications/resources/updated').map(({ params }) => params)).toEqual([
    stamped('sub', { uri: 'n://1' }),
    stamped('sub', { uri: 'o://1' }),
  ]);
  // Each list change of any server is announced once, and to this subscription.
  await say('new', { method: 'notifications/tools/list_changed', params: stamped(own) });
  await say('old', { method: 'notifications/tools/list_changed' });
  const changed = await eventually(() => notes('notifications/tools/list_changed')[0]);
  expect(changed.params).toEqual(stamped('sub'));

  connection.send({
    jsonrpc: '2.0',
    method: 'notifications/cancelled',
    params: { requestId: 'sub', _meta: META },
  });
  await eventually(
    async () =>
      (await heard('new')).some(
        ({ method, params }) => method === 'notifications/cancelled' && (params as Json).requestId === own,
      ),
    { what: 'the end at the server' },
  );
  await eventually(
    async () => (await heard('old')).some(({ method }) => method === 'resources/unsubscribe'),
    {
      what: 'the end at the other one',
    },
  );
  expect(notes('notifications/tools/list_changed')).toHaveLength(1);
});

it('answers a request of a server with initialize itself: this endpoint takes none', async () => {
  const { say, heard, notes } = await eras();
  await say('old', { id: 'q', method: 'roots/list' });
  const answer = (await heard('old')).find(({ id }) => id === 'q');
  expect(answer).toMatchObject({ error: { code: -32601 } });
  expect(notes('roots/list')).toEqual([]);
});
