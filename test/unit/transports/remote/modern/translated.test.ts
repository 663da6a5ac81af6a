import { expect, test } from 'vitest';
import { namesModern, probeModern } from '../../../../../src/transports/remote/modern/discovery.js';
import { translatedModern } from '../../../../../src/transports/remote/modern/translated.js';
import { openRemote } from '../../../../../src/transports/remote/open-remote.js';
import { eventually } from '../../../../helpers/eventually.js';
import { ManualClock } from '../../../../helpers/manual-clock.js';
import { type ModernLife, modernLife, modernOptions } from '../../../../helpers/modern-life.js';
import { inMemory, modernServer } from '../../../../helpers/modern-server.js';

const CAPABILITIES = { elicitation: {}, roots: { listChanged: false }, sampling: {} };
const CLIENT = { name: 'broker', version: '0.0.1' };

async function initialize(life: ModernLife, protocolVersion = '2024-11-05') {
  const params = { protocolVersion, capabilities: CAPABILITIES, clientInfo: CLIENT };
  life.send({ id: 0, method: 'initialize', params });
  const reply = await life.reply(0);
  life.send({ method: 'notifications/initialized' });
  return reply;
}

/** A life over a server made with the SDK, initialised and listening. */
async function openLife(clock?: ManualClock) {
  const server = modernServer();
  const life = modernLife(translatedModern, server.requests, clock);
  const reply = await initialize(life);
  await eventually(() =>
    expect(server.seen.map(({ body }) => body.method)).toContain('subscriptions/listen'),
  );
  return { server, life, reply };
}

const json = (body: unknown, status = 200) => Response.json(body, { status });
const text = (reply: { result?: unknown }) =>
  (reply.result as { content: { text: string }[] }).content[0]?.text;

test('initialize is answered with what the server says of itself', async () => {
  const { server, reply } = await openLife();
  expect(reply.result).toEqual({
    protocolVersion: '2024-11-05',
    capabilities: {
      logging: {},
      tools: { listChanged: true },
      resources: { subscribe: true, listChanged: true },
    },
    serverInfo: { name: 'modern', version: '3' },
    instructions: 'Xin chào',
  });
  expect(server.seen[0]!.body).toMatchObject({
    method: 'server/discover',
    params: {
      _meta: {
        'io.modelcontextprotocol/protocolVersion': '2026-07-28',
        'io.modelcontextprotocol/clientInfo': CLIENT,
        'io.modelcontextprotocol/clientCapabilities': CAPABILITIES,
      },
    },
  });
  expect(server.seen.map(({ body }) => body.method)).toEqual(['server/discover', 'subscriptions/listen']);
});

test('what a probe has found is not asked for again; a client of no earlier revision gets the newest', async () => {
  const server = modernServer();
  const discovery = await probeModern(modernOptions(server.requests));
  expect(discovery).toBeDefined();
  const life = modernLife((options) => translatedModern(options, discovery), server.requests);
  expect((await initialize(life, '2026-07-28')).result).toMatchObject({ protocolVersion: '2025-11-25' });
  expect(server.seen.filter(({ body }) => body.method === 'server/discover')).toHaveLength(1);
});

test('a server that refuses the first revision it is asked in is asked in one that it names', async () => {
  const server = modernServer();
  const error = { code: -32022, message: 'Unsupported', data: { supported: ['2026-07-28'] } };
  const refuseOnce = () => {
    let isFirst = true;
    server.instead = ({ body }) => {
      if (!isFirst || body.method !== 'server/discover') return undefined;
      isFirst = false;
      return json({ jsonrpc: '2.0', id: body.id, error }, 400);
    };
  };
  refuseOnce();
  expect(await probeModern(modernOptions(server.requests))).toBeDefined();
  refuseOnce();
  const life = modernLife(translatedModern, server.requests);
  expect((await initialize(life)).result).toMatchObject({ serverInfo: { name: 'modern' } });
});

