import { describe, expect, it } from 'vitest';
import type { HttpAnswer } from '../../../../src/transports/remote/http-requests.js';
import {
  call,
  event,
  INITIALIZE,
  INITIALIZED,
  INTRODUCTION,
  RemoteWorld,
  reply,
  session,
} from '../../../helpers/remote-world.js';

describe('a life over Streamable HTTP', () => {
  it('names session and revision once initialize is answered', async () => {
    const world = new RemoteWorld();
    const first = await world.ask(INITIALIZE);
    expect(first.method).toBe('POST');
    expect(first.headers).toEqual({
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    });
    expect(first.text).toBe(INITIALIZE);
    first.json(INTRODUCTION, { 'mcp-session-id': 'abc' });
    await world.came(1);
    expect(world.frames).toEqual([INTRODUCTION]);
    const names = { 'mcp-session-id': 'abc', 'mcp-protocol-version': '2025-06-18' };
    const told = await world.ask(INITIALIZED);
    expect(told.headers).toMatchObject(names);
    told.answer(202);
    const listening = await world.requests.next();
    expect(listening).toMatchObject({ method: 'GET', headers: { ...names, accept: 'text/event-stream' } });
    expect(listening.headers).not.toHaveProperty('content-type');
  });

  it('takes over an initialize that was sent and answered', async () => {
    const answer: HttpAnswer = await (async () => {
      const other = new RemoteWorld();
      const asked = await other.ask(INITIALIZE);
      asked.json(INTRODUCTION, { 'mcp-session-id': 'abc' });
      return asked.answered;
    })();
    const world = new RemoteWorld({}, { first: { frame: Buffer.from(INITIALIZE), answer } });
    world.say(INITIALIZED, call(1));
    expect(await world.requests.next()).toMatchObject({
      text: INITIALIZED,
      headers: { 'mcp-session-id': 'abc', 'mcp-protocol-version': '2025-06-18' },
    });
    expect(world.frames).toEqual([INTRODUCTION]);
  });

  it('sends nothing before initialize is answered, and no request before notifications/initialized is', async () => {
    const world = new RemoteWorld();
    const first = await world.ask(INITIALIZE);
    world.say('{"jsonrpc":"2.0","id":9,"result":{}}', INITIALIZED, call(1), call(2));
    await world.settled();
    expect(world.requests.rest).toEqual([]);
    first.json(INTRODUCTION);
    const [response, told] = [await world.requests.next(), await world.requests.next()];
    expect([response.id, told.text]).toEqual([9, INITIALIZED]);
    await world.settled();
    expect(world.requests.rest).toEqual([]);
    told.answer(202);
    const methods = [await world.requests.next(), await world.requests.next(), await world.requests.next()];
    expect(methods.map(({ method, text }) => (method === 'GET' ? method : text)).sort()).toEqual(
      ['GET', call(1), call(2)].sort(),
    );
  });

  it('carries a JSON answer unchanged, on one line', async () => {
    const { world } = await session();
    const exact = '{"jsonrpc":"2.0","result":{"n":12345678901234567890,"n":1.0, "s":"\\u00e9"},"id":1}';
    (await world.ask(call(1))).json(`${exact}\n`);
    (await world.ask(call(2))).json('{\r\n  "id": 2,\r\n  "result": {}\n}\n');
    await world.came(2);
    expect(world.frames).toEqual([exact, '{    "id": 2,    "result": {} }']);
  });

  it('carries each message of a stream as it comes', async () => {
    const { world } = await session();
    const asked = await world.ask(call(1));
    const body = asked.stream();
    const progress = '{"jsonrpc":"2.0","method":"notifications/progress","params":{}}';
    const question = '{"jsonrpc":"2.0","id":"q","method":"roots/list"}';
    body.write(event(progress) + event(question).slice(0, 20));
    await world.came(1);
    body.write(event(question).slice(20));
    await world.came(2);
    const answer = await world.ask('{"jsonrpc":"2.0","id":"q","result":{"roots":[]}}');
    expect(answer.id).toBe('q');
    answer.answer(202);
    body.end(event(reply(1)));
    await world.came(3);
    expect(world.frames).toEqual([progress, question, reply(1)]);
    expect(world.failed).toEqual([]);
  });

  it('sends requests at the same time, so many at most', async () => {
    const { world } = await session({ httpCalls: 2 });
    world.say(call(1), call(2), call(3), call(4));
    const [one, two] = [await world.requests.next(), await world.requests.next()];
    await world.settled();
    expect(world.requests.rest).toEqual([]);
    two.json(reply(2));
    const three = await world.requests.next();
    expect([one.id, two.id, three.id]).toEqual([1, 2, 3]);
    // Notifications and responses wait for no request.
    const others = [
      '{"jsonrpc":"2.0","method":"notifications/roots/list_changed"}',
      '{"jsonrpc":"2.0","id":7,"result":{}}',
    ];
    world.say(...others);
    expect([(await world.requests.next()).text, (await world.requests.next()).text].sort()).toEqual(
      others.sort(),
    );
    expect(world.requests.rest).toEqual([]);
  });

  it('carries batches in both directions', async () => {
    const { world } = await session();
    const batch = `[${call(1)},${INITIALIZED},${call(2)}]`;
    const asked = await world.ask(batch);
    expect(asked.text).toBe(batch);
    asked.json(`[${reply(2)},${reply(1)}]`);
    (await world.ask(`[${call(3)},${call(4)}]`)).json(`[${reply(3)}]`);
    await world.came(3);
    expect(world.frames).toEqual([`[${reply(2)},${reply(1)}]`, `[${reply(3)}]`]);
    expect(world.failed).toEqual([{ rawId: 4, end: { kind: 'cut', reason: 'ended' } }]);
  });

  it('keeps the order of notifications, each after its predecessor was taken', async () => {
    const { world } = await session();
    const note = (n: number) => `{"jsonrpc":"2.0","method":"notifications/message","params":{"n":${n}}}`;
    world.say(note(1), note(2));
    const one = await world.requests.next();
    await world.settled();
    expect([one.text, world.requests.rest]).toEqual([note(1), []]);
    one.answer(500);
    expect((await world.requests.next()).text).toBe(note(2));
    expect(world.failed).toEqual([]);
  });

  it.each([
    ['{}', 'application/json'],
    ['Accepted', 'text/plain'],
  ])('takes %s as the answer to a notification for no message', async (body, type) => {
    const { world } = await session();
    const note = '{"jsonrpc":"2.0","method":"notifications/roots/list_changed"}';
    (await world.ask(note)).answer(200, body, { 'content-type': type });
    const stream = (await world.ask(note)).stream();
    stream.end(event('{"jsonrpc":"2.0","method":"notifications/message"}'));
    await world.came(1);
    expect(world.frames).toEqual(['{"jsonrpc":"2.0","method":"notifications/message"}']);
    expect(world.transport.stderrTail()).toEqual([]);
  });

  it('tells a message over the bound by its id', async () => {
    const { world } = await session({ maxFrameBytes: 100 });
    (await world.ask(call(1))).json(reply(1, 'x'.repeat(200)));
    (await world.ask(call(2))).stream().end(event(reply(2, 'x'.repeat(200))));
    await world.came(2);
    await world.settled();
    expect([...world.oversize].sort()).toEqual(['1', '2']);
    expect(world.failed).toEqual([]);
  });

  it('does not read while nobody takes what it has read', async () => {
    const world = new RemoteWorld({ maxQueuedBytes: 1_000 }, { reads: false });
    const body = (await world.ask(INITIALIZE)).stream();
    const note = `{"jsonrpc":"2.0","method":"notifications/message","params":"${'x'.repeat(900)}"}`;
    body.write(event(INTRODUCTION) + event(note));
    await world.settled();
    body.write(event(note));
    await world.settled();
    expect(body.isPaused()).toBe(true);
    expect(body.readableLength).toBeGreaterThan(900);
    void world.read();
    await world.came(3);
    expect(body.readableLength).toBe(0);
  });

  it('lets the sender wait while too much is not sent', async () => {
    const { world } = await session({ maxQueuedBytes: 1_000 });
    const waiting = world.say(
      call(1),
      `{"jsonrpc":"2.0","id":2,"method":"x","params":"${'x'.repeat(2_000)}"}`,
    );
    expect(waiting).toBeInstanceOf(Promise);
    (await world.requests.next()).sent();
    (await world.requests.next()).sent();
    // Sent, though not answered.
    await waiting;
    expect(world.say(call(3))).toBeUndefined();
  });

  it('ends a stream that the server leaves open behind its last answer', async () => {
    const { world } = await session({ httpCalls: 1 });
    const asked = await world.ask(call(1));
    asked.stream().write(event(reply(1)));
    const next = await world.ask(call(2));
    expect([next.id, asked.body?.destroyed]).toEqual([2, false]);
    await world.clock.advance(5_000);
    expect(asked.body?.destroyed).toBe(true);
    expect(world.failed).toEqual([]);
  });
});

