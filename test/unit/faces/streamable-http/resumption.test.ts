import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ResponseStream } from '../../../../src/faces/http/response-stream.js';
import { SharedBytes } from '../../../../src/faces/shared-bytes.js';
import { EventStore } from '../../../../src/faces/streamable-http/event-store.js';
import { MessageStream } from '../../../../src/faces/streamable-http/message-stream.js';
import type { StreamableHttpOptions } from '../../../../src/faces/streamable-http/options.js';
import { eventually } from '../../../helpers/eventually.js';
import { ask, get, INITIALIZE, INITIALIZED, post, startHttp } from '../../../helpers/http-server.js';
import { ManualClock } from '../../../helpers/manual-clock.js';
import { runs } from '../../../helpers/runs.js';

const call = (id: unknown) => ({ jsonrpc: '2.0', id, method: 'tools/call', params: {} });
const answer = (id: unknown, result: object = {}) => ({ jsonrpc: '2.0', id, result });
const log = (data: unknown) => ({ jsonrpc: '2.0', method: 'notifications/message', params: { data } });
const news = { jsonrpc: '2.0', method: 'notifications/tools/list_changed' };
const question = { jsonrpc: '2.0', id: 'q', method: 'sampling/createMessage', params: {} };

/** A session, and functions to call and to come back in it. */
async function opened(options: Partial<StreamableHttpOptions> = {}, version = '2025-11-25') {
  const clock = new ManualClock();
  const world = await startHttp({ clock, retryMs: 500, ...options }, ({ method }) =>
    method === 'initialize' ? { ...INITIALIZED, protocolVersion: version } : undefined,
  );
  const session = await world.initialize();
  const seat = world.joined[0]!;
  /** A call whose answer has become a stream. */
  const begin = async (id: unknown) => {
    const known = seat.received.length;
    const pending = post(world.url, call(id), session);
    await eventually(() => seat.received.length > known);
    await clock.advance(5_000);
    return pending;
  };
  const resume = (lastEventId: string, headers = {}) =>
    get(world.url, { ...session, 'last-event-id': lastEventId, ...headers });
  return { ...world, clock, session, seat, begin, resume };
}

describe('a stream of a POST whose connection is lost', () => {
  it('begins with an event without data, which says when to come back, and its events have ids', async () => {
    const { seat, begin } = await opened();
    const reply = await begin(1);
    await eventually(() => reply.text.includes('\n\n'));
    expect(reply.text).toBe(`id: ${reply.ids[0]}\nretry: 500\ndata: \n\n`);
    seat.send(log('half'));
    seat.send(answer(1));
    await reply.ended();
    expect(reply.messages).toHaveLength(2);
    expect(new Set(reply.ids).size).toBe(3);
  });

  it('has no such event before MCP 2025-11-25, whose clients may not know it, but ids', async () => {
    const { seat, begin } = await opened({}, '2025-06-18');
    const reply = await begin(1);
    seat.send(answer(1));
    await reply.ended();
    expect(reply.text).toMatch(/^id: \S+\nevent: message\ndata: \{[^\n]+\}\n\n$/);
  });

  it('goes on where the client names its last event: the answer waits, and comes once', async () => {
    const { seat, begin, resume, alone } = await opened();
    const reply = await begin('x');
    seat.send(log(1));
    await reply.message(0);
    reply.drop();
    await alone();
    seat.send(log(2));
    seat.send(answer('x', { done: true }));
    const again = await resume(reply.ids.at(-1)!);
    await again.ended();
    expect(again.status).toBe(200);
    expect(again.messages.map((text) => JSON.parse(text))).toEqual([log(2), answer('x', { done: true })]);
    // It may be lost on the way once more.
    const third = await resume(again.ids[0]!);
    await third.ended();
    expect(third.messages).toEqual([JSON.stringify(answer('x', { done: true }))]);
    const last = await resume(third.ids[0]!);
    await last.ended();
    expect([last.status, last.messages]).toEqual([200, []]);
  });

  it('goes on before its answer has come, also for a client that has got its first event only', async () => {
    const { seat, begin, resume, alone } = await opened();
    const reply = await begin(1);
    await eventually(() => reply.ids.length === 1);
    reply.drop();
    await alone();
    const again = await resume(reply.ids[0]!);
    seat.send(log('later'));
    await again.message(0);
    seat.send(answer(1));
    await again.ended();
    expect(again.messages).toHaveLength(2);
  });

  it('is taken over from a connection that only looks open', async () => {
    const { seat, begin, resume } = await opened();
    const reply = await begin(1);
    await eventually(() => reply.ids.length === 1);
    const again = await resume(reply.ids[0]!);
    await reply.ended();
    seat.send(answer(1));
    await again.ended();
    expect([reply.messages, again.messages]).toEqual([[], [JSON.stringify(answer(1))]]);
  });

  it('replays nothing of another stream', async () => {
    const { seat, begin, resume, url, session, alone } = await opened();
    const [first, second] = [await begin(1), await begin(2)];
    const listening = await get(url, session);
    for (const reply of [first, second, listening]) await eventually(() => reply.ids.length === 1);
    seat.send(news);
    seat.send(log('of the second'));
    await second.message(0);
    await listening.message(0);
    for (const reply of [first, second, listening]) reply.drop();
    await alone();
    seat.send(answer(2));
    seat.send(answer(1));
    const again = await resume(first.ids[0]!);
    await again.ended();
    expect(again.messages).toEqual([JSON.stringify(answer(1))]);
    const other = await resume(second.ids[0]!);
    await other.ended();
    expect(other.messages).toEqual(
      [log('of the second'), answer(2)].map((message) => JSON.stringify(message)),
    );
  });

  it('gets the questions of its call when the client is back, and its answers reach the server', async () => {
    const { seat, begin, resume, url, session, alone } = await opened();
    const reply = await begin(1);
    await eventually(() => reply.ids.length === 1);
    reply.drop();
    await alone();
    seat.send(question);
    const again = await resume(reply.ids[0]!);
    expect(await again.message(0)).toEqual(question);
    await post(url, answer('q', { role: 'assistant' }), session);
    expect(seat.received.at(-1)).toBe(JSON.stringify(answer('q', { role: 'assistant' })));
    seat.send(answer(1));
    await again.ended();
    expect(again.messages).toHaveLength(2);
  });
});