test('a request keeps its bytes and gets the members of its revision', async () => {
  const { server, life } = await openLife();
  life.sendText(
    '{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"add","arguments":{"a":1.0,"b":12345678901234567890}}}',
  );
  await life.reply(5);
  const { text: sent, headers } = server.seen.at(-1)!;
  expect(sent).toMatch(
    /^\{"jsonrpc":"2.0","id":5,"method":"tools\/call","params":\{"_meta":\{.*\}\},"name":"add","arguments":\{"a":1\.0,"b":12345678901234567890\}\}\}$/,
  );
  expect(headers).toMatchObject({ 'mcp-method': 'tools/call', 'mcp-name': 'add' });
});

test('a server that asks for input asks the client, and the call is sent again with the answer', async () => {
  const { server, life } = await openLife();
  life.send({ id: 7, method: 'tools/call', params: { name: 'name', arguments: {} } });
  const asked = await life.take(({ method }) => method === 'elicitation/create');
  expect(asked.params).toMatchObject({ message: 'Who?', requestedSchema: { type: 'object' } });
  const result = '{"action":"accept","content":{"name":"Lan","n":12345678901234567890}}';
  life.sendText(`{"jsonrpc":"2.0","id":${JSON.stringify(asked.id)},"result":${result}}`);
  expect(text(await life.reply(7))).toBe('state "1" Lan');
  const again = server.seen.at(-1)!;
  expect(again.text).toContain(`"inputResponses":{"who":${result}},"requestState":"state \\"1\\""}`);
  expect(again.body.id).not.toBe(7);
  expect(again.headers['mcp-name']).toBe('name');
});

test("the client's error fails the call, and a cancelled call takes its questions back", async () => {
  const { server, life } = await openLife();
  life.send({ id: 'a', method: 'tools/call', params: { name: 'name', arguments: {} } });
  const asked = await life.take(({ method }) => method === 'elicitation/create');
  life.send({ id: asked.id, error: { code: -32601, message: 'not here', data: [1] } });
  expect((await life.reply('a')).error).toEqual({ code: -32601, message: 'not here', data: [1] });

  life.send({ id: 'b', method: 'tools/call', params: { name: 'name', arguments: {} } });
  const open = await life.take(({ method }) => method === 'elicitation/create');
  life.send({ method: 'notifications/cancelled', params: { requestId: 'b' } });
  const taken = await life.take(({ method }) => method === 'notifications/cancelled');
  expect(taken.params).toEqual({ requestId: open.id });
  const before = server.seen.length;
  // Nobody waits for it any more.
  life.send({ id: open.id, result: { action: 'accept', content: {} } });
  life.send({ id: 9, method: 'tools/list' });
  await life.reply(9);
  expect(server.seen).toHaveLength(before + 1);
});

test('a server that always wants more, or what nobody knows, fails its call', async () => {
  const clock = new ManualClock();
  const server = modernServer();
  const life = modernLife(translatedModern, server.requests, clock);
  await initialize(life);
  let result: object = { resultType: 'input_required', requestState: 's' };
  server.instead = ({ body }) =>
    body.method === 'tools/call' ? json({ jsonrpc: '2.0', id: body.id, result }) : undefined;
  life.send({ id: 1, method: 'tools/call', params: { name: 'x' } });
  const calls = () => server.seen.filter(({ body }) => body.method === 'tools/call');
  for (let round = 1; round <= 11; round++) {
    await eventually(() => expect(calls()).toHaveLength(round));
    await eventually(() => expect(clock.pending > 0 || round === 11).toBe(true));
    await clock.advance(250);
  }
  expect((await life.reply(1)).error).toMatchObject({ code: -31013 });
  expect(new Set(calls().map(({ body }) => body.id)).size).toBe(11);
  expect(calls()[10]!.body.params).toMatchObject({ requestState: 's', name: 'x' });

  result = { resultType: 'input_required', inputRequests: { a: { method: 'tools/call' } } };
  life.send({ id: 2, method: 'tools/call', params: { name: 'x' } });
  expect((await life.reply(2)).error).toMatchObject({ code: -31013 });
});

