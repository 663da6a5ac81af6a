import { expect, test } from 'vitest';
import { settled } from '../../../../helpers/manual-clock.js';
import { legacy, META, sessionlessWorld } from '../../../../helpers/sessionless-world.js';

const SUBSCRIPTION = 'io.modelcontextprotocol/subscriptionId';

test('server/discover is made of what the server says to initialize', async () => {
  const world = sessionlessWorld({ answering: legacy() });
  const request = world.send('server/discover');
  await settled();
  expect(request.result).toEqual({
    resultType: 'complete',
    supportedVersions: ['2026-07-28'],
    capabilities: {
      tools: { listChanged: true },
      resources: { subscribe: true, listChanged: true },
      logging: {},
    },
    instructions: 'as ever',
    ttlMs: 0,
    cacheScope: 'private',
    _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'old', version: '1' } },
  });
  expect(world.server.of('notifications/initialized')).toHaveLength(1);
});

test('a request is sent as earlier revisions have it, and its result gets what this one has, and nothing else', async () => {
  const result = '{"tools":[ {"name":"é\\u00e9", "inputSchema":{"type":"object"}} ],"_meta":{"x":1e2}}';
  const world = sessionlessWorld({
    answering: legacy(({ id }, server) => server.say(`{"result":${result}, "jsonrpc":"2.0","id":${id}}`)),
  });
  const meta = `${JSON.stringify(META).slice(1, -1)},"io.modelcontextprotocol/logLevel":"info","traceparent":"00-ab"`;
  const request = world.sendText(
    `{"jsonrpc":"2.0","id":"a\\u0062","method":"tools/list","params":{"cursor":"ç","_meta":{${meta},"progressToken":7.0}}}`,
  );
  await settled();
  const sent = world.server.of('tools/list')[0]!;
  expect(sent.params).toEqual({ cursor: 'ç', _meta: { traceparent: '00-ab', progressToken: sent.id } });
  expect(request.frames).toEqual([
    `{"result":{"resultType":"complete","ttlMs":0,"cacheScope":"private",${result.slice(1)}, "jsonrpc":"2.0","id":"a\\u0062"}`,
  ]);
});

test('a progress token comes back as it was spelled, and only to the call that chose it', async () => {
  const world = sessionlessWorld({ answering: legacy() });
  const [one, other] = [
    world.call('a', {}, { progressToken: 'same' }),
    world.call('b', {}, { progressToken: 'same' }),
  ];
  await settled();
  const [first, second] = world.server.of('tools/call');
  expect(first!.id).not.toBe(second!.id);
  world.server.say(
    { method: 'notifications/progress', params: { progressToken: second!.id, progress: 1 } },
    { method: 'notifications/progress', params: { progressToken: first!.id, progress: 2 } },
  );
  expect(one.notifications).toMatchObject([{ params: { progressToken: 'same', progress: 2 } }]);
  expect(other.notifications).toMatchObject([{ params: { progressToken: 'same', progress: 1 } }]);
});

test('a client that disconnects cancels its call, and an answer that comes later goes nowhere', async () => {
  const world = sessionlessWorld({ answering: legacy() });
  const request = world.call('slow');
  await settled();
  const [call] = world.server.of('tools/call');
  request.leave();
  await settled();
  expect(world.server.of('notifications/cancelled')[0]?.params).toMatchObject({ requestId: call!.id });
  world.server.say({ id: call!.id, result: { content: [] } });
  expect(request.frames).toEqual([]);
});

test('a client that disconnects before the server is known has sent nothing', async () => {
  const world = sessionlessWorld({ answering: () => {} });
  const request = world.call('slow');
  request.leave();
  await settled();
  world.server.say({
    id: world.server.of('initialize')[0]!.id,
    result: { protocolVersion: '2025-11-25', capabilities: {} },
  });
  await settled();
  world.server.say({ id: world.server.of('server/discover')[0]!.id, error: { code: -32601, message: '' } });
  await settled();
  expect(world.server.of('tools/call')).toEqual([]);
});

test('what this revision has removed is refused, whatever the server knows', async () => {
  const world = sessionlessWorld({ answering: legacy(({ id }, server) => server.say({ id, result: {} })) });
  const methods = ['initialize', 'ping', 'logging/setLevel', 'resources/subscribe', 'tasks/list'];
  const requests = methods.map((method) => world.send(method));
  await settled();
  for (const request of requests) expect(request.error).toMatchObject({ code: -32601 });
});

test('another version is refused with those that are spoken', async () => {
  const world = sessionlessWorld({ answering: legacy() });
  const request = world.send('tools/list', {}, { 'io.modelcontextprotocol/protocolVersion': '2099-01-01' });
  await settled();
  expect(request.error).toMatchObject({
    code: -32022,
    data: { supported: ['2026-07-28'], requested: '2099-01-01' },
  });
});

