import { expect, test } from 'vitest';
import { settled } from '../../../../helpers/manual-clock.js';
import {
  both,
  legacy,
  META,
  type ServerMessage,
  sessionlessWorld,
} from '../../../../helpers/sessionless-world.js';

const VERSION = 'io.modelcontextprotocol/protocolVersion';
const SUBSCRIPTION = 'io.modelcontextprotocol/subscriptionId';

const complete = ({ id }: ServerMessage, extra = {}) => ({
  id,
  result: { resultType: 'complete', content: [], ...extra },
});

test('a server that takes requests of both is sent them as they are, but for ids', async () => {
  const world = sessionlessWorld({
    answering: both((message, server) => server.say(complete(message))),
  });
  const request = world.sendText(
    `{"id":"\\u00e9", "jsonrpc":"2.0","method":"tools/call","params":{"name":"a","requestState":"its own","_meta":${JSON.stringify(META)}}}`,
  );
  await settled();
  const [sent] = world.server.of('tools/call');
  expect(sent?.params).toEqual({ name: 'a', requestState: 'its own', _meta: META });
  expect(request.frames).toEqual([
    '{"jsonrpc":"2.0","id":"\\u00e9","result":{"resultType":"complete","content":[]}}',
  ]);
});

test('the server is asked once what it speaks, whoever asks first', async () => {
  const world = sessionlessWorld({ answering: both((message, server) => server.say(complete(message))) });
  const requests = [1, 2, 3].map(() => world.call('a'));
  await settled();
  requests.push(world.call('b'));
  await settled();
  for (const { result } of requests) expect(result).toBeDefined();
  expect(world.server.of('initialize')).toHaveLength(1);
  expect(world.server.of('server/discover')).toHaveLength(1);
});

test('in front of a mux the server is not asked, and requests are translated', async () => {
  const world = sessionlessWorld({
    answering: both((message, server) => server.say(complete(message))),
    mayCarry: () => false,
  });
  world.call('a');
  await settled();
  expect(world.server.of('server/discover')).toEqual([]);
  expect(world.server.of('tools/call')[0]?.params).toEqual({ name: 'a', arguments: {}, _meta: {} });
});

test('a server that rejects initialize and takes requests of this revision gets them as they are', async () => {
  const world = sessionlessWorld({
    answering: (message, server) => {
      if (message.method === 'initialize')
        server.say({
          id: message.id,
          error: { code: -32022, message: 'no', data: { supported: ['2026-07-28'] } },
        });
      else both((call) => server.say(complete(call)))(message, server);
    },
    mayCarry: () => false,
  });
  const request = world.call('a');
  await settled();
  expect(world.server.of('tools/call')[0]?.params?._meta).toEqual(META);
  expect(request.result).toMatchObject({ resultType: 'complete' });
  expect(world.server.of('notifications/initialized')).toEqual([]);
});

test('a server that rejects everything: its error is the answer, and the next request asks anew', async () => {
  let isWell = false;
  const world = sessionlessWorld({
    answering: (message, server) => {
      if (isWell) legacy((call) => server.say({ id: call.id, result: {} }))(message, server);
      else server.say({ id: message.id, error: { code: -31002, message: 'down' } });
    },
  });
  const refused = world.call('a');
  await settled();
  expect(refused.error).toEqual({ code: -31002, message: 'down' });
  isWell = true;
  const next = world.call('a');
  await settled();
  expect(next.result).toEqual({ resultType: 'complete' });
});

test('a server that does not answer unknown requests holds the first request up for a while only', async () => {
  const world = sessionlessWorld({
    answering: (message, server) => {
      if (message.method !== 'server/discover') legacy()(message, server);
    },
  });
  world.call('a');
  await world.clock.advance(3_000);
  expect(world.server.of('tools/call')).toHaveLength(1);
});