describe('what was not kept', () => {
  it('is an error of the call, in place of an answer that is too long', async () => {
    let lost = 0;
    const { seat, begin, resume, alone } = await opened({
      maxStoredBytes: 10_000,
      onReplyLost: () => (lost += 1),
    });
    const reply = await begin('long');
    await eventually(() => reply.ids.length === 1);
    reply.drop();
    await alone();
    seat.send(answer('long', { text: 'x'.repeat(10_000) }));
    expect(lost).toBe(1);
    const again = await resume(reply.ids[0]!);
    await again.ended();
    expect(JSON.parse(again.messages[0]!)).toMatchObject({ id: 'long', error: { code: -31019 } });
  });

  it('is told in a comment; the newest messages are kept, and a question that has to go is answered', async () => {
    const { seat, begin, resume, alone } = await opened({ maxStoredEvents: 3 });
    const reply = await begin(1);
    await eventually(() => reply.ids.length === 1);
    reply.drop();
    await alone();
    seat.send(question);
    for (let i = 1; i <= 4; i++) seat.send(log(i));
    seat.send(answer(1));
    expect(JSON.parse(seat.received.at(-1)!)).toMatchObject({ id: 'q', error: { code: -31010 } });
    const again = await resume(reply.ids[0]!);
    await again.ended();
    expect(again.text).toContain(': 3 messages were not kept');
    expect(again.messages.map((text) => JSON.parse(text).params?.data)).toEqual([3, 4, undefined]);
  });

  it('made room for another session', async () => {
    const { url, seat, begin, resume, joined, alone } = await opened({ stored: new SharedBytes(100_000) });
    const first = await begin(1);
    await eventually(() => first.ids.length === 1);
    first.drop();
    await alone();
    seat.send(answer(1, { text: 'x'.repeat(60_000) }));
    const { headers } = await post(url, INITIALIZE);
    await get(url, { 'mcp-session-id': String(headers['mcp-session-id']) });
    joined[1]!.send(log('y'.repeat(50_000)));
    const again = await resume(first.ids[0]!);
    await again.ended();
    expect(JSON.parse(again.messages[0]!)).toMatchObject({ id: 1, error: { code: -31019 } });
  });

  it.each(['', 'x', 'p1', 'p1-9', 'p77-0', 'constructor-1', '__proto__-0', `p1-${'1'.repeat(5_000)}`])(
    'or never was, is 400, and the session goes on: "%.20s"',
    async (id) => {
      const { url, session, begin, resume, alone } = await opened();
      const reply = await begin(1);
      await eventually(() => reply.ids.length === 1);
      reply.drop();
      await alone();
      const again = await resume(id);
      expect(again.status).toBe(400);
      expect(await again.message(0)).toMatchObject({ error: { code: -32600 } });
      expect((await get(url, session)).status).toBe(200);
    },
  );

  it('of a session that has ended is 404', async () => {
    const { url, session, begin, resume } = await opened();
    const reply = await begin(1);
    await eventually(() => reply.ids.length === 1);
    await ask(url, 'DELETE', session);
    expect((await resume(reply.ids[0]!)).status).toBe(404);
  });
});