test('an unknown resource has the code of this revision', async () => {
  const world = sessionlessWorld({
    answering: legacy(({ id }, server) =>
      server.say({ id, error: { code: -32002, message: 'no', data: { a: 1 } } }),
    ),
  });
  const [read, called] = [world.send('resources/read', { uri: 'a:' }), world.call('x')];
  await settled();
  expect(read.error).toEqual({ code: -32602, message: 'no', data: { a: 1 } });
  expect(called.error).toMatchObject({ code: -32002 });
});

test('log messages go to the call that asked for their level, and to none that did not', async () => {
  const world = sessionlessWorld({ answering: legacy() });
  const debug = world.call('a', {}, { 'io.modelcontextprotocol/logLevel': 'debug' });
  const error = world.call('b', {}, { 'io.modelcontextprotocol/logLevel': 'error' });
  const none = world.call('c');
  await settled();
  // The server is set to the most verbose level, before the call that asked for it.
  expect(world.server.of('logging/setLevel').map(({ params }) => params)).toEqual([{ level: 'debug' }]);
  const order = world.server.received.map(({ method }) => method);
  expect(order.indexOf('logging/setLevel')).toBeLessThan(order.indexOf('tools/call'));
  for (const level of ['info', 'critical'])
    world.server.say({ method: 'notifications/message', params: { level, data: level } });
  expect(debug.notifications.map(({ params }) => (params as { data: string }).data)).toEqual(['info']);
  expect(error.notifications.map(({ params }) => (params as { data: string }).data)).toEqual(['critical']);
  expect(none.notifications).toEqual([]);
});

test('listeners hear what they asked for and the server has, under their own subscription', async () => {
  const world = sessionlessWorld({ answering: legacy() });
  const lists = world.sendText(
    `{"jsonrpc":"2.0","id":"\\u0061","method":"subscriptions/listen","params":{"_meta":${JSON.stringify(META)},"notifications":{"toolsListChanged":true,"promptsListChanged":true}}}`,
  );
  const one = world.send('subscriptions/listen', {
    notifications: { resourceSubscriptions: ['f:/a', 'f:/b'] },
  });
  const two = world.send('subscriptions/listen', { notifications: { resourceSubscriptions: ['f:/a'] } });
  await settled();
  expect(lists.frames[0]).toContain('"io.modelcontextprotocol/subscriptionId":"\\u0061"');
  expect(lists.notifications).toMatchObject([
    {
      method: 'notifications/subscriptions/acknowledged',
      params: { notifications: { toolsListChanged: true } },
    },
  ]);
  expect(Object.keys((lists.notifications[0]!.params as { notifications: object }).notifications)).toEqual([
    'toolsListChanged',
  ]);
  expect(world.server.of('resources/subscribe').map(({ params }) => params?.uri)).toEqual(['f:/a', 'f:/b']);
  world.server.say(
    { method: 'notifications/tools/list_changed' },
    { method: 'notifications/prompts/list_changed' },
    { method: 'notifications/resources/updated', params: { uri: 'f:/a/x' } },
    { method: 'notifications/resources/updated', params: { uri: 'f:/b' } },
    { method: 'notifications/resources/updated', params: { uri: 'f:/bc' } },
  );
  expect(lists.notifications.slice(1)).toEqual([
    {
      jsonrpc: '2.0',
      method: 'notifications/tools/list_changed',
      params: { _meta: { [SUBSCRIPTION]: 'a' } },
    },
  ]);
  const updated = (request: typeof one) =>
    request.notifications.slice(1).map(({ params }) => (params as { uri: string }).uri);
  expect(updated(one)).toEqual(['f:/a/x', 'f:/b']);
  expect(updated(two)).toEqual(['f:/a/x']);
  one.leave();
  await settled();
  expect(world.server.of('resources/unsubscribe').map(({ params }) => params?.uri)).toEqual(['f:/b']);
  two.leave();
  await settled();
  expect(world.server.of('resources/unsubscribe').map(({ params }) => params?.uri)).toEqual(['f:/b', 'f:/a']);
});

test('a resource that the server does not let subscribe to is not acknowledged', async () => {
  const world = sessionlessWorld({
    answering: (message, server) => {
      if (message.method === 'resources/subscribe' && message.params?.uri === 'f:/no')
        server.say({ id: message.id, error: { code: -32602, message: 'no' } });
      else legacy()(message, server);
    },
  });
  const request = world.send('subscriptions/listen', {
    notifications: { resourceSubscriptions: ['f:/no', 'f:/yes'] },
  });
  await settled();
  expect(request.notifications).toMatchObject([
    { params: { notifications: { resourceSubscriptions: ['f:/yes'] } } },
  ]);
});

test('a listener is acknowledged before it hears anything, by a server that never answers as well', async () => {
  const world = sessionlessWorld({
    answering: (message, server) => {
      if (message.method !== 'resources/subscribe') legacy()(message, server);
    },
  });
  const request = world.send('subscriptions/listen', { notifications: { resourceSubscriptions: ['f:/a'] } });
  await settled();
  world.server.say({ method: 'notifications/resources/updated', params: { uri: 'f:/a' } });
  expect(request.frames).toEqual([]);
  await world.clock.advance(3_000);
  expect(request.notifications.map(({ method }) => method)).toEqual([
    'notifications/subscriptions/acknowledged',
    'notifications/resources/updated',
  ]);
});

