import { describe, expect, it } from 'vitest';
import { eventually } from '../../../helpers/eventually.js';
import {
  ask,
  get,
  INITIALIZE,
  type Joined,
  post,
  postAndDrop,
  startHttp,
} from '../../../helpers/http-server.js';
import { ManualClock } from '../../../helpers/manual-clock.js';

const call = (id: unknown, params: object = {}) => ({ jsonrpc: '2.0', id, method: 'tools/call', params });
const received = (seat: Joined | undefined, part: string) =>
  eventually(() => seat?.received.some((frame) => frame.includes(part)), { what: `a message with ${part}` });
const question = { jsonrpc: '2.0', id: 7, method: 'roots/list' };
const log = { jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: 'hello' } };

describe('a session', () => {
  it('begins with initialize: the answer is JSON and names it', async () => {
    const { url, joined } = await startHttp();
    const reply = await post(url, INITIALIZE);
    await reply.ended();
    expect(reply.status).toBe(200);
    expect(reply.headers['content-type']).toBe('application/json');
    expect(reply.headers['mcp-session-id']).toMatch(/^[\x21-\x7e]{20,}$/);
    expect(JSON.parse(reply.text)).toMatchObject({ id: 0, result: { protocolVersion: '2025-11-25' } });
    expect(joined).toHaveLength(1);
  });

  it('does not begin when initialize is answered with an error', async () => {
    const { http, url, joined } = await startHttp({}, () => undefined);
    const pending = post(url, INITIALIZE);
    await eventually(() => joined[0]?.received.length);
    joined[0]!.send({ jsonrpc: '2.0', id: 0, error: { code: -32001, message: 'no server' } });
    const reply = await pending;
    await reply.ended();
    expect(reply.headers['mcp-session-id']).toBeUndefined();
    expect(JSON.parse(reply.text)).toMatchObject({ error: { code: -32001 } });
    expect(http.sessionCount).toBe(0);
    expect(joined[0]!.left).toHaveLength(1);
  });

  it('ends with DELETE: what is open gets an error, and it is unknown from then on', async () => {
    const { http, url, joined, initialize } = await startHttp();
    const session = await initialize();
    const stream = await get(url, session);
    const pending = post(url, call('open'), session);
    await received(joined[0], '"open"');
    expect((await ask(url, 'DELETE', session)).status).toBe(204);
    expect(await (await pending).message(0)).toMatchObject({ id: 'open', error: { code: -31007 } });
    await stream.ended();
    expect(joined[0]!.left).toEqual(['the client ended its session']);
    expect(http.sessionCount).toBe(0);
    for (const method of ['GET', 'DELETE']) {
      expect((await ask(url, method, { ...session, accept: 'text/event-stream' })).status).toBe(404);
    }
    expect((await post(url, call(1), session)).status).toBe(404);
  });

  it.each([
    ['an unknown name', 'never-given'],
    ['constructor', 'constructor'],
    ['__proto__', '__proto__'],
    ['a very long name', 'x'.repeat(5_000)],
  ])('that nobody opened is 404, whatever its name: %s', async (_, id) => {
    const { url } = await startHttp();
    const reply = await post(url, call('mine'), { 'mcp-session-id': id });
    expect(reply.status).toBe(404);
    expect(await reply.message(0)).toMatchObject({ id: 'mine', error: { code: -32600 } });
  });

  it('belongs to the key that opened it: with another one it is 404', async () => {
    const { http, url, joined } = await startHttp();
    const { headers } = await post(url, INITIALIZE, { 'x-key': 'home' });
    const session = { 'mcp-session-id': String(headers['mcp-session-id']) };
    expect(joined[0]!.client.caller).toEqual({ key: 'home' });
    for (const key of [{ 'x-key': 'office' }, {}]) {
      expect((await post(url, call(1), { ...session, ...key })).status).toBe(404);
      expect((await get(url, { ...session, ...key })).status).toBe(404);
      expect((await ask(url, 'DELETE', { ...session, ...key })).status).toBe(404);
    }
    expect(http.sessionCount).toBe(1);
    expect((await ask(url, 'DELETE', { ...session, 'x-key': 'home' })).status).toBe(204);
  });

  it('has to be named: 400 without', async () => {
    const { url } = await startHttp();
    expect((await post(url, call(1))).status).toBe(400);
    expect((await get(url)).status).toBe(400);
    expect((await ask(url, 'DELETE')).status).toBe(400);
  });

  it('is ended when nobody uses it, but not while a stream is open', async () => {
    const clock = new ManualClock();
    const { http, url, joined, initialize, alone } = await startHttp({ clock, sessionIdleMs: 60_000 });
    const [idle, listening] = [await initialize(), await initialize()];
    const stream = await get(url, listening);
    await clock.advance(59_000);
    expect((await post(url, { jsonrpc: '2.0', method: 'notifications/x' }, idle)).status).toBe(202);
    await clock.advance(59_000);
    expect(http.sessionCount).toBe(2);
    await clock.advance(2_000);
    expect(http.sessionCount).toBe(1);
    expect(joined[0]!.left).toEqual(['the session was not used for 60000 ms']);
    stream.drop();
    await alone();
    await clock.advance(130_000);
    expect(http.sessionCount).toBe(0);
    expect((await post(url, call(1), listening)).status).toBe(404);
  });

  it('of each of twenty clients that went without a word is ended after the idle time', async () => {
    const clock = new ManualClock();
    const { http, url, joined, initialize, alone } = await startHttp({ clock, sessionIdleMs: 60_000 });
    const dropped: (() => void)[] = [];
    for (let i = 0; i < 20; i++) {
      const session = await initialize();
      // One in two leaves a call open, and one in four a stream.
      if (i % 2 === 0) dropped.push(postAndDrop(url, call(i), session));
      if (i % 4 === 0) (await get(url, session)).drop();
    }
    await eventually(() => joined.filter(({ received }) => received.length === 2).length === 10);
    for (const drop of dropped) drop();
    await alone();
    expect(http.sessionCount).toBe(20);
    await clock.advance(120_000);
    expect(http.sessionCount).toBe(0);
    expect(joined.map(({ left }) => left.length)).toEqual(Array(20).fill(1));
  });

  it('is ended although a call runs for which nobody waits any more', async () => {
    const clock = new ManualClock();
    const { http, url, joined, initialize, alone } = await startHttp({ clock, sessionIdleMs: 60_000 });
    const session = await initialize();
    const pending = post(url, call(1), session);
    await received(joined[0], 'tools/call');
    await clock.advance(200_000);
    expect(http.sessionCount).toBe(1);
    (await pending).drop();
    await alone();
    await clock.advance(120_000);
    expect(joined[0]!.left).toHaveLength(1);
  });

  it('makes room for another one when there are too many; 503 when all are in use', async () => {
    const { http, url, initialize } = await startHttp({ maxSessions: 2 });
    const [first, second] = [await initialize(), await initialize()];
    const third = await initialize();
    expect(http.sessionCount).toBe(2);
    expect((await post(url, call(1), first)).status).toBe(404);
    await get(url, second);
    await get(url, third);
    const refused = await post(url, INITIALIZE);
    expect([refused.status, refused.headers['retry-after']]).toEqual([503, '60']);
  });

  it('is initialised once', async () => {
    const { url, initialize } = await startHttp();
    expect((await post(url, INITIALIZE, await initialize())).status).toBe(400);
  });

  it('gets 202 and nothing else for notifications and replies', async () => {
    const { url, joined, initialize } = await startHttp();
    const session = await initialize();
    for (const message of [
      { jsonrpc: '2.0', method: 'notifications/initialized' },
      { jsonrpc: '2.0', id: 7, result: {} },
    ]) {
      const reply = await post(url, message, session);
      await reply.ended();
      expect([reply.status, reply.text]).toEqual([202, '']);
      expect(joined[0]!.received).toContain(JSON.stringify(message));
    }
  });
});