test('a question with a page to open gets the id that clients of earlier revisions need', async () => {
  const { server, life } = await openLife();
  const params = { mode: 'url', message: 'Log in', url: 'https://a.test' };
  const inputRequests = { 'k"ế': { method: 'elicitation/create', params }, r: { method: 'roots/list' } };
  server.instead = ({ body }) =>
    body.method !== 'tools/call'
      ? undefined
      : json({
          ...{ jsonrpc: '2.0', id: body.id },
          result: body.params.inputResponses
            ? { got: body.params.inputResponses }
            : { resultType: 'input_required', inputRequests },
        });
  life.send({ id: 1, method: 'tools/call', params: { name: 'x' } });
  const asked = await life.take(({ method }) => method === 'elicitation/create');
  expect(asked.params).toEqual({ ...params, elicitationId: expect.any(String) });
  const roots = await life.take(({ method }) => method === 'roots/list');
  life.send({ id: roots.id, result: { roots: [] } });
  life.send({ id: asked.id, result: { action: 'accept' } });
  const got = { 'k"ế': { action: 'accept' }, r: { roots: [] } };
  expect((await life.reply(1)).result).toEqual({ got });
  expect(server.seen.at(-1)!.body.params).not.toHaveProperty('requestState');
});

test("requests of the server's own revision go to it as they are, beside the others", async () => {
  const { server, life } = await openLife();
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': { elicitation: {} },
  };
  life.send({ id: 1, method: 'tools/call', params: { name: 'name', arguments: {}, _meta } });
  expect((await life.reply(1)).result).toMatchObject({ resultType: 'input_required' });
  expect(server.seen.at(-1)!.body.params._meta).toEqual(_meta);
  life.send({ id: 2, method: 'server/discover', params: { _meta } });
  expect((await life.reply(2)).result).toMatchObject({ supportedVersions: ['2026-07-28'] });
});

test('ping, logging/setLevel and requests that the server has not are answered', async () => {
  const { server, life } = await openLife();
  life.send({ id: 1, method: 'ping' });
  expect((await life.reply(1)).result).toEqual({});
  expect(server.seen.at(-1)!.body.method).toBe('server/discover');
  life.send({ id: 2, method: 'logging/setLevel', params: { level: 'loud' } });
  expect((await life.reply(2)).error).toMatchObject({ code: -32602 });
  life.send({ id: 3, method: 'logging/setLevel', params: { level: 'info' } });
  expect((await life.reply(3)).result).toEqual({});
  const params = { name: 'slow', arguments: {}, _meta: { progressToken: 4 } };
  life.send({ id: 4, method: 'tools/call', params });
  const reply = await life.reply(4);
  expect(text(reply)).toBe('done');
  expect(life.received.slice(-3).map(({ method }) => method)).toEqual([
    'notifications/progress',
    'notifications/message',
    undefined,
  ]);
  life.send({ id: 5, method: 'tasks/list' });
  expect((await life.reply(5)).error).toMatchObject({ code: -32601 });
});

