import { afterEach, describe, expect, it } from 'vitest';
import { readEnvelope } from '../../../src/protocol/envelope.js';
import type { FinishedCall } from '../../../src/protocol/finished-call.js';
import type { LinkTraffic } from '../../../src/protocol/link-traffic.js';
import { Traffic } from '../../../src/servers/traffic.js';
import { MessageReader } from '../../../src/transports/message-reader.js';
import { InstanceWorld } from '../../helpers/instance-world.js';
import { LinkWorld } from '../../helpers/link-world.js';
import { ManualClock, settled } from '../../helpers/manual-clock.js';

describe.each(['pipe', 'mux'] as const)('the time of a call on a %s', (kind) => {
  let world: LinkWorld;
  afterEach(() => world.stop());

  it('is that of the server while the server works', async () => {
    world = new LinkWorld({ kind });
    await world.start();
    const [server] = world.servers;
    await world.call('1', server!, 't0');
    await world.advance(300);
    expect(world.traffic!.openCalls()).toMatchObject([
      { id: '1', tool: 't0', server: 's0', at: world.clock.now() - 300 },
    ]);
    const [id] = server!.life!.pending.keys();
    server!.life!.reply(id!, '"result":{"content":[]}');
    await settled();
    const call = world.calls.find((one) => one.id === '1')!;
    expect(call).toMatchObject({ ms: 300, legs: { read: 0, waited: 0, server: 300, sent: 0 } });
    expect(world.traffic!.openCalls()).toEqual([]);
    expect(world.traffic!.bytesIn).toBeGreaterThan(call.requestBytes);
    expect(world.traffic!.bytesOut).toBeGreaterThan(call.replyBytes);
  });

  it('is waiting while the server is started again', async () => {
    world = new LinkWorld({ kind });
    await world.start();
    const [server] = world.servers;
    server!.life!.die();
    await settled();
    await world.call('1', server!, 't0');
    const before = world.clock.now();
    await world.advance(world.nextTryMs());
    const waited = world.clock.now() - before;
    await world.advance(50);
    const [id] = server!.life!.pending.keys();
    server!.life!.reply(id!, '"result":{"content":[]}');
    await settled();
    expect(waited).toBeGreaterThan(0);
    const call = world.calls.find((one) => one.id === '1')!;
    expect(call.outcome).toBe('ok');
    expect(call.legs).toEqual({ read: 0, waited, server: 50, sent: 0 });
    expect(call.ms).toBe(waited + 50);
  });

  it('is not told apart for a call that no server has answered', async () => {
    world = new LinkWorld({ kind });
    await world.start();
    await world.call('1', world.servers[0]!, 't0');
    world.connection!.drop();
    await settled();
    expect(world.calls.find((one) => one.id === '1')).toMatchObject({ outcome: 'lost', legs: undefined });
  });

  it('has keys that no other call has', async () => {
    world = new LinkWorld({ kind });
    await world.start();
    for (const id of ['1', '1', '2']) await world.call(id, world.servers[0]!, 't0');
    const keys = world.traffic!.openCalls().map(({ key }) => key);
    expect(new Set(keys).size).toBe(3);
    world.connection!.drop();
    await settled();
    expect(world.calls.flatMap(({ key, outcome }) => (outcome === 'lost' ? [key] : []))).toEqual(keys);
  });
});

describe('the time of an answer', () => {
  it('grows until the socket has taken it', async () => {
    const calls: FinishedCall[] = [];
    const clock = new ManualClock();
    const traffic = new Traffic({ link: 'link', onCall: (call) => calls.push(call) });
    const request = Buffer.from('{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"add"}}');
    const reply = Buffer.from('{"jsonrpc":"2.0","id":1,"result":{}}');
    traffic.received(request, readEnvelope(request), request.length, 0, 'calc');
    await clock.advance(100);
    const call = { rawId: 1, method: 'tools/call', name: 'add', enteredAt: 10 } as const;
    traffic.answered(call, reply, readEnvelope(reply), clock.now());
    expect(calls).toMatchObject([{ ms: 100, legs: { waited: 10, server: 90, sent: 0 } }]);
    let read = () => {};
    const slow = new Promise<void>((resolve) => {
      read = resolve;
    });
    traffic.handed(slow, clock);
    await clock.advance(2_000);
    read();
    await settled();
    expect(calls).toMatchObject([{ ms: 2_100, legs: { waited: 10, server: 90, sent: 2_000 } }]);
  });
});