test('when the link ends, listeners get their result and calls an error; the next request makes another link', async () => {
  const world = sessionlessWorld({ answering: legacy() });
  const [call, listener] = [world.call('slow'), world.send('subscriptions/listen', { notifications: {} })];
  await settled();
  await world.server.transport.close({ reason: 'the server was removed' });
  expect(call.error).toMatchObject({
    code: -31004,
    message: expect.stringContaining('the server was removed'),
  });
  expect(listener.result).toMatchObject({ resultType: 'complete', _meta: { [SUBSCRIPTION]: 2 } });
  expect(world.client.isOpen).toBe(false);
  const next = world.send('server/discover');
  await settled();
  expect(world.servers).toHaveLength(2);
  expect(next.result).toBeDefined();
});

test('after a while without a request the client leaves, not while one is open', async () => {
  const world = sessionlessWorld({ answering: legacy(), idleMs: 1_000 });
  const listener = world.send('subscriptions/listen', { notifications: { toolsListChanged: true } });
  await settled();
  await world.clock.advance(10_000);
  expect(world.client.isOpen).toBe(true);
  listener.leave();
  await world.clock.advance(999);
  expect(world.client.isOpen).toBe(true);
  await world.clock.advance(1);
  expect(world.client.isOpen).toBe(false);
  expect(await world.server.transport.closed).toMatchObject({ by: 'remote' });
});

test('a client that is not accepted gets an error', async () => {
  const world = sessionlessWorld({ answering: legacy(), accept: () => false });
  expect(world.call('x').error).toMatchObject({ code: -31002 });
  expect(world.client.isOpen).toBe(false);
});

test('while a link stops, its calls go on, and new requests have another link', async () => {
  const world = sessionlessWorld({ answering: legacy() });
  const [asked, listener, running] = [
    world.call('a'),
    world.send('subscriptions/listen', { notifications: { toolsListChanged: true } }),
    world.call('b', {}, { 'io.modelcontextprotocol/clientCapabilities': {} }),
  ];
  await settled();
  const { server } = world;
  server.say({ id: 1, method: 'roots/list' });
  server.transport.stopping?.();
  expect(listener.result).toMatchObject({ resultType: 'complete' });
  const next = world.call('c');
  await settled();
  expect(world.servers).toHaveLength(2);
  expect(world.server.of('tools/call')).toMatchObject([{ params: { name: 'c' } }]);
  const { requestState, inputRequests } = asked.result as { requestState: string; inputRequests: object };
  const inputResponses = { [Object.keys(inputRequests)[0]!]: { roots: [] } };
  const back = world.send('tools/call', { name: 'a', arguments: {}, requestState, inputResponses });
  await settled();
  for (const { id } of server.of('tools/call')) server.say({ id, result: { content: [] } });
  expect([back.result, running.result]).toMatchObject([{ content: [] }, { content: [] }]);
  await server.transport.close();
  expect(world.client.isOpen).toBe(true);
  expect(next.reply).toBeUndefined();
});

test('while the server does not read, no further bodies are read', async () => {
  const world = sessionlessWorld({ answering: legacy(), maxQueuedBytes: 10_000 });
  world.send('server/discover');
  await settled();
  const calls = [1, 2, 3].map(() => world.call('a', { long: 'x'.repeat(6_000) }));
  expect(calls.map(({ holders }) => holders.size)).toEqual([0, 1, 0]);
  await settled();
  expect(world.server.of('tools/call')).toHaveLength(3);
  expect(calls.map(({ holders }) => holders.size)).toEqual([0, 0, 0]);
});

test('a client that reads slowly gets no progress meanwhile, and its answer', async () => {
  const world = sessionlessWorld({ answering: legacy() });
  const call = world.call('a', {}, { progressToken: 1 });
  await settled();
  const { id } = world.server.of('tools/call')[0]!;
  const progress = () =>
    world.server.say({ method: 'notifications/progress', params: { progressToken: id, progress: 1 } });
  progress();
  call.source?.hold(call);
  progress();
  call.source?.release(call);
  progress();
  expect(call.notifications).toHaveLength(2);
  call.source?.hold(call);
  world.server.say({ id, result: { content: [] } });
  expect(call.result).toBeDefined();
});

test('a client that leaves while the server is asked for its answer to initialize holds nothing', async () => {
  let isMute = false;
  const world = sessionlessWorld({
    answering: (message, server) => {
      if (!isMute) legacy()(message, server);
    },
    idleMs: 1_000,
  });
  world.send('server/discover');
  await settled();
  isMute = true;
  const request = world.send('server/discover');
  await settled();
  request.leave();
  world.server.say({ id: world.server.of('initialize').at(-1)!.id, result: { capabilities: {} } });
  await world.clock.advance(1_000);
  expect(world.client.isOpen).toBe(false);
  expect(request.frames).toEqual([]);
});
