import { expect, it } from 'vitest';
import { TracedRequests } from '../../../src/transports/traced-requests.js';
import { traced } from '../../../src/transports/traced-transport.js';
import { FakeTracer } from '../../helpers/fake-tracer.js';
import { memoryPair } from '../../helpers/memory-pair.js';

function world() {
  const tracer = new FakeTracer();
  const requests = new TracedRequests(tracer.start, { 'mcp_pipe.link': 'a' });
  const pass = (direction: 'incoming' | 'outgoing') => (text: string) =>
    requests.frame(Buffer.from(text), direction).toString();
  return { tracer, requests, come: pass('incoming'), go: pass('outgoing') };
}

const CALL =
  '{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"add","arguments":{"secret":"x"}}}';

it('a call is a span with its tool, without its arguments, and goes on with the name of the span', () => {
  const { tracer, come, go } = world();
  const passed = come(CALL);
  const [span] = tracer.spans;
  expect(span).toMatchObject({
    name: 'tools/call add',
    kind: 'server',
    parent: undefined,
    outcome: undefined,
  });
  expect(span?.attributes).toEqual({
    'mcp_pipe.link': 'a',
    'mcp.method.name': 'tools/call',
    'jsonrpc.request.id': '7',
    'gen_ai.operation.name': 'execute_tool',
    'gen_ai.tool.name': 'add',
  });
  expect(JSON.parse(passed).params._meta).toEqual({ traceparent: span?.traceparent });
  const answer = '{"jsonrpc":"2.0","id":7,"result":{"content":[]}}';
  expect(go(answer)).toBe(answer);
  expect(span?.outcome).toBe('ok');
});

