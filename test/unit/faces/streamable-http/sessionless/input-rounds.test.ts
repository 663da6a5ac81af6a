import { expect, test } from 'vitest';
import { settled } from '../../../../helpers/manual-clock.js';
import { legacy, type RequestUnderTest, sessionlessWorld } from '../../../../helpers/sessionless-world.js';

const ELICIT = { message: 'who?', requestedSchema: { type: 'object' } };
const CAPABILITIES = 'io.modelcontextprotocol/clientCapabilities';

interface Asked {
  state: string;
  /** The names of what is wanted, in order. */
  keys: string[];
  requests: { method: string; params?: unknown }[];
}

function askedIn({ result }: RequestUnderTest): Asked {
  expect(result).toMatchObject({ resultType: 'input_required' });
  const requests = result.inputRequests as Record<string, { method: string }>;
  return {
    state: result.requestState as string,
    keys: Object.keys(requests),
    requests: Object.values(requests),
  };
}

/** A call at whose server nothing has been answered yet. */
async function running(name = 'a', options = {}) {
  const world = sessionlessWorld({ answering: legacy(), ...options });
  const request = world.call(name);
  await settled();
  return { world, request, server: world.server, call: world.server.of('tools/call')[0]! };
}

test('what the server asks for ends the exchange; the answer goes to it, and the same call goes on', async () => {
  const { world, request, server, call } = await running();
  server.say({ id: 'q', method: 'elicitation/create', params: ELICIT });
  const { state, keys, requests } = askedIn(request);
  expect(requests).toEqual([{ method: 'elicitation/create', params: ELICIT }]);
  const answer = { action: 'accept', content: { name: 'Lan' } };
  const retry = world.call('a');
  retry.leave();
  const second = world.send('tools/call', {
    name: 'a',
    arguments: {},
    inputResponses: { [keys[0]!]: answer, other: {} },
    requestState: state,
  });
  await settled();
  expect(server.received.filter(({ id }) => id === 'q').map(({ result }) => result)).toEqual([answer]);
  server.say({ id: call.id, result: { content: [] } });
  expect(second.result).toEqual({ resultType: 'complete', content: [] });
  expect(server.of('tools/call').filter(({ id }) => id === call.id)).toHaveLength(1);
});

test('several rounds, and several requests at once', async () => {
  const { world, request, server, call } = await running();
  server.say(
    { id: 1, method: 'sampling/createMessage', params: { messages: [], maxTokens: 1 } },
    { id: 2, method: 'roots/list' },
  );
  const first = askedIn(request);
  expect(first.requests.map(({ method }) => method)).toEqual(['sampling/createMessage', 'roots/list']);
  const [sampling, roots] = first.keys;
  // Only one of two: the other is asked for again.
  const params = { name: 'a', arguments: {} };
  const partly = world.send('tools/call', {
    ...params,
    requestState: first.state,
    inputResponses: { [roots!]: { roots: [] } },
  });
  const second = askedIn(partly);
  expect(second.keys).toEqual([sampling]);
  expect(second.state).not.toBe(first.state);
  const rest = world.send('tools/call', {
    ...params,
    requestState: second.state,
    inputResponses: { [sampling!]: { role: 'assistant' } },
  });
  await settled();
  expect(server.received.filter(({ result }) => result).map(({ id, result }) => [id, result])).toEqual([
    [2, { roots: [] }],
    [1, { role: 'assistant' }],
  ]);
  server.say({ id: 3, method: 'elicitation/create', params: ELICIT });
  const third = askedIn(rest);
  const last = world.send('tools/call', {
    ...params,
    requestState: third.state,
    inputResponses: { [third.keys[0]!]: { action: 'decline' } },
  });
  server.say({ id: call.id, result: { content: [] } });
  await settled();
  expect(last.result).toMatchObject({ resultType: 'complete' });
});