test('a process of another revision in the place of the server is noticed', async () => {
  let answering = both((message, server) => server.say(complete(message)));
  const world = sessionlessWorld({ answering: (message, server) => answering(message, server) });
  world.call('a');
  await settled();
  expect(world.server.of('tools/call')[0]?.params?._meta).toEqual(META);
  // Now it knows only `initialize`.
  answering = legacy(({ id, method }, server) =>
    server.say(
      method === 'tools/call'
        ? { id, result: { content: [] } }
        : { id, error: { code: -32601, message: 'no' } },
    ),
  );
  const [discover, listener] = [
    world.send('server/discover'),
    world.send('subscriptions/listen', { notifications: { toolsListChanged: true } }),
  ];
  await settled();
  expect(discover.result).toMatchObject({ capabilities: { logging: {} } });
  expect(listener.notifications).toMatchObject([{ method: 'notifications/subscriptions/acknowledged' }]);
  const call = world.call('b');
  await settled();
  expect(call.result).toEqual({ resultType: 'complete', content: [] });
  expect(world.server.of('tools/call').at(-1)?.params?._meta).toEqual({});
  // And now only requests without it.
  answering = (message, server) => {
    const isModern = message.params?._meta && VERSION in (message.params._meta as object);
    if (isModern) both((request) => server.say(complete(request)))(message, server);
    else server.say({ id: message.id, error: { code: -32022, message: 'no' } });
  };
  const again = world.call('c');
  await settled();
  expect(again.result).toMatchObject({ resultType: 'complete' });
});

test('a call that fails with its server makes the next one ask what the server speaks', async () => {
  const world = sessionlessWorld({
    answering: legacy(({ id }, server) => server.say({ id, error: { code: -31001, message: 'exited' } })),
  });
  world.call('a');
  await settled();
  world.call('a');
  await settled();
  expect(world.server.of('initialize')).toHaveLength(2);
});

test('subscriptions of a server that has them keep their id for the client', async () => {
  const world = sessionlessWorld({ answering: both() });
  const request = world.sendText(
    `{"jsonrpc":"2.0","id":"mine","method":"subscriptions/listen","params":{"_meta":${JSON.stringify(META)},"notifications":{"toolsListChanged":true}}}`,
  );
  await settled();
  const { id } = world.server.of('subscriptions/listen')[0]!;
  const named = { _meta: { [SUBSCRIPTION]: id } };
  world.server.say(
    { method: 'notifications/subscriptions/acknowledged', params: { ...named, notifications: {} } },
    { method: 'notifications/tools/list_changed', params: named },
    { method: 'notifications/tools/list_changed' },
  );
  expect(request.notifications.map(({ params }) => params)).toMatchObject([
    { _meta: { [SUBSCRIPTION]: 'mine' } },
    { _meta: { [SUBSCRIPTION]: 'mine' } },
  ]);
  world.server.say({ method: 'notifications/cancelled', params: { requestId: id } });
  expect(request.result).toEqual({ resultType: 'complete', _meta: { [SUBSCRIPTION]: 'mine' } });
});

test('requests of earlier revisions without a session: initialize is answered for each, the rest is carried', async () => {
  const world = sessionlessWorld({
    answering: legacy(({ id, method }, server) => server.say({ id, result: { of: method } })),
  });
  const initialize = world.sendText(
    '{"jsonrpc":"2.0","id":"i","method":"initialize","params":{"protocolVersion":"2025-03-26","capabilities":{},"clientInfo":{"name":"x","version":"1"}}}',
  );
  const initialized = world.sendText('{"jsonrpc":"2.0","method":"notifications/initialized"}');
  const call = world.sendText('{"jsonrpc":"2.0","id":1.0,"method":"tools/call","params":{"name":"a"}}');
  await settled();
  expect(initialize.reply).toMatchObject({
    id: 'i',
    result: { protocolVersion: '2025-03-26', serverInfo: { name: 'old' }, instructions: 'as ever' },
  });
  expect(initialized.frames).toEqual([]);
  expect(world.server.of('notifications/initialized')).toHaveLength(1);
  expect(call.frames).toEqual(['{"jsonrpc":"2.0","id":1.0,"result":{"of":"tools/call"}}']);
});

test('a request without a session cannot be asked anything, and hears the log', async () => {
  const world = sessionlessWorld({ answering: legacy() });
  const call = world.sendText('{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a"}}');
  await settled();
  world.server.say(
    { id: 9, method: 'roots/list' },
    { method: 'notifications/message', params: { level: 'info', data: 'x' } },
  );
  await settled();
  expect(world.server.received.find(({ error }) => error)).toMatchObject({ id: 9, error: { code: -32601 } });
  expect(call.notifications).toHaveLength(1);
});
