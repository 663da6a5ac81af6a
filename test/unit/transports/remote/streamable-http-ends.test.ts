import type { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { ServerEnd } from '../../../../src/protocol/server-end.js';
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
import type { Asked } from '../../../helpers/scripted-requests.js';

const error = (id: number | null, code: number, message: string) =>
  JSON.stringify({ jsonrpc: '2.0', id, error: { code, message } });
const json = { 'content-type': 'application/json' };
const html = { 'content-type': 'text/html; charset=utf-8' };

/** How the life ended, once it has. */
async function endOf(world: RemoteWorld): Promise<ServerEnd> {
  const closed = await world.transport.closed;
  expect(closed).toEqual({ by: 'remote' });
  return world.transport.endOf(closed);
}

describe('a notification that the server never answers', () => {
  it('holds no call up for ever', async () => {
    const world = new RemoteWorld();
    (await world.ask(INITIALIZE)).json(INTRODUCTION);
    await world.came(1);
    await world.ask(INITIALIZED);
    world.say(call(1));
    await world.clock.advance(10_000);
    expect(world.requests.rest.map(({ text }) => text)).toEqual([call(1)]);
  });

  it('cancels all the same, and holds no other one up', async () => {
    const { world } = await session();
    const asked = await world.ask(call(1));
    asked.sent();
    await world.ask('{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}');
    const other = '{"jsonrpc":"2.0","method":"notifications/roots/list_changed"}';
    world.say(other);
    await world.clock.advance(10_000);
    expect(asked.isAborted).toBe(true);
    expect(world.requests.rest.map(({ text }) => text)).toEqual([other]);
  });
});

describe('the end of a life', () => {
  it('is followed by no message', async () => {
    const { world } = await session();
    await world.ask(call(1));
    world.say('{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}');
    await world.settled();
    await world.transport.close({ forceSignal: AbortSignal.abort() });
    await world.settled();
    expect(world.requests.rest.map(({ text }) => text)).toEqual([]);
  });
});

describe('a request without a reply', () => {
  const cases: [what: string, answer: (asked: Asked) => void, end: ServerEnd][] = [
    ['202', (asked) => asked.answer(202), { kind: 'cut', reason: 'no-reply' }],
    ['an empty answer', (asked) => asked.json(''), { kind: 'cut', reason: 'no-reply' }],
    [
      'a batch that is not passed on',
      (asked) => asked.json(`[${reply(1)},${reply(1)},null]`),
      { kind: 'cut', reason: 'ended' },
    ],
    ['an empty stream', (asked) => asked.stream().end(), { kind: 'cut', reason: 'ended' }],
    ['the reply to another', (asked) => asked.json(reply(5)), { kind: 'cut', reason: 'ended' }],
    [
      'a stream that says other things',
      (asked) => asked.stream().end(event('{"method":"x"}')),
      { kind: 'cut', reason: 'ended' },
    ],
    [
      '429',
      (asked) => asked.answer(429, 'slow', { 'retry-after': '7' }),
      { kind: 'http', status: 429, retryAfterMs: 7_000 },
    ],
    ['500', (asked) => asked.answer(500, 'oops'), { kind: 'http', status: 500 }],
    [
      '406',
      (asked) => asked.answer(406, error(null, -32000, 'Not Acceptable'), json),
      { kind: 'http', status: 406 },
    ],
    [
      '400 that is about something else',
      (asked) => asked.answer(400, error(null, -32700, 'Parse error'), json),
      { kind: 'http', status: 400 },
    ],
    [
      'a page',
      (asked) => asked.answer(200, '<html><title>Log in</title>', html),
      { kind: 'not-mcp', status: 200, what: 'page', detail: 'Log in' },
    ],
    ['no JSON', (asked) => asked.json('{"id":1,'), { kind: 'not-mcp', status: 200, what: 'not-json' }],
    [
      'another type',
      (asked) => asked.answer(200, 'hi', { 'content-type': 'text/plain' }),
      { kind: 'not-mcp', status: 200, what: 'content-type', detail: 'text/plain' },
    ],
    [
      '403 for want of rights',
      (asked) => asked.answer(403, '', { 'www-authenticate': 'Bearer error="insufficient_scope"' }),
      { kind: 'unauthorized', wants: 'scope' },
    ],
  ];

  it.each(cases)('fails alone: %s', async (_, answer, end) => {
    const { world } = await session();
    const other = await world.ask(call(2));
    answer(await world.ask(call(1)));
    while (world.failed.length === 0) await world.settled();
    expect(world.failed).toEqual([{ rawId: 1, end }]);
    other.json(reply(2));
    while (!world.frames.includes(reply(2))) await world.settled();
    expect(world.failed).toHaveLength(1);
  });

  it('fails alone: an initialize of a later caller, which the server refuses', async () => {
    const { world } = await session();
    const refusal = error(null, -32600, 'Invalid Request: Server already initialized');
    (await world.ask('{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}')).answer(
      400,
      refusal,
      json,
    );
    while (world.failed.length === 0) await world.settled();
    expect(world.failed).toEqual([{ rawId: 1, end: { kind: 'http', status: 400 } }]);
    (await world.ask(call(2))).json(reply(2));
    while (!world.frames.includes(reply(2))) await world.settled();
  });

  it.each(['stream', 'JSON'])('fails alone: a cut %s', async (kind) => {
    const { world } = await session();
    const asked = await world.ask(call(1));
    if (kind === 'stream') asked.stream().write('data: {"jsonrpc"');
    else asked.begin(200, json).write('{"jsonrpc"');
    await world.settled();
    asked.cut();
    await world.came(1);
    expect(world.failed).toEqual([{ rawId: 1, end: { kind: 'cut', reason: 'ECONNRESET' } }]);
  });

  it('fails alone: a connection that was closed under it', async () => {
    const { world } = await session();
    (await world.ask(call(1))).lose();
    await world.came(1);
    expect(world.failed).toEqual([{ rawId: 1, end: { kind: 'cut', reason: 'ECONNRESET' } }]);
    (await world.ask('{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":9}}')).lose();
    (await world.ask(call(2))).json(reply(2));
    await world.came(2);
    expect(world.frames).toEqual([reply(2)]);
  });

  it('is sent once, unless reading it twice does no harm', async () => {
    const { world } = await session();
    const list = '{"jsonrpc":"2.0","id":3,"method":"tools/list"}';
    const all = [call(1), list, '{"jsonrpc":"2.0","id":4,"result":{}}', `[${list}]`];
    world.say(...all);
    const asked = [];
    for (const _ of all) asked.push(await world.requests.next());
    const repeatable = asked.filter(({ isRepeatable }) => isRepeatable).map(({ text }) => text);
    expect(repeatable.sort()).toEqual([all[1], all[2]].sort());
  });

  it('fails alone: a stream whose signs of life stay away', async () => {
    const { world } = await session();
    const body = (await world.ask(call(1))).stream();
    for (let i = 0; i < 4; i++) {
      body.write(': ping\n\n');
      await world.clock.advance(15_000);
    }
    expect(world.failed).toEqual([]);
    await world.clock.advance(45_000);
    expect(world.failed).toEqual([{ rawId: 1, end: { kind: 'cut', reason: 'ETIMEDOUT' } }]);
  });

  it('leaves what it said for people', async () => {
    const { world } = await session();
    (await world.ask(call(1))).answer(503, 'try later\nplease', { 'content-type': 'text/plain' });
    await world.came(1);
    expect(world.transport.stderrTail()).toEqual(['try later', 'please']);
  });
});

describe('a reply with a status that is no success', () => {
  it.each([
    [400, -32602, 'Invalid params'],
    [400, -32602, 'Invalid params: session is no object'],
    [404, -32601, 'Method not found'],
    [500, -32603, 'Internal error'],
    [403, -32000, 'No'],
  ])('is the reply: %i %i %s', async (status, code, text) => {
    const { world } = await session();
    (await world.ask(call(1))).answer(status, error(1, code, text), json);
    await world.came(1);
    expect(world.frames).toEqual([error(1, code, text)]);
    expect(world.failed).toEqual([]);
  });
});

describe('a life over Streamable HTTP ends', () => {
  it.each([
    [404, error(null, -32001, 'Session not found'), json],
    [404, error(1, -32001, 'Session not found'), json],
    [404, '', {}],
    [400, error(null, -32000, 'Bad Request: No valid session ID provided'), json],
    [400, error(null, -32000, 'Bad Request: Server not initialized'), json],
    [400, 'Unknown session', { 'content-type': 'text/plain' }],
  ])('when the server does not know its session: %i %s', async (status, body, headers) => {
    const { world } = await session();
    (await world.ask(call(1))).answer(status, body, headers);
    expect(await endOf(world)).toEqual({ kind: 'session-lost' });
    expect(world.failed).toEqual([]);
    expect(world.requests.isClosed).toBe(true);
    // There is no session to be ended.
    expect(world.requests.rest).toEqual([]);
  });

  it('when a notification finds no session', async () => {
    const { world } = await session();
    (await world.ask('{"jsonrpc":"2.0","method":"notifications/roots/list_changed"}')).answer(404);
    expect(await endOf(world)).toEqual({ kind: 'session-lost' });
  });

  it('when the server cannot be reached, and nothing runs on', async () => {
    const { world, listening } = await session();
    listening.stream();
    const running = await world.ask(call(1));
    const stream = running.stream();
    (await world.ask(call(2))).fail('ECONNREFUSED');
    expect(await endOf(world)).toEqual({ kind: 'unreachable', reason: 'ECONNREFUSED' });
    expect([running.isAborted, listening.isAborted, stream.destroyed]).toEqual([true, true, true]);
    await world.settled();
    expect([world.failed, world.clock.pending]).toEqual([[], 0]);
  });

  it('when no login is accepted', async () => {
    const { world } = await session();
    (await world.ask(call(1))).answer(401, '', { 'www-authenticate': 'Bearer resource_metadata="x"' });
    expect(await endOf(world)).toEqual({ kind: 'unauthorized', wants: 'oauth' });
  });

  it.each([
    [(asked: Asked) => asked.answer(404), { kind: 'http', status: 404 }],
    [(asked: Asked) => asked.answer(202), { kind: 'cut', reason: 'no-reply' }],
    [(asked: Asked) => asked.stream().end(), { kind: 'cut', reason: 'ended' }],
    [
      (asked: Asked) => asked.answer(400, error(null, -32000, 'No valid session ID'), json),
      { kind: 'http', status: 400 },
    ],
    [(asked: Asked) => asked.fail('ENOTFOUND'), { kind: 'unreachable', reason: 'ENOTFOUND' }],
  ])('when initialize fails in any way: %#', async (answer, end) => {
    const world = new RemoteWorld();
    answer(await world.ask(INITIALIZE));
    expect(await endOf(world)).toEqual(end);
    expect(world.failed).toEqual([]);
  });

  it('not with an error of the server as the answer to initialize', async () => {
    const world = new RemoteWorld();
    const refusal = error(0, -32602, 'Unsupported protocol version');
    (await world.ask(INITIALIZE)).answer(400, refusal, json);
    await world.came(1);
    expect(world.frames).toEqual([refusal]);
    (await world.ask(INITIALIZE)).json(INTRODUCTION);
    await world.came(2);
  });
});

describe('a stream that can be resumed', () => {
  it('is asked for behind its last event, after the time that the server named', async () => {
    const { world } = await session();
    const body = (await world.ask(call(1))).stream();
    body.end('id: e1\nretry: 500\ndata:\n\n');
    await world.clock.advance(499);
    expect(world.requests.rest).toEqual([]);
    await world.clock.advance(1);
    const again = await world.requests.next();
    expect(again).toMatchObject({
      method: 'GET',
      headers: { 'last-event-id': 'e1', 'mcp-session-id': 's-1', accept: 'text/event-stream' },
    });
    // The server closes it once more, and a cut makes no difference.
    again.stream().write(event('{"method":"notifications/progress"}', 'e2'));
    await world.came(1);
    again.cut();
    await world.clock.advance(500);
    const last = await world.requests.next();
    expect(last.headers).toMatchObject({ 'last-event-id': 'e2' });
    last.stream().end(event(reply(1), 'e3'));
    await world.came(2);
    await world.settled();
    expect([world.frames.at(-1), world.failed, world.requests.rest]).toEqual([reply(1), [], []]);
  });

  it('is a failed request when the server has no rest of it', async () => {
    const { world } = await session();
    const asked = await world.ask(call(1));
    asked.stream().write(event('{"method":"x"}', 'e1'));
    await world.came(1);
    asked.cut();
    await world.clock.advance(1_000);
    (await world.requests.next()).answer(405);
    await world.came(2);
    expect(world.failed).toEqual([{ rawId: 1, end: { kind: 'cut', reason: 'ECONNRESET' } }]);
  });

  it('is tried a few times while no server is there', async () => {
    const { world } = await session();
    (await world.ask(call(1))).stream().end('id: e1\ndata:\n\n');
    for (let i = 0; i < 4; i++) {
      await world.clock.advance(8_000);
      (await world.requests.next()).fail('ECONNREFUSED');
    }
    await world.came(1);
    expect(world.failed).toEqual([{ rawId: 1, end: { kind: 'cut', reason: 'ended' } }]);
  });

  it('is left when its request is cancelled', async () => {
    const { world } = await session();
    (await world.ask(call(1))).stream().end('id: e1\ndata:\n\n');
    await world.settled();
    (await world.ask('{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}')).answer(
      202,
    );
    await world.clock.advance(60_000);
    expect([world.requests.rest, world.failed]).toEqual([[], []]);
  });

  it('is ended soon after the answer when the server leaves it open', async () => {
    const { world } = await session();
    (await world.ask(call(1))).stream().end('id: e1\ndata:\n\n');
    await world.clock.advance(1_000);
    const body = (await world.requests.next()).stream();
    body.write(event(reply(1), 'e2'));
    await world.came(1);
    await world.clock.advance(60_000);
    expect(body.destroyed).toBe(true);
  });

  it('shows that the session is lost', async () => {
    const { world } = await session();
    (await world.ask(call(1))).stream().end('id: e1\ndata:\n\n');
    await world.clock.advance(1_000);
    (await world.requests.next()).answer(404);
    expect(await endOf(world)).toEqual({ kind: 'session-lost' });
  });
});

describe("the stream of the server's own messages", () => {
  const note = '{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}';

  it.each([405, 404, 400, 406])('is not asked for again in this life after %i', async (status) => {
    const { world, listening } = await session();
    listening.answer(status, 'no');
    await world.clock.advance(3_600_000);
    expect(world.requests.rest).toEqual([]);
  });

  it('is asked for again when it ends, behind its last event', async () => {
    const { world, listening } = await session();
    listening.stream().end(event(note, '7'));
    await world.came(1);
    await world.clock.advance(1_000);
    const again = await world.requests.next();
    expect(again).toMatchObject({ method: 'GET', headers: { 'last-event-id': '7' } });
    again.stream().write(`retry: 3000\n\n${event(note, '8')}`);
    await world.came(2);
    again.cut();
    await world.clock.advance(2_999);
    expect(world.requests.rest).toEqual([]);
    await world.clock.advance(1);
    expect((await world.requests.next()).headers).toMatchObject({ 'last-event-id': '8' });
  });

  it('is asked for less and less often while the server ends it at once', async () => {
    const { world, listening } = await session();
    listening.stream().end();
    let count = 0;
    for (let i = 0; i < 600; i++) {
      await world.clock.advance(1_000);
      for (; world.requests.rest.length > 0; count++) (await world.requests.next()).stream().end();
    }
    expect(count).toBeGreaterThan(15);
    expect(count).toBeLessThan(80);
  });

  it('is asked for again after 503, when the server says', async () => {
    const { world, listening } = await session();
    listening.stream().end();
    await world.clock.advance(1_000);
    (await world.requests.next()).answer(503, '', { 'retry-after': '40' });
    await world.clock.advance(39_999);
    expect(world.requests.rest).toEqual([]);
    await world.clock.advance(1);
    expect((await world.requests.next()).method).toBe('GET');
  });

  it('is asked for again while the server still takes the last one for open', async () => {
    const { world, listening } = await session();
    listening.stream().end();
    await world.clock.advance(1_000);
    (await world.requests.next()).answer(409, error(null, -32000, 'Conflict'), json);
    await world.clock.advance(30_000);
    expect((await world.requests.next()).method).toBe('GET');
  });

  it.each([
    ['a page', 200, html],
    ['a page instead of the session', 404, html],
    ['a redirect', 302, { location: 'https://portal.example/' }],
  ])('is asked for again while something else answers: %s', async (_, status, headers) => {
    const { world, listening } = await session();
    listening.stream().end();
    await world.clock.advance(1_000);
    (await world.requests.next()).answer(status, '<html><title>Log in</title></html>', headers);
    await world.clock.advance(30_000);
    expect(world.requests.rest.map(({ method }) => method)).toEqual(['GET']);
  });

  it('is asked for again, at once, when it is silent for too long', async () => {
    const { world, listening } = await session({ httpSilenceMs: 60_000 });
    const body = listening.stream();
    body.write(event(note, '7'));
    for (let i = 0; i < 5; i++) {
      await world.clock.advance(40_000);
      body.write(event(note));
    }
    await world.clock.advance(59_999);
    expect(body.destroyed).toBe(false);
    await world.clock.advance(1);
    expect(body.destroyed).toBe(true);
    expect(await world.requests.next()).toMatchObject({ method: 'GET', headers: { 'last-event-id': '7' } });
  });

  it('is missed sooner by the signs of life that the server sends', async () => {
    const { world, listening } = await session({ httpSilenceMs: 3_600_000 });
    const body = listening.stream();
    for (let i = 0; i < 4; i++) {
      body.write(': alive\n\n');
      await world.clock.advance(15_000);
    }
    await world.clock.advance(20_000);
    expect(body.destroyed).toBe(false);
    await world.clock.advance(15_000);
    expect(body.destroyed).toBe(true);
    expect((await world.requests.next()).method).toBe('GET');
  });

  it('ends the life when its session is lost, and when the server stays away', async () => {
    const { world, listening } = await session();
    listening.stream().end();
    await world.clock.advance(1_000);
    (await world.requests.next()).answer(404);
    expect(await endOf(world)).toEqual({ kind: 'session-lost' });
    const other = await session();
    other.listening.stream().end();
    for (let i = 0; i < 4; i++) {
      await other.world.clock.advance(8_000);
      (await other.world.requests.next()).fail('EHOSTUNREACH');
    }
    expect(await endOf(other.world)).toEqual({ kind: 'unreachable', reason: 'EHOSTUNREACH' });
  });
});

describe('an answer that is too long', () => {
  it.each([
    ['before', '{"jsonrpc":"2.0","id":1,"result":["', 0],
    ['behind', '{"jsonrpc":"2.0","result":["', 1],
  ])('is not read for ever, whether its id stands %s or not', async (_, start, failures) => {
    const { world } = await session({ maxFrameBytes: 1_000 });
    const body = (await world.ask(call(1))).begin(200, json);
    body.write(start);
    for (let i = 0; i < 50 && !body.destroyed; i += 1) {
      body.write('x'.repeat(200));
      await world.settled();
    }
    expect(body.destroyed).toBe(true);
    expect(world.oversize).toEqual([failures === 0 ? '1' : undefined]);
    const end = { kind: 'cut', reason: 'EMSGSIZE' };
    expect(world.failed).toEqual(failures === 0 ? [] : [{ rawId: 1, end }]);
  });
});

describe('answers that nobody needs', () => {
  const NOTICE = '{"jsonrpc":"2.0","method":"notifications/roots/list_changed"}';

  it('take a connection for a short time only when they do not end', async () => {
    const { world } = await session();
    const told = await world.ask(NOTICE);
    const body = told.begin(202);
    await world.settled();
    expect(body.destroyed).toBe(false);
    await world.clock.advance(2_000);
    expect(body.destroyed).toBe(true);
  });

  it('are few when they are streams', async () => {
    const { world } = await session();
    const bodies: PassThrough[] = [];
    for (let i = 0; i < 20; i += 1) {
      bodies.push((await world.ask(NOTICE)).stream());
      await world.settled();
    }
    expect(bodies.filter((body) => !body.destroyed)).toHaveLength(8);
    bodies.at(-1)!.write(event('{"jsonrpc":"2.0","method":"notifications/x"}'));
    await world.came(1);
  });
});