describe('an answer', () => {
  it.each([10, 100_000])('comes byte for byte, of any length: %i characters', async (length) => {
    const { url, joined, initialize } = await startHttp();
    const session = await initialize();
    for (const breaks of ['', '\n']) {
      for (const isStream of [false, true]) {
        const before = joined[0]!.received.length;
        const pending = post(url, call(1), session);
        await eventually(() => joined[0]!.received.length > before);
        if (isStream) joined[0]!.send(log);
        const bytes = `{"jsonrpc":"2.0","id":1,${breaks}"result":{"t":"${'Ệ🎈'.repeat(length)}"${breaks}}}`;
        joined[0]!.send(bytes);
        await (await pending).ended();
        expect((await pending).messages.at(-1)).toBe(bytes);
      }
    }
  });

  it('that comes first is JSON, byte for byte', async () => {
    const { url, joined, initialize } = await startHttp();
    const session = await initialize();
    const pending = post(url, '{"id":  1.0,"jsonrpc":"2.0","method":"m"}', session);
    await received(joined[0], '1.0');
    const bytes = '{ "id":1.0, "result":{"big":9007199254740993,"x":1.0},\n "jsonrpc":"2.0" }';
    joined[0]!.send(bytes);
    const reply = await pending;
    await reply.ended();
    expect([reply.headers['content-type'], reply.text]).toEqual(['application/json', bytes]);
  });

  it('after anything else ends a stream, whose events are the messages line by line', async () => {
    const { url, joined, initialize } = await startHttp();
    const session = await initialize();
    const pending = post(url, call(1), session);
    await received(joined[0], 'tools/call');
    joined[0]!.send(log);
    const reply = await pending;
    expect(reply.headers['content-type']).toBe('text/event-stream');
    expect(reply.headers['x-accel-buffering']).toBe('no');
    const bytes = '{"id":1,\r\n"result":{\n"x":1.0}, "jsonrpc":"2.0"}';
    joined[0]!.send(bytes);
    await reply.ended();
    expect(reply.messages).toEqual([JSON.stringify(log), bytes.replace('\r\n', '\n')]);
  });

  it('becomes a stream when it takes long, and comments keep it alive', async () => {
    const clock = new ManualClock();
    const { url, joined, initialize } = await startHttp({ clock, streamAfterMs: 5_000, keepAliveMs: 15_000 });
    const session = await initialize();
    const pending = post(url, call(1), session);
    await received(joined[0], 'tools/call');
    await clock.advance(5_000);
    const reply = await pending;
    expect(reply.headers['content-type']).toBe('text/event-stream');
    await clock.advance(30_000);
    await eventually(() => reply.text.match(/^:/gm)?.length === 2);
    joined[0]!.send({ jsonrpc: '2.0', id: 1, result: {} });
    await reply.ended();
    expect(reply.messages).toEqual(['{"jsonrpc":"2.0","id":1,"result":{}}']);
    expect(clock.pending).toBe(1);
  });

  it('is what the client accepts: JSON alone, or a stream alone', async () => {
    const { url, joined, initialize } = await startHttp();
    const session = await initialize();
    const json = post(url, call(1), { ...session, accept: 'application/json' });
    const stream = post(url, call(2), { ...session, accept: 'text/event-stream;q=0.9' });
    await eventually(() => joined[0]!.received.length === 3);
    joined[0]!.send(log);
    for (const id of [1, 2]) joined[0]!.send({ jsonrpc: '2.0', id, result: {} });
    expect((await json).headers['content-type']).toBe('application/json');
    expect(await (await json).message(0)).toMatchObject({ id: 1 });
    expect((await stream).headers['content-type']).toBe('text/event-stream');
    await (await stream).ended();
    expect((await stream).messages).toHaveLength(2);
  });

  it('goes to its own request when several are open, whatever their order', async () => {
    const { url, joined, initialize } = await startHttp();
    const session = await initialize();
    const ids = [1, '1', 'x', 0];
    const pending = ids.map((id) => post(url, call(id), session));
    await eventually(() => joined[0]!.received.length === 5);
    for (const id of [...ids].reverse()) joined[0]!.send({ jsonrpc: '2.0', id, result: { for: id } });
    for (const [i, id] of ids.entries()) {
      expect(await (await pending[i]!).message(0)).toMatchObject({ id, result: { for: id } });
    }
  });

  it('is not given twice: an id that is in use is 400', async () => {
    const { url, joined, initialize } = await startHttp();
    const session = await initialize();
    void post(url, call(1), session);
    await received(joined[0], 'tools/call');
    expect((await post(url, call(1), session)).status).toBe(400);
  });

  it('whose client is gone before a stream began is lost and counted; to leave is not to cancel', async () => {
    let lost = 0;
    const { url, joined, initialize, alone } = await startHttp({ onReplyLost: () => (lost += 1) });
    const session = await initialize();
    const drop = postAndDrop(url, call(1), session);
    await received(joined[0], 'tools/call');
    drop();
    await alone();
    joined[0]!.send({ jsonrpc: '2.0', id: 1, result: {} });
    expect(lost).toBe(1);
    expect(joined[0]!.left).toEqual([]);
    expect(joined[0]!.received.join()).not.toContain('cancelled');
  });

  it('to a cancelled request does not come: its response ends', async () => {
    const { url, joined, initialize } = await startHttp();
    const session = await initialize();
    const pending = post(url, call('c'), session);
    await received(joined[0], 'tools/call');
    const cancelled = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 'c' } };
    expect((await post(url, cancelled, session)).status).toBe(202);
    const reply = await pending;
    await reply.ended();
    expect([reply.status, reply.text]).toEqual([202, '']);
    expect(joined[0]!.received.at(-1)).toBe(JSON.stringify(cancelled));
  });

  it('to a batch of MCP 2025-03-26 is an array, or a stream once anything else came', async () => {
    const { url, joined } = await startHttp({}, ({ method }) =>
      method === 'initialize' ? { protocolVersion: '2025-03-26' } : undefined,
    );
    const { headers } = await post(url, INITIALIZE);
    const session = { 'mcp-session-id': String(headers['mcp-session-id']) };
    for (const isStream of [false, true]) {
      const before = joined[0]!.received.length;
      const pending = post(url, [call(1), { jsonrpc: '2.0', method: 'notifications/x' }, call(2)], session);
      await eventually(() => joined[0]!.received.length === before + 3);
      joined[0]!.send({ jsonrpc: '2.0', id: 2, result: {} });
      if (isStream) joined[0]!.send(log);
      joined[0]!.send({ jsonrpc: '2.0', id: 1, result: {} });
      const reply = await pending;
      await reply.ended();
      const messages = isStream ? reply.messages.map((text) => JSON.parse(text)) : JSON.parse(reply.text);
      expect(messages.map(({ id }: { id?: number }) => id)).toEqual(isStream ? [2, undefined, 1] : [2, 1]);
    }
  });

  it('to a batch of a later revision is 400', async () => {
    const { url, initialize } = await startHttp();
    expect((await post(url, [call(1)], await initialize())).status).toBe(400);
  });
});