test('changes of lists and of subscribed resources arrive as before', async () => {
  const { server, life } = await openLife();
  const listens = () => server.seen.filter(({ body }) => body.method === 'subscriptions/listen');
  expect(listens()[0]!.body.params.notifications).toEqual({
    toolsListChanged: true,
    resourcesListChanged: true,
  });
  life.send({ id: 1, method: 'resources/subscribe', params: { uri: 'note://a' } });
  expect((await life.reply(1)).result).toEqual({});
  expect(listens()[1]!.body.params.notifications).toMatchObject({ resourceSubscriptions: ['note://a'] });
  await eventually(() => expect(listens()[0]!.signal.aborted).toBe(true));
  server.handler.notify.resourceUpdated('note://a');
  server.handler.notify.toolsChanged();
  expect((await life.take(({ method }) => method === 'notifications/resources/updated')).params).toEqual({
    uri: 'note://a',
  });
  const changed = await life.take(({ method }) => method === 'notifications/tools/list_changed');
  expect(changed).toEqual({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' });
  life.send({ id: 2, method: 'resources/unsubscribe', params: { uri: 'note://a' } });
  expect((await life.reply(2)).result).toEqual({});
  await eventually(() => expect(listens()).toHaveLength(3));
  expect(listens()[2]!.body.params.notifications).not.toHaveProperty('resourceSubscriptions');
  await life.transport.close();
  await eventually(() => expect(listens()[2]!.signal.aborted).toBe(true));
});

test('a lost stream is asked for again, and what has changed meanwhile is told', async () => {
  const clock = new ManualClock();
  const { server, life } = await openLife(clock);
  const listens = () => server.seen.filter(({ body }) => body.method === 'subscriptions/listen');
  life.send({ id: 1, method: 'tools/list' });
  life.send({ id: 2, method: 'resources/list' });
  await Promise.all([life.reply(1), life.reply(2)]);
  let other: object[] | undefined = [{ name: 'new', inputSchema: { type: 'object' } }];
  server.instead = ({ body }) =>
    other && body.method === 'tools/list'
      ? json({ jsonrpc: '2.0', id: body.id, result: { tools: other } })
      : undefined;
  // The server shuts down, and its streams end.
  await server.handler.close();
  const again = modernServer();
  await eventually(() => expect(clock.pending).toBeGreaterThan(0));
  Object.assign(server.handler, { fetch: again.handler.fetch });
  await clock.advance(1_000);
  await eventually(() => expect(listens()).toHaveLength(2));
  await life.take(({ method }) => method === 'notifications/tools/list_changed');
  other = undefined;
  again.handler.notify.resourcesChanged();
  await life.take(({ method }) => method === 'notifications/resources/list_changed');
  expect(life.received.filter(({ method }) => method?.endsWith('list_changed'))).toHaveLength(2);
});

test('a silent stream is replaced, and what it may have missed is looked for', async () => {
  const clock = new ManualClock();
  const { server, life } = await openLife(clock);
  const listens = () => server.seen.filter(({ body }) => body.method === 'subscriptions/listen');
  await eventually(() => expect(clock.pending).toBe(1));
  await clock.advance(40_000);
  server.handler.notify.toolsChanged();
  await life.take(({ method }) => method === 'notifications/tools/list_changed');
  await clock.advance(40_000);
  expect(listens()).toHaveLength(1);
  await clock.advance(30_000);
  await eventually(() => expect(listens()[0]!.signal.aborted).toBe(true));
  expect(listens()).toHaveLength(2);
});

test('a server that cannot be listened to is not asked again', async () => {
  const clock = new ManualClock();
  const server = modernServer();
  server.instead = ({ body }) =>
    body.method === 'subscriptions/listen'
      ? json({ jsonrpc: '2.0', id: body.id, error: { code: -32601, message: 'no' } }, 404)
      : undefined;
  const life = modernLife(translatedModern, server.requests, clock);
  await initialize(life);
  life.send({ id: 1, method: 'tools/list' });
  await life.reply(1);
  await clock.advance(120_000);
  life.send({ id: 2, method: 'resources/subscribe', params: { uri: 'note://a' } });
  expect((await life.reply(2)).error).toMatchObject({ code: -32601 });
  expect(server.seen.filter(({ body }) => body.method === 'subscriptions/listen')).toHaveLength(2);
});

test('a server that is full is asked again later, and one that acknowledges nothing as well', async () => {
  const clock = new ManualClock();
  const server = modernServer();
  const listens = () => server.seen.filter(({ body }) => body.method === 'subscriptions/listen');
  server.instead = ({ body }) =>
    body.method === 'subscriptions/listen' && listens().length === 1
      ? json({ jsonrpc: '2.0', id: body.id, error: { code: -32603, message: 'Subscription limit reached' } })
      : undefined;
  const life = modernLife(translatedModern, server.requests, clock);
  await initialize(life);
  await eventually(() => expect(listens()).toHaveLength(1));
  const never = new Response(new ReadableStream({}), { headers: { 'content-type': 'text/event-stream' } });
  server.instead = ({ body }) => (body.method === 'subscriptions/listen' ? never : undefined);
  await eventually(() => clock.pending > 0);
  await clock.advance(1_000);
  await eventually(() => expect(listens()).toHaveLength(2));
  life.send({ id: 1, method: 'resources/subscribe', params: { uri: 'note://a' } });
  server.instead = undefined;
  await clock.advance(60_000);
  await clock.advance(60_000);
  await eventually(() => expect(listens().length).toBeGreaterThan(2));
  expect((await life.reply(1)).result).toEqual({});
  // What is subscribed to is not asked for again.
  const before = listens().length;
  life.send({ id: 2, method: 'resources/subscribe', params: { uri: 'note://a' } });
  expect((await life.reply(2)).result).toEqual({});
  expect(listens()).toHaveLength(before);
});

test('a server that speaks something else now ends the life at initialize', async () => {
  const answer = { jsonrpc: '2.0', id: 0, error: { code: -32601, message: 'Method not found' } };
  const life = modernLife(
    translatedModern,
    inMemory(async () => json(answer, 404)),
  );
  const params = { protocolVersion: '2024-11-05', capabilities: {}, clientInfo: CLIENT };
  life.send({ id: 0, method: 'initialize', params });
  const closed = await life.transport.closed;
  expect(life.transport.endOf(closed)).toEqual({ kind: 'session-lost' });
  expect(life.transport.stderrTail()).toEqual(['Method not found']);
});

test('what a server speaks is found out again when it is replaced by one of another era', async () => {
  let server = modernServer();
  const options = modernOptions(inMemory((request) => server.fetch(request)));
  const connect = async () => {
    const life = modernLife(await openRemote(options));
    const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: CLIENT };
    life.send({ id: 0, method: 'initialize', params });
    return life;
  };
  const methods = () => server.seen.map(({ body }) => body.method);
  await (await connect()).reply(0);
  await (await connect()).reply(0);
  // The second life knows what the first has found out.
  expect(methods()).toEqual(['initialize', 'server/discover', 'server/discover']);
  server = modernServer({ legacy: 'stateless' });
  server.instead = ({ body }) =>
    body.method === 'server/discover'
      ? json({ jsonrpc: '2.0', id: body.id, error: { code: -32601, message: 'no' } }, 404)
      : undefined;
  const { transport } = await connect();
  expect(transport.endOf(await transport.closed)).toEqual({ kind: 'session-lost' });
  expect((await (await connect()).reply(0)).result).toMatchObject({ protocolVersion: '2025-11-25' });
  expect(methods()).toEqual(['server/discover', 'initialize']);
});

test.each([
  [
    'a modern server',
    json({ jsonrpc: '2.0', id: 'x', result: { supportedVersions: ['2026-07-28'], capabilities: {} } }),
    true,
  ],
  [
    'a list of earlier revisions',
    json({ jsonrpc: '2.0', id: 'x', result: { supportedVersions: ['2025-11-25'], capabilities: {} } }),
    false,
  ],
  [
    'a JSON-RPC error',
    json({ jsonrpc: '2.0', id: null, error: { code: -32000, message: 'Bad Request' } }, 400),
    false,
  ],
  ['a text', new Response('Bad Request', { status: 400 }), false],
  ['a page', new Response('<html>', { headers: { 'content-type': 'text/html' } }), false],
])('a probe decides on what it is answered: %s', async (_name, answer, isModern) => {
  const found = await probeModern(modernOptions(inMemory(async () => answer.clone())));
  expect(found !== undefined).toBe(isModern);
});

test('an error may name the revision that the server speaks', async () => {
  const error = (code: number, data?: object) =>
    Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 1, error: { code, message: 'no', data } }));
  expect(namesModern(error(-32022, { supported: ['2026-07-28'] }))).toBe(true);
  expect(namesModern(error(-32022, { supported: ['2025-11-25'] }))).toBe(false);
  expect(namesModern(error(-32602))).toBe(false);
  const { requests } = modernServer();
  const { body } = await requests.send({
    ...{
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
    },
    body: Buffer.from(
      '{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2024-11-05","capabilities":{},"clientInfo":{"name":"c","version":"1"}}}',
    ),
  });
  const parts: Buffer[] = [];
  for await (const part of body) parts.push(Buffer.from(part as Uint8Array));
  expect(namesModern(Buffer.concat(parts))).toBe(true);
});