describe('the time that a request takes to come', () => {
  it('is counted from its first byte, when it comes in several reads', () => {
    const calls: FinishedCall[] = [];
    const traffic = new Traffic({ link: 'link', onCall: (call) => calls.push(call) });
    const time = { now: 1_000 };
    const messages: Buffer[] = [];
    const sink = {
      onMessage: (payload: Buffer) => void messages.push(payload),
      onOversize() {},
      onRest() {},
    };
    const reader = new MessageReader(1_000_000, false, sink, () => time.now);
    const params = JSON.stringify({ name: 'add', arguments: { text: 'x'.repeat(40_000) } });
    const request = (id: number) =>
      Buffer.from(`{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":${params}}`);
    const header = (bytes: number) => Buffer.from([0x81, 126, bytes >> 8, bytes & 0xff]);
    const push = (bytes: Buffer, passesMs: number) => {
      // The reader may change what it gets.
      reader.push(Buffer.from(bytes));
      time.now += passesMs;
    };
    for (const [id, passesMs] of [
      [1, 0],
      [2, 700],
    ] as const) {
      const whole = Buffer.concat([header(request(id).length), request(id)]);
      push(whole.subarray(0, 10_000), passesMs);
      push(whole.subarray(10_000, 20_000), passesMs);
      push(whole.subarray(20_000), 0);
    }
    for (const [i, frame] of messages.entries()) {
      const id = i + 1;
      traffic.received(frame, readEnvelope(frame), frame.length, time.now, 'calc');
      const reply = Buffer.from(`{"jsonrpc":"2.0","id":${id},"result":{}}`);
      const call = { rawId: id, method: 'tools/call', name: 'add', enteredAt: time.now } as const;
      time.now += 50;
      traffic.answered(call, reply, readEnvelope(reply), time.now);
    }
    expect(calls.map(({ id, ms, legs }) => [id, ms, legs])).toEqual([
      ['1', 1_450, { read: 1_400, waited: 0, server: 50, sent: 0 }],
      ['2', 1_500, { read: 1_450, waited: 0, server: 50, sent: 0 }],
    ]);
  });
});

describe('calls of clients that have connected', () => {
  it('are told apart from those of links, with the server that has answered', async () => {
    const calls: FinishedCall[] = [];
    const traffics = new Map<string, LinkTraffic>();
    const world = new InstanceWorld(
      { memory: { share: 'session' }, notes: {} },
      {},
      {
        onClientCall: (call) => void calls.push(call),
        onTraffic: (name, traffic) => void traffics.set(name, traffic),
      },
    );
    const alone = world.client({ caller: {}, hasSession: true }, 'memory');
    const several = world.client({ caller: {}, hasSession: true }, 'memory', 'notes');
    await alone.initialize();
    await several.initialize();
    await alone.count();
    await several.count('memory__count');
    await several.count('notes__count');
    expect(
      calls.filter(({ tool }) => tool).map(({ link, server, outcome }) => [link, server, outcome]),
    ).toEqual([
      ['http #1', 'memory#1', 'ok'],
      ['http #2', 'memory#2', 'ok'],
      ['http #2', 'notes', 'ok'],
    ]);
    expect([...traffics.keys()]).toEqual(['http #1', 'http #2']);
    expect(traffics.get('http #2')!.bytesOut).toBeGreaterThan(traffics.get('http #1')!.bytesOut);
    await world.stop();
  });
});
