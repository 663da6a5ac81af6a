import { afterEach, expect, it } from 'vitest';
import { DaemonWorld } from '../../helpers/daemon-world.js';
import { FakeTracer } from '../../helpers/fake-tracer.js';
import { INITIALIZE } from '../../helpers/mux-world.js';

let world: DaemonWorld;
afterEach(() => world.stop());

const GIVEN = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
const call = (name: string, meta = '') => `{"name":"${name}","arguments":{}${meta}}`;

/** What the servers heard of calls, as they heard it. */
function heardBy(of: DaemonWorld) {
  // biome-ignore lint/suspicious/noExplicitAny: messages of tests
  const heard: any[] = [];
  for (const server of of.servers) server.onHeard = (_, { body }) => heard.push(body);
  return heard;
}

it.each(['pipe', 'mux'] as const)(
  'a call over a %s is one trace, from the endpoint to the server',
  async (kind) => {
    const tracer = new FakeTracer();
    const servers = kind === 'pipe' ? [0] : [0, 1];
    world = new DaemonWorld(2, [{ kind, name: 'a', servers }], { trace: tracer.start });
    const heard = heardBy(world);
    await world.start();
    await world.request('a', 0, 'initialize', INITIALIZE);
    await world.request('a', 1, 'tools/list');
    await world.request(
      'a',
      2,
      'tools/call',
      call('t0', `,"_meta":{"traceparent":"${GIVEN}","progressToken":5}`),
    );
    const { life } = world.servers[0]!;
    for (const id of [...life!.pending.keys()]) life!.reply(id, '"result":{"content":[]}');
    await world.advance(1);
    expect(world.reply('a', 2).result).toBeDefined();
    const [came, sent] = tracer.named('tools/call t0');
    expect(came).toMatchObject({ kind: 'server', outcome: 'ok', traceId: 'a'.repeat(32) });
    expect(came?.parent?.spanId).toBe('b'.repeat(16));
    expect(came?.attributes).toMatchObject({
      'mcp_pipe.link': 'a',
      'client.address': '127.0.0.1',
      'client.port': 1,
    });
    expect(sent).toMatchObject({ kind: 'client', outcome: 'ok', traceId: 'a'.repeat(32) });
    expect(sent?.parent?.spanId).toBe(came?.spanId);
    expect(sent?.attributes).toMatchObject({ 'mcp_pipe.server': 's0', 'network.transport': 'pipe' });
    const { _meta } = heard.find(({ method }) => method === 'tools/call').params;
    expect(_meta.traceparent).toBe(sent?.traceparent);
    expect(_meta.progressToken).toBeDefined();
    expect(tracer.named('dial a')).toMatchObject([
      { outcome: 'ok', attributes: { 'server.address': '127.0.0.1' } },
    ]);
    expect(tracer.named('start s0')).toMatchObject([{ outcome: 'ok' }]);
  },
);

it('with traces, an endpoint that initialises again keeps its server, as without', async () => {
  const tracer = new FakeTracer();
  world = new DaemonWorld(1, [{ kind: 'pipe', name: 'a', servers: [0] }], { trace: tracer.start });
  await world.start();
  for (const id of [0, 1]) await world.request('a', id, 'initialize', INITIALIZE);
  expect(world.reply('a', 1).result).toBeDefined();
  expect(world.servers[0]!.lives).toHaveLength(1);
});

it('a call that is lost with its server, and what is open at the end, have ended spans', async () => {
  const tracer = new FakeTracer();
  world = new DaemonWorld(1, [{ kind: 'pipe', name: 'a', servers: [0] }], { trace: tracer.start });
  await world.start();
  await world.request('a', 0, 'initialize', INITIALIZE);
  await world.request('a', 1, 'tools/call', call('t0'));
  world.servers[0]!.life!.die();
  await world.advance(100);
  expect(tracer.named('tools/call t0')).toMatchObject([
    { kind: 'server', outcome: '-31001' },
    { kind: 'client', outcome: 'connection_closed' },
  ]);
});

it('without traces nothing is written into a message', async () => {
  world = new DaemonWorld(1, [{ kind: 'pipe', name: 'a', servers: [0] }]);
  const heard = heardBy(world);
  await world.start();
  await world.request('a', 0, 'initialize', INITIALIZE);
  await world.request('a', 1, 'tools/call', call('t0', `,"_meta":{"traceparent":"${GIVEN}"}`));
  expect(heard.find(({ method }) => method === 'tools/call').params._meta).toEqual({ traceparent: GIVEN });
});