describe('a cancelled request', () => {
  const cancel = '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}';

  it('is told after it was sent, and its answer is left', async () => {
    const { world } = await session();
    const asked = await world.ask(call(1));
    world.say(cancel);
    await world.settled();
    expect(world.requests.rest).toEqual([]);
    asked.stream();
    const told = await world.requests.next();
    expect([told.text, asked.isAborted]).toEqual([cancel, false]);
    told.answer(202);
    await world.settled();
    expect(asked.isAborted).toBe(true);
    expect(world.failed).toEqual([]);
  });

  it('is not sent if it was not yet', async () => {
    const { world } = await session({ httpCalls: 1 });
    const running = await world.ask(call(5));
    world.say(call(1), cancel, call(2));
    running.json(reply(5));
    expect((await world.requests.next()).id).toBe(2);
    await world.settled();
    expect(world.requests.rest).toEqual([]);
  });

  it('that is unknown is told all the same', async () => {
    const { world } = await session();
    expect((await world.ask(cancel)).text).toBe(cancel);
  });
});

describe('closing a life over Streamable HTTP', () => {
  it('ends the session, and everything that runs', async () => {
    const { world, listening } = await session();
    listening.stream();
    const running = await world.ask(call(1));
    const closing = world.transport.close();
    const goodbye = await world.requests.next();
    expect(goodbye).toMatchObject({ method: 'DELETE', headers: { 'mcp-session-id': 's-1' }, text: '' });
    goodbye.answer(405);
    expect(await closing).toEqual({ by: 'local' });
    expect([running.isAborted, listening.isAborted, world.requests.isClosed]).toEqual([true, true, true]);
    await world.settled();
    expect(world.clock.pending).toBe(0);
    expect(world.failed).toEqual([]);
  });

  it('first sends what was to be told', async () => {
    const { world } = await session();
    const told = await world.ask(
      '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":3}}',
    );
    const closing = world.transport.close();
    await world.settled();
    expect([told.isAborted, world.requests.rest]).toEqual([false, []]);
    told.answer(202);
    (await world.requests.next()).answer(200);
    await closing;
  });

  it('waits so long at most, and not at all in a hurry', async () => {
    const { world } = await session({ closeTimeoutMs: 500 });
    const closing = world.transport.close();
    const goodbye = await world.requests.next();
    await world.clock.advance(500);
    expect(await closing).toEqual({ by: 'local' });
    expect(goodbye.isAborted).toBe(true);
    const other = (await session()).world;
    expect(await other.transport.close({ forceSignal: AbortSignal.abort() })).toEqual({ by: 'local' });
    expect(other.requests.rest).toEqual([]);
    await other.settled();
    expect(other.clock.pending).toBe(0);
  });

  it('waits for nothing while initialize is not answered', async () => {
    const world = new RemoteWorld();
    const first = await world.ask(INITIALIZE);
    world.say(INITIALIZED);
    expect(await world.transport.close()).toEqual({ by: 'local' });
    expect([first.isAborted, world.requests.rest]).toEqual([true, []]);
  });
});