describe('a stream of a GET', () => {
  it('goes on with what it missed, and with what came while no stream was open', async () => {
    const { url, session, seat, resume, alone } = await opened();
    const stream = await get(url, session);
    seat.send(log(1));
    seat.send(log(2));
    await stream.message(1);
    stream.drop();
    await alone();
    seat.send(news);
    // It had not read the second one.
    const again = await resume(stream.ids[1]!);
    await again.message(1);
    seat.send(log(3));
    await again.message(2);
    expect(again.messages.map((text) => JSON.parse(text))).toEqual([log(2), news, log(3)]);
  });

  it('that is not known any more is a new one', async () => {
    const { url, session, seat, resume, alone } = await opened();
    const stream = await get(url, session);
    await eventually(() => stream.ids.length === 1);
    for (let i = 0; i < 70; i++) {
      const other = await get(url, session);
      await eventually(() => other.ids.length === 1);
      other.drop();
    }
    stream.drop();
    await alone();
    const again = await resume(stream.ids[0]!);
    seat.send(news);
    expect(await again.message(0)).toEqual(news);
  });

  it('does not get the answer of a call, also when the call has no connection any more', async () => {
    const { url, session, seat, begin, resume, alone } = await opened();
    const reply = await begin(1);
    await eventually(() => reply.ids.length === 1);
    reply.drop();
    await alone();
    const stream = await get(url, session);
    seat.send(answer(1));
    seat.send(log('after'));
    expect(await stream.message(0)).toEqual(log('after'));
    const again = await resume(reply.ids[0]!);
    await again.ended();
    expect(again.messages).toEqual([JSON.stringify(answer(1))]);
  });
});

/** A connection of which the client may lose the end. */
class FakeConnection {
  isOpen = true;
  readonly arrived: { id: number; data: string }[] = [];
  stream() {}
  prime() {}
  comment() {}
  end() {
    this.isOpen = false;
  }
  drop() {
    this.isOpen = false;
  }
  event(frame: Buffer, _source: unknown, id: string) {
    this.arrived.push({ id: Number(id.split('-')[1]), data: frame.toString() });
  }
}

describe('however often a connection is lost, and whatever was lost with it', () => {
  const act = fc.oneof(
    fc.constant('send' as const),
    fc.record({ unread: fc.nat(4) }),
    fc.constant('resume' as const),
  );

  it('the client gets every message once, in order, as long as all are kept', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
        const store = new EventStore({
          ...{ maxEvents: 100, maxBytes: 1_000_000, stored: new SharedBytes(1_000_000) },
          onDropped: () => {},
        });
        let connection = new FakeConnection();
        const asResponse = () => connection as unknown as ResponseStream;
        const stream = new MessageStream(asResponse(), { store, name: 'p1', retryMs: 1, onBegun: () => {} });
        stream.stream();
        const sent: string[] = [];
        const got: string[] = [];
        let lastId = 0;
        const read = (unread: number) => {
          const arrived = connection.arrived.splice(0);
          for (const { id, data } of arrived.slice(0, Math.max(0, arrived.length - unread))) {
            got.push(data);
            lastId = id;
          }
        };
        const resume = () => {
          if (connection.isOpen) read(0);
          connection = new FakeConnection();
          expect(stream.resume(asResponse(), lastId)).toBe(true);
        };
        for (const one of acts) {
          if (one === 'send') {
            sent.push(String(sent.length));
            stream.send(Buffer.from(sent.at(-1)!));
          } else if (one === 'resume') resume();
          else if (connection.isOpen) {
            read(one.unread);
            connection.isOpen = false;
          }
        }
        resume();
        read(0);
        expect(got).toEqual(sent);
      }),
      { numRuns: runs(500) },
    );
  });
});
