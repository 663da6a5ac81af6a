import { describe, expect, it } from 'vitest';
import type { ServerOptions } from '../../../src/config/server-options.js';
import { VERSION_KEY } from '../../../src/protocol/mcp.js';
import { readTimes, type WeeklyTimes } from '../../../src/time/schedule.js';
import { DaemonWorld, type LinkOf } from '../../helpers/daemon-world.js';
import { KnownInMemory } from '../../helpers/known-in-memory.js';
import { INITIALIZE, type Life, settled } from '../../helpers/mux-world.js';

const MINUTE = 60_000;
const PIPE: LinkOf = { kind: 'pipe', name: 'a', servers: [0] };
const CALL = '{"name":"t0"}';
const MODERN = `{"_meta":{"${VERSION_KEY}":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}`;

interface WorldOf {
  links?: readonly LinkOf[];
  known?: KnownInMemory;
  server?: Partial<ServerOptions>;
  prepare?: (made: DaemonWorld) => void;
}

async function worldOf({ links = [PIPE], known, server, prepare }: WorldOf) {
  const options = { start: 'demand', ...server } as const;
  const made = new DaemonWorld(1, links, { ...(known ? { knownServers: known } : {}), server: options });
  prepare?.(made);
  await made.start();
  for (let i = 0; i < 3; i++) await settled();
  return {
    made,
    server: made.servers[0]!,
    parking: () => made.daemon.processes[0]!.parking,
    ask: (id: number, method: string, params = '{}') => made.request('a', id, method, params),
    reply: (id: number) => made.reply('a', id),
  };
}

/** A server that runs, because it was called once. */
async function called(of: WorldOf = {}) {
  const world = await worldOf(of);
  await world.ask(0, 'initialize', INITIALIZE);
  await world.ask(1, 'tools/call', CALL);
  const life = world.server.life!;
  answerAll(life);
  await settled();
  return { ...world, life };
}

function answerAll(life: Life): void {
  for (const id of [...life.pending.keys()]) life.reply(id, '"result":{}');
}

describe('a server is not parked', () => {
  it.each<[string, string, string, ServerOptions['tools'] | undefined]>([
    ['while a call is in flight', 'tools/call', CALL, undefined],
    ['while a list is in flight', 'prompts/list', '{}', undefined],
  ])('%s', async (_, method, params) => {
    const { made, parking, ask, life } = await called();
    await ask(2, method, params);
    expect(parking().park('memory')).toBe(false);
    life.reply('2', '"result":{}');
    await settled();
    expect(parking().park('memory')).toBe(true);
    await made.stop();
  });

  it('while its client has not answered a question of it', async () => {
    const { made, parking, life } = await called();
    life.send('{"jsonrpc":"2.0","id":"q","method":"roots/list"}');
    await settled();
    expect(parking().park('memory')).toBe(false);
    made.connections.get('a')!.send('{"jsonrpc":"2.0","id":"q","result":{"roots":[]}}');
    await settled();
    expect(parking().park('memory')).toBe(true);
    await made.stop();
  });

  it('while a client has subscribed to a resource', async () => {
    const { made, parking, ask, life } = await called();
    await ask(2, 'resources/subscribe', '{"uri":"file:///a"}');
    answerAll(life);
    await settled();
    await made.advance(20 * MINUTE, MINUTE);
    expect(life.isOver).toBe(false);
    expect(parking().park('memory')).toBe(false);
    await ask(3, 'resources/unsubscribe', '{"uri":"file:///a"}');
    answerAll(life);
    await settled();
    expect(parking().park('memory')).toBe(true);
    await made.stop();
  });

  it('while it works on a task', async () => {
    const { made, parking, ask, life } = await called();
    await ask(2, 'tools/call', '{"name":"t0","task":{"ttl":3600000}}');
    life.reply('2', '"result":{"task":{"taskId":"x","status":"working","ttl":3600000}}');
    await settled();
    await made.advance(20 * MINUTE, MINUTE);
    expect(life.isOver).toBe(false);
    life.send(
      '{"jsonrpc":"2.0","method":"notifications/tasks/status","params":{"taskId":"x","status":"failed"}}',
    );
    await settled();
    expect(parking().park('memory')).toBe(true);
    await made.stop();
  });

  it('while it is kept warm, unless its memory is needed', async () => {
    const { made, parking, life } = await called();
    parking().isKeptWarm = true;
    await made.advance(20 * MINUTE, MINUTE);
    expect(life.isOver).toBe(false);
    expect(parking().park('memory')).toBe(true);
    await settled();
    expect(life.isOver).toBe(true);
    await made.stop();
  });
  it('until its time is over: then at once, if no call has come for long', async () => {
    const { made, parking, life } = await called();
    parking().isKeptWarm = true;
    // Nothing is looked at again and again meanwhile.
    await made.advance(60 * MINUTE, 10 * MINUTE);
    expect(life.isOver).toBe(false);
    parking().isKeptWarm = false;
    await settled();
    expect(life.isOver).toBe(true);
    parking().isKeptWarm = true;
    await settled();
    expect(made.servers[0]!.life!.isOver).toBe(false);
    await made.stop();
  });

  it('for its lists alone, before it is known whether it is time to keep it', async () => {
    const of = { server: { keep: [readTimes('00:00-24:00') as WeeklyTimes] } };
    const { made, parking, server } = await worldOf(of);
    const life = server.life!;
    expect(life.isOver).toBe(false);
    parking().isKeptWarm = false;
    await settled();
    await settled();
    expect(life.isOver).toBe(true);
    await made.stop();
    const kept = await worldOf(of);
    kept.parking().isKeptWarm = true;
    await settled();
    await settled();
    expect(kept.server.life!.isOver).toBe(false);
    await kept.made.stop();
  });

  it('before its lists are known', async () => {
    const { made, server, parking } = await worldOf({
      prepare: ({ servers }) => {
        servers[0]!.isMute = true;
      },
    });
    expect(parking().park('memory')).toBe(false);
    server.isMute = false;
    server.life!.speak();
    await settled();
    await settled();
    expect(parking().isParked).toBe(true);
    await made.stop();
  });

  it('with the handshake passthrough', async () => {
    const { made, server, parking } = await worldOf({ server: { handshake: 'passthrough' } });
    expect(server.life).toBeDefined();
    expect(parking().park('memory')).toBe(false);
    await made.advance(20 * MINUTE, MINUTE);
    expect(server.life).toBeDefined();
    await made.stop();
  });
});