it('the sender of a request is its parent, and keeps its state', () => {
  const { tracer, go } = world();
  const given = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-00`;
  const passed = go(
    `{"id":"x","method":"prompts/get","params":{"name":"p","_meta":{"traceparent":"${given}","tracestate":"v=1"}}}`,
  );
  const [span] = tracer.spans;
  expect(span).toMatchObject({ name: 'prompts/get p', kind: 'client' });
  expect(span?.parent).toEqual({ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), flags: 0, state: 'v=1' });
  expect(span?.attributes).toMatchObject({ 'gen_ai.prompt.name': 'p', 'jsonrpc.request.id': 'x' });
  expect(JSON.parse(passed).params._meta).toEqual({ traceparent: span?.traceparent, tracestate: 'v=1' });
});

it.each([
  ['{"id":7,"error":{"code":-32602,"message":"secret"}}', '-32602', { 'rpc.response.status_code': '-32602' }],
  ['{"id":7.0,"error":{"message":"no code"}}', '_OTHER', {}],
  ['{"id":7,"result":{"isError":true,"content":[]}}', 'tool_error', undefined],
  ['{"id":7,"result":{"isError":false}}', 'ok', undefined],
])('%s ends it as %s', (answer, outcome, more) => {
  const { tracer, come, go } = world();
  come(CALL);
  go(answer);
  expect(tracer.spans).toMatchObject([{ outcome }]);
  expect(tracer.spans[0]?.more).toEqual(more);
});

it('what is cancelled, fails or is never answered ends, once', () => {
  const { tracer, requests, come, go } = world();
  come('{"id":1,"method":"tools/list"}');
  come('{"id":"1","method":"tools/list"}');
  go('{"id":1,"method":"roots/list"}');
  go('{"id":2,"method":"roots/list"}');
  come('{"method":"notifications/cancelled","params":{"requestId":1}}');
  requests.failed(2, 'http');
  go('{"id":1,"result":{}}');
  requests.closed();
  expect(tracer.spans.map(({ outcome }) => outcome)).toEqual([
    ...['cancelled', 'connection_closed', 'connection_closed', 'http'],
  ]);
});

it('pings, notifications and answers to nothing are no spans, and initialize stays as it is', () => {
  const { tracer, come, go } = world();
  const initialize = '{"id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18"}}';
  for (const text of [
    '{"id":1,"method":"ping"}',
    '{"method":"notifications/x"}',
    '{"id":9,"result":{}}',
    'no',
  ])
    expect(come(text)).toBe(text);
  expect(come(initialize)).toBe(initialize);
  go('{"id":0,"result":{"protocolVersion":"2025-03-26"}}');
  expect(tracer.spans).toMatchObject([{ name: 'initialize', outcome: 'ok' }]);
  come('{"id":1,"method":"tools/list"}');
  expect(tracer.spans[1]?.attributes['mcp.protocol.version']).toBe('2025-03-26');
});

it('the address of a resource is an argument', () => {
  const { tracer, come } = world();
  come('{"id":1,"method":"resources/read","params":{"uri":"file:///home/an/secret"}}');
  expect(JSON.stringify(tracer.spans)).not.toContain('secret');
});

it('a request of 2026-07-28 says its version itself', () => {
  const { tracer, come } = world();
  const meta = '"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}';
  const passed = come(`{"id":1,"method":"tools/list","params":{${meta}}}`);
  expect(tracer.spans[0]?.attributes['mcp.protocol.version']).toBe('2026-07-28');
  expect(Object.keys(JSON.parse(passed).params._meta)).toEqual([
    ...['io.modelcontextprotocol/protocolVersion', 'traceparent'],
  ]);
});

it('each request of a batch is a span', () => {
  const { tracer, come } = world();
  const passed = come(
    '[ {"id":1,"method":"tools/list"} , {"method":"notifications/x"},{"id":2,"method":"ping"}]',
  );
  expect(tracer.spans).toHaveLength(1);
  expect(passed).toBe(
    `[ {"id":1,"method":"tools/list","params":{"_meta":{"traceparent":"${tracer.spans[0]?.traceparent}"}}} , {"method":"notifications/x"},{"id":2,"method":"ping"}]`,
  );
});

it('more requests than can be kept go on without a span', () => {
  const { tracer, come } = world();
  for (let id = 0; id < 4_100; id++) come(`{"id":${id},"method":"tools/list"}`);
  expect(tracer.spans).toHaveLength(4_096);
  expect(come('{"id":"late","method":"tools/list"}')).toBe('{"id":"late","method":"tools/list"}');
});

it('a traced transport is the same in everything else', async () => {
  const tracer = new FakeTracer();
  const [near, far] = memoryPair();
  const transport = traced(near, tracer.start, {});
  const oversize = () => {};
  transport.onOversize = oversize;
  expect(near.onOversize).toBe(oversize);
  void transport.send([Buffer.from('{"id":1,"method":"tools/list"}')]);
  const batch = await next(far.batches);
  expect(batch?.toString()).toContain(tracer.spans[0]?.traceparent);
  void far.send([Buffer.from('{"id":1,"result":{}}'), Buffer.from('{"method":"x"}')]);
  const answers = await next(transport.batches);
  expect(answers?.map(String)).toEqual(['{"id":1,"result":{}}', '{"method":"x"}']);
  expect(tracer.spans).toMatchObject([{ outcome: 'ok' }]);
  void transport.send([Buffer.from('{"id":2,"method":"tools/list"}')]);
  await transport.close({ code: 1000 });
  await transport.closed;
  expect(tracer.spans).toMatchObject([{}, { outcome: 'connection_closed' }]);
});

async function next<Item>(items: AsyncIterable<Item>): Promise<Item | undefined> {
  return (await items[Symbol.asyncIterator]().next()).value as Item | undefined;
}

it('texts of a caller are cut in spans, and go on whole', () => {
  const { tracer, come } = world();
  const long = 'm'.repeat(100_000);
  expect(JSON.parse(come(`{"id":1,"method":"${long}"}`)).method).toBe(long);
  const meta = `{"io.modelcontextprotocol/protocolVersion":"${long}","tracestate":"${long}"}`;
  come(`{"id":2,"method":"tools/call","params":{"name":"${long}","_meta":${meta}}}`);
  for (const span of tracer.spans) expect(JSON.stringify(span).length).toBeLessThan(2_000);
});