test('a state is good for one answer, of its own request', async () => {
  const { world, request } = await running();
  world.server.say({ id: 1, method: 'roots/list' });
  const { state, keys } = askedIn(request);
  const inputResponses = { [keys[0]!]: { roots: [] } };
  const params = { name: 'a', arguments: {}, requestState: state, inputResponses };
  const wrong = [
    world.send('tools/call', { ...params, name: 'b' }),
    world.send('tools/call', { ...params, arguments: { x: 1 } }),
    world.send('prompts/get', params),
    world.send('tools/call', { ...params, requestState: `${state}x` }),
    world.send('tools/call', { ...params, requestState: 'made up' }),
  ];
  for (const each of wrong) expect(each.error).toMatchObject({ code: -32602 });
  const right = world.send('tools/call', params);
  const replayed = world.send('tools/call', params);
  await settled();
  expect(replayed.error).toMatchObject({ code: -32602 });
  expect(right.reply).toBeUndefined();
  expect(world.server.received.filter(({ result }) => result)).toHaveLength(1);
});

test('a state of another caller is unknown', async () => {
  const { world, request } = await running();
  world.server.say({ id: 1, method: 'roots/list' });
  const { state, keys } = askedIn(request);
  const other = await running('a', { caller: { key: 'other' } });
  const foreign = other.world.send('tools/call', {
    name: 'a',
    arguments: {},
    requestState: state,
    inputResponses: { [keys[0]!]: { roots: [] } },
  });
  expect(foreign.error).toMatchObject({ code: -32602 });
});

test('a client that never comes back: the server gets an error, and its call is cancelled', async () => {
  const { world, request, server, call } = await running('a', { inputWaitMs: 60_000, idleMs: 1_000 });
  server.say({ id: 1, method: 'roots/list' });
  const { state } = askedIn(request);
  await world.clock.advance(59_999);
  expect(server.of('notifications/cancelled')).toEqual([]);
  await world.clock.advance(1);
  expect(server.received.find(({ error }) => error)).toMatchObject({ id: 1, error: { code: -31010 } });
  expect(server.of('notifications/cancelled')[0]?.params).toMatchObject({ requestId: call.id });
  const late = world.send('tools/call', { name: 'a', arguments: {}, requestState: state });
  expect(late.error).toMatchObject({ code: -32602 });
  await world.clock.advance(1_000);
  expect(world.client.isOpen).toBe(false);
});

test('a server that answers meanwhile: the client gets the answer when it comes back', async () => {
  const { world, request, server, call } = await running();
  server.say({ id: 1, method: 'roots/list' });
  const { state } = askedIn(request);
  server.say({ id: call.id, result: { content: [] } });
  await settled();
  const back = world.send('tools/call', { name: 'a', arguments: {}, requestState: state });
  expect(back.result).toEqual({ resultType: 'complete', content: [] });
});

test('what the server does not want to know any more is not asked for again', async () => {
  const { world, request, server, call } = await running();
  server.say({ id: 1, method: 'roots/list' });
  const { state } = askedIn(request);
  server.say({ method: 'notifications/cancelled', params: { requestId: 1 } });
  const back = world.send('tools/call', { name: 'a', arguments: {}, requestState: state });
  await settled();
  expect(back.reply).toBeUndefined();
  server.say({ id: call.id, result: { content: [] } });
  expect(back.result).toMatchObject({ resultType: 'complete' });
});

test('progress and the answer go to the request that came last', async () => {
  const world = sessionlessWorld({ answering: legacy() });
  const request = world.call('a', {}, { progressToken: 'one' });
  await settled();
  const { server } = world;
  const { id } = server.of('tools/call')[0]!;
  server.say({ id: 1, method: 'roots/list' });
  const { state, keys } = askedIn(request);
  server.say({ method: 'notifications/progress', params: { progressToken: id, progress: 1 } });
  const second = world.send(
    'tools/call',
    { name: 'a', arguments: {}, requestState: state, inputResponses: { [keys[0]!]: { roots: [] } } },
    { progressToken: 'two' },
  );
  server.say({ method: 'notifications/progress', params: { progressToken: id, progress: 2 } });
  expect(request.notifications).toEqual([]);
  expect(second.notifications).toMatchObject([{ params: { progressToken: 'two', progress: 2 } }]);
});