describe('a server that runs with mcp-pipe', () => {
  it('is asked for nothing, and not parked, unless it is told to learn', async () => {
    const { made, server, parking, life } = await called({ server: { start: 'run' } });
    expect(life.received.map(({ method }) => method)).not.toContain('tools/list');
    await made.advance(60 * MINUTE, MINUTE);
    expect(life.isOver).toBe(false);
    expect(parking().park('memory')).toBe(false);
    parking().learn();
    await settled();
    expect(parking().park('memory')).toBe(true);
    await settled();
    expect(server.life).toBeUndefined();
    await made.stop();
  });

  it('is started again by the next call after that, and lists meanwhile', async () => {
    const { made, server, parking, ask, reply } = await called({ server: { start: 'run' } });
    parking().learn();
    await settled();
    parking().park('memory');
    await settled();
    await ask(2, 'tools/list');
    expect(reply(2).result.tools).toHaveLength(2);
    expect(server.life).toBeUndefined();
    await ask(3, 'tools/call', CALL);
    answerAll(server.life!);
    await settled();
    expect(reply(3).result).toEqual({});
    await made.stop();
  });

  it('is parked after its own time, when it has one', async () => {
    const { made, life } = await called({ server: { start: 'run', idlePark: 3 * MINUTE } });
    await made.advance(2 * MINUTE, MINUTE);
    expect(life.isOver).toBe(false);
    await made.advance(2 * MINUTE, 10_000);
    expect(life.isOver).toBe(true);
    await made.stop();
  });
});

it('a log level that was set while a server was parked, or before, is set for its next process', async () => {
  const known = new KnownInMemory();
  const prepare = ({ servers }: DaemonWorld) => {
    servers[0]!.capabilities = { tools: {}, logging: {} };
  };
  const { made, server, ask, reply } = await worldOf({ known, prepare });
  await ask(0, 'initialize', INITIALIZE);
  await ask(1, 'logging/setLevel', '{"level":"error"}');
  expect(reply(1).result).toEqual({});
  expect(server.life).toBeUndefined();
  await ask(2, 'tools/call', CALL);
  const levels = server.life!.received.filter(({ method }) => method === 'logging/setLevel');
  expect(levels.map(({ body }) => body.params)).toEqual([{ level: 'error' }]);
  answerAll(server.life!);
  await settled();
  await ask(3, 'logging/setLevel', '{"level":"debug"}');
  answerAll(server.life!);
  await settled();
  await made.advance(11 * MINUTE, MINUTE);
  await ask(4, 'tools/call', CALL);
  expect(server.lives).toHaveLength(3);
  const again = server.life!.received.filter(({ method }) => method === 'logging/setLevel');
  expect(again.map(({ body }) => body.params)).toEqual([{ level: 'debug' }]);
  await made.stop();
});