describe('what the server says by itself', () => {
  it('waits for the GET stream when nothing is open, and comes in order', async () => {
    const { url, joined, initialize } = await startHttp();
    const session = await initialize();
    joined[0]!.send(question);
    joined[0]!.send(log);
    const stream = await get(url, session);
    expect(await stream.message(0)).toEqual(question);
    expect(await stream.message(1)).toEqual(log);
  });

  it('goes to the call that began last, and to the GET stream when none is open', async () => {
    const { url, joined, initialize } = await startHttp();
    const session = await initialize();
    const stream = await get(url, session);
    const first = post(url, call(1), session);
    await received(joined[0], '"id":1');
    const second = post(url, call(2), session);
    await received(joined[0], '"id":2');
    joined[0]!.send(question);
    joined[0]!.send({ jsonrpc: '2.0', id: 2, result: {} });
    joined[0]!.send(log);
    joined[0]!.send({ jsonrpc: '2.0', id: 1, result: {} });
    joined[0]!.send({ ...log, params: { level: 'info', data: 'later' } });
    const idsOf = async (reply: typeof first) => {
      await (await reply).ended();
      return (await reply).messages.map((text) => JSON.parse(text).id);
    };
    expect(await idsOf(second)).toEqual([7, 2]);
    expect(await idsOf(first)).toEqual([undefined, 1]);
    expect(await stream.message(0)).toMatchObject({ params: { data: 'later' } });
    expect(stream.messages).toHaveLength(1);
  });

  it('is progress of the call that gave the token', async () => {
    const { url, joined, initialize } = await startHttp();
    const session = await initialize();
    const first = post(url, call(1, { _meta: { progressToken: 'p' } }), session);
    await received(joined[0], '"p"');
    void post(url, call(2), session);
    await received(joined[0], '"id":2');
    const progress = {
      jsonrpc: '2.0',
      method: 'notifications/progress',
      params: { progressToken: 'p', progress: 1 },
    };
    joined[0]!.send(progress);
    expect(await (await first).message(0)).toEqual(progress);
  });

  it('takes a question back where it asked it', async () => {
    const { url, joined, initialize } = await startHttp();
    const session = await initialize();
    const stream = await get(url, session);
    joined[0]!.send(question);
    await stream.message(0);
    void post(url, call(1), session);
    await received(joined[0], 'tools/call');
    joined[0]!.send({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 7 } });
    expect(await stream.message(1)).toMatchObject({ method: 'notifications/cancelled' });
  });

  it('is news on the GET stream, also while a call is open', async () => {
    const { url, joined, initialize } = await startHttp();
    const session = await initialize();
    const stream = await get(url, session);
    void post(url, call(1), session);
    await received(joined[0], 'tools/call');
    joined[0]!.send({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' });
    expect(await stream.message(0)).toMatchObject({ method: 'notifications/tools/list_changed' });
  });

  it('waits in a bounded queue; a question that has to go is answered with an error', async () => {
    const { url, joined, initialize } = await startHttp();
    const session = await initialize();
    joined[0]!.send(question);
    for (let i = 0; i < 256; i++) joined[0]!.send({ ...log, params: { i } });
    expect(JSON.parse(joined[0]!.received.at(-1)!)).toMatchObject({ id: 7, error: { code: -31010 } });
    const big = { ...log, params: { text: 'x'.repeat(600_000) } };
    joined[0]!.send(big);
    joined[0]!.send(big);
    const stream = await get(url, session);
    await stream.message(0);
    expect(stream.messages).toHaveLength(1);
  });

  it('goes to the newest of several GET streams, of which a client may have four', async () => {
    const { url, joined, initialize } = await startHttp();
    const session = await initialize();
    const streams = [];
    for (let i = 0; i < 5; i++) streams.push(await get(url, session));
    await streams[0]!.ended();
    joined[0]!.send(log);
    await streams[4]!.message(0);
    streams[4]!.drop();
    await streams[4]!.ended();
    expect(streams.slice(1, 4).map(({ messages }) => messages)).toEqual([[], [], []]);
  });
});