test.each([
  ['nothing', 'roots/list', {}, { sampling: {} }],
  ['forms only', 'elicitation/create', { mode: 'url', url: 'https://x' }, { elicitation: {} }],
  ['addresses only', 'elicitation/create', ELICIT, { elicitation: { url: {} } }],
  ['no tools', 'sampling/createMessage', { messages: [], tools: [] }, { sampling: {} }],
])('a client that can answer %s is not asked for %s', async (_, method, params, capabilities) => {
  const world = sessionlessWorld({ answering: legacy() });
  const request = world.call('a', {}, { [CAPABILITIES]: capabilities });
  await settled();
  world.server.say({ id: 5, method, params });
  await settled();
  expect(request.reply).toBeUndefined();
  expect(world.server.received.find(({ error }) => error)).toMatchObject({ id: 5, error: { code: -32601 } });
});

test('of several calls, the one that began last and can answer is asked', async () => {
  const world = sessionlessWorld({ answering: legacy() });
  const calls = [
    world.call('a'),
    world.call('b'),
    world.call('c', {}, { [CAPABILITIES]: {} }),
    world.send('tools/list'),
  ];
  await settled();
  world.server.say({ id: 5, method: 'roots/list' });
  expect(calls.map(({ reply }) => reply !== undefined)).toEqual([false, true, false, false]);
});

test('without a call there is nobody to ask, and a ping is answered', async () => {
  const world = sessionlessWorld({ answering: legacy() });
  world.send('server/discover');
  await settled();
  world.server.say({ id: 1, method: 'roots/list' }, { id: 2, method: 'ping' });
  await settled();
  expect(world.server.received.slice(-2)).toMatchObject([
    { id: 1, error: { code: -31010 } },
    { id: 2, result: {} },
  ]);
});

test('calls that wait for their clients are bounded', async () => {
  const world = sessionlessWorld({ answering: legacy(), maxWaiting: 1 });
  const first = world.call('a');
  await settled();
  world.server.say({ id: 1, method: 'roots/list' });
  const second = world.call('b');
  world.server.say({ id: 2, method: 'roots/list' });
  await settled();
  expect(first.result).toMatchObject({ resultType: 'input_required' });
  expect(second.reply).toBeUndefined();
  expect(world.server.received.find(({ error }) => error)).toMatchObject({ id: 2, error: { code: -31014 } });
});

test('a client that disconnects while it is asked nothing leaves the server with an error for later requests', async () => {
  const { request, server } = await running();
  request.leave();
  server.say({ id: 1, method: 'roots/list' });
  await settled();
  expect(server.received.find(({ error }) => error)).toMatchObject({ id: 1 });
});

test('what the server asks for one after the other is asked of the client at once', async () => {
  const { world, request, server } = await running('a', { gatherMs: 50 });
  server.say({ id: 1, method: 'elicitation/create', params: ELICIT });
  await world.clock.advance(49);
  server.say({ id: 2, method: 'roots/list' });
  expect(request.frames).toEqual([]);
  await world.clock.advance(1);
  expect(askedIn(request).requests.map(({ method }) => method)).toEqual(['elicitation/create', 'roots/list']);
});

test('a call that fails for want of a capability says which; one that succeeds without it is answered', async () => {
  const world = sessionlessWorld({ answering: legacy() });
  const meta = { [CAPABILITIES]: { sampling: {} } };
  const call = async () => {
    const request = world.call('a', {}, meta);
    await settled();
    const { id } = world.server.of('tools/call').at(-1)!;
    world.server.say({ id: 'q', method: 'elicitation/create', params: { ...ELICIT, mode: 'url' } });
    return { request, id };
  };
  const failed = await call();
  world.server.say({ id: failed.id, result: { content: [], isError: true } });
  expect(failed.request.error).toMatchObject({
    code: -32021,
    data: { requiredCapabilities: { elicitation: { url: {} } } },
  });
  const other = await call();
  world.server.say({ id: other.id, result: { content: [] } });
  expect(other.request.result).toEqual({ resultType: 'complete', content: [] });
});

test('a server asks for roots on its own: a call that fails meanwhile keeps its error', async () => {
  const world = sessionlessWorld({ answering: legacy() });
  const request = world.call('a', {}, { [CAPABILITIES]: {} });
  await settled();
  const { id } = world.server.of('tools/call')[0]!;
  world.server.say({ id: 5, method: 'roots/list' }, { id, error: { code: 7, message: 'its own' } });
  expect(request.error).toEqual({ code: 7, message: 'its own' });
});