it('a client of MCP 2026-07-28 is answered for a parked server as one of earlier revisions is', async () => {
  const known = new KnownInMemory();
  const first = await worldOf({ known });
  await first.ask(0, 'server/discover', MODERN);
  const life = first.server.life!;
  // The second one is of mcp-pipe, which would know it all before the first call.
  expect(life.received.map(({ method }) => method)).toEqual(['server/discover', 'server/discover']);
  const discovered = '"result":{"supportedVersions":["2026-07-28"],"capabilities":{"tools":{}},"ttlMs":0}';
  for (const id of [...life.pending.keys()]) life.reply(id, discovered);
  await settled();
  expect(life.received.at(-1)!.method).toBe('tools/list');
  await first.ask(1, 'tools/list', MODERN);
  const tools = first.reply(1).result.tools;
  expect(first.parking().park('asked')).toBe(true);
  await first.made.stop();
  const second = await worldOf({ known });
  await second.ask(5, 'server/discover', MODERN);
  expect(second.reply(5).result.supportedVersions).toEqual(['2026-07-28']);
  await second.ask(6, 'tools/list', MODERN);
  expect(second.reply(6).result.tools).toEqual(tools);
  expect(second.server.tries).toBe(0);
  await second.ask(7, 'tools/call', `{"name":"t0",${MODERN.slice(1)}`);
  expect(second.server.life!.received[0]!.method).toBe('tools/call');
  answerAll(second.server.life!);
  await settled();
  expect(second.reply(7).result).toEqual({});
  await second.made.stop();
});

it('an endpoint that asks for another version gets the answer of a process, and the kept one from then on', async () => {
  const known = new KnownInMemory();
  const other = INITIALIZE.replace('2024-11-05', '2025-06-18');
  const first = await worldOf({ known });
  await first.ask(0, 'initialize', other);
  expect(first.reply(0).result.protocolVersion).toBe('2025-06-18');
  expect(first.server.lives).toHaveLength(2);
  for (let i = 0; i < 3; i++) await settled();
  expect(first.parking().park('asked')).toBe(true);
  await first.made.stop();
  const second = await worldOf({ known });
  await second.ask(0, 'initialize', other);
  expect(second.reply(0).result.protocolVersion).toBe('2025-06-18');
  expect(second.server.tries).toBe(0);
  await second.made.stop();
});

describe('rules', () => {
  it('filter and rename kept lists as they do fresh ones', async () => {
    const { made, server, ask, reply } = await worldOf({
      server: { tools: { deny: ['common'] }, rename: { t0: 'thoi_tiet' } },
    });
    await ask(0, 'initialize', INITIALIZE);
    await ask(1, 'tools/list');
    expect(reply(1).result.tools.map(({ name }: { name: string }) => name)).toEqual(['thoi_tiet']);
    expect(server.life).toBeUndefined();
    await ask(2, 'tools/call', '{"name":"thoi_tiet"}');
    for (let i = 0; i < 3; i++) await settled();
    const call = server.life!.received.find(({ method }) => method === 'tools/call');
    expect(call?.body.params.name).toBe('t0');
    await made.stop();
  });

  it('hold a tool that has changed while its server was parked, though the kept list does not show it', async () => {
    const known = new KnownInMemory();
    const { made, server, ask, reply, parking } = await worldOf({ known, server: { drift: 'hold' } });
    await ask(0, 'initialize', INITIALIZE);
    await ask(1, 'tools/list');
    expect(parking().isParked).toBe(true);
    server.annotations = { t0: { title: 'another one' } };
    await ask(2, 'tools/call', CALL);
    for (let i = 0; i < 6; i++) await settled();
    expect(server.life!.received.map(({ method }) => method)).not.toContain('tools/call');
    expect(reply(2)).toHaveProperty('error');
    await made.stop();
  });
});
