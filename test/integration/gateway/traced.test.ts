import { expect, test } from 'vitest';
import { FakeTracer } from '../../helpers/fake-tracer.js';
import { startGateway } from '../../helpers/gateway.js';
import { connectV1, connectV2 } from '../../helpers/http-clients.js';

test('with traces, clients of both eras get their answers, each call a trace from client to server', async () => {
  const tracer = new FakeTracer();
  const world = await startGateway({
    servers: { one: 'basic.mjs', two: 'basic.mjs' },
    app: { trace: tracer.start },
  });
  const legacy = await connectV1(world.url());
  expect(await legacy.call('one__echo', { text: 'xin chào' })).toBe('xin chào');
  const modern = await connectV2(world.url('two'), { mode: 'auto' });
  expect(modern.version).toBe('2026-07-28');
  expect(await modern.call('echo', { text: 'hai' })).toBe('hai');
  for (const [name, server] of [
    ['one__echo', 'one'],
    ['echo', 'two'],
  ] as const) {
    const came = tracer.named(`tools/call ${name}`).find(({ kind }) => kind === 'server');
    const sent = tracer.spans.find(({ parent }) => parent?.spanId === came?.spanId);
    expect(came).toMatchObject({ outcome: 'ok', attributes: { 'network.protocol.name': 'http' } });
    expect(sent).toMatchObject({
      ...{ name: 'tools/call echo', kind: 'client', outcome: 'ok', traceId: came?.traceId },
      attributes: { 'mcp_pipe.server': server, 'network.transport': 'pipe' },
    });
  }
});
