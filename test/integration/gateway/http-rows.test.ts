import { request } from 'node:http';
import { beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../helpers/eventually.js';
import { type GatewayOf, type GatewayWorld, startGateway } from '../../helpers/gateway.js';
import { ask, get, INITIALIZE, post, postAndDrop, type Reply } from '../../helpers/http-server.js';
import { type Life, Server } from '../../helpers/mux-world.js';

let server: Server;
let world: GatewayWorld;
let url: string;

/** A gateway over a server that the test plays: without a process, but with every part between. */
async function start(gateway: GatewayOf['gateway'] = {}): Promise<void> {
  server = new Server(0);
  const all = [server, new Server(1)];
  server.onHeard = (at, { id, method }) => {
    if (method !== 'server/discover') return;
    queueMicrotask(() => at.reply(id!, '"error":{"code":-32601,"message":"unknown"}'));
  };
  world = await startGateway({
    servers: { s0: 'basic.mjs', s1: 'basic.mjs' },
    gateway,
    app: {
      sourceOf: ({ name }) => ({
        ...{ name, kind: 'stdio', shown: name },
        open: () => all.find((one) => one.name === name)!.start(),
      }),
    },
  });
  url = world.url('s0');
}

type Session = Record<string, string>;

async function open(at = url, version = '2025-11-25'): Promise<Session> {
  const params = { ...INITIALIZE.params, protocolVersion: version, capabilities: { sampling: {} } };
  const { headers } = await post(at, { ...INITIALIZE, params });
  const session = { 'mcp-session-id': String(headers['mcp-session-id']), 'mcp-protocol-version': version };
  await post(at, { jsonrpc: '2.0', method: 'notifications/initialized' }, session);
  return session;
}

const life = (): Life => server.life!;
/** The server's own id of the request in which this text stands. */
const asked = (text: string): Promise<string> =>
  eventually(() => [...life().pending].find(([, { body }]) => JSON.stringify(body).includes(text))?.[0], {
    what: `a request with ${text}`,
  });
const call = (id: unknown, name = 'hold', more: object = {}) =>
  `{"jsonrpc":"2.0","id":${typeof id === 'string' ? id : JSON.stringify(id)},"method":"tools/call","params":${JSON.stringify({ name, ...more })}}`;
const text = async (reply: Reply) => {
  await reply.ended();
  return reply.messages.at(-1)!;
};
const isAlive = async (session: Session) => {
  const pending = post(url, call(900, 'still there'), session);
  life().reply(await asked('still there'), '"result":{}');
  return (await pending).status === 200;
};

beforeEach(() => start());

describe('ids', () => {
  const IDS = ['"abc"', '"7"', '7', '0', '-1', '1e3', '1.50', '9007199254740993', '"\\u0041"', '""', '"Ệ"'];

  it('come back byte for byte, all of them at a time', async () => {
    const session = await open();
    const pending = IDS.map((id, i) => post(url, call(id, `tool ${i}.`), session));
    for (let i = IDS.length - 1; i >= 0; i--) life().reply(await asked(`tool ${i}.`), `"result":{"of":${i}}`);
    for (const [i, id] of IDS.entries())
      expect(await text(await pending[i]!)).toBe(`{"jsonrpc":"2.0","id":${id},"result":{"of":${i}}}`);
  });

  it('that are equal in two sessions are two: each client gets its own answer', async () => {
    const sessions = [await open(), await open()];
    const pending = sessions.map((session, i) => post(url, call(7, `of client ${i}`), session));
    const ids = [await asked('of client 0'), await asked('of client 1')];
    expect(ids[0]).not.toBe(ids[1]);
    life().reply(ids[1]!, '"result":{"for":1}');
    life().reply(ids[0]!, '"result":{"for":0}');
    for (const [i, reply] of pending.entries())
      expect(JSON.parse(await text(await reply))).toEqual({ jsonrpc: '2.0', id: 7, result: { for: i } });
  });

  it('that a client uses twice at a time, or null: 400, and the first call goes on', async () => {
    const session = await open();
    const first = post(url, call(1, 'first'), session);
    const id = await asked('first');
    for (const bad of [call(1, 'second'), call('null', 'third')]) {
      const refused = await post(url, bad, session);
      expect(refused.status).toBe(400);
      expect(JSON.parse(await text(refused))).toMatchObject({ error: { code: -32600 } });
    }
    life().reply(id, '"result":{"first":true}');
    expect(JSON.parse(await text(await first)).result).toEqual({ first: true });
    // Once it is answered, the id is free.
    const again = post(url, call(1, 'again'), session);
    life().reply(await asked('again'), '"result":{}');
    expect((await again).status).toBe(200);
  });
});

describe('what a server says by itself', () => {
  const progress = (token: unknown, n: number) =>
    JSON.stringify({
      jsonrpc: '2.0',
      method: 'notifications/progress',
      params: { progressToken: token, progress: n },
    });

  it('is progress on the stream of its call, three times and in order, and of nobody else', async () => {
    const [session, other] = [await open(), await open()];
    const listening = await get(url, other);
    const mine = post(url, call(1, 'mine', { _meta: { progressToken: 't' } }), session);
    const mineId = await asked('"mine"');
    const theirs = post(url, call(1, 'theirs', { _meta: { progressToken: 't' } }), other);
    const theirsId = await asked('"theirs"');
    const tokenOf = (id: string) => life().pending.get(id)!.body.params._meta.progressToken;
    expect(tokenOf(mineId)).not.toEqual(tokenOf(theirsId));
    for (let n = 1; n <= 3; n++) life().send(progress(tokenOf(mineId), n));
    life().send(progress(tokenOf(theirsId), 9));
    life().reply(mineId, '"result":{}');
    life().reply(theirsId, '"result":{}');
    const parsed = async (reply: Promise<Reply>) => {
      await (await reply).ended();
      return (await reply).messages.map((one) => JSON.parse(one).params ?? 'result');
    };
    const of = (...numbers: number[]) => numbers.map((n) => ({ progressToken: 't', progress: n }));
    expect(await parsed(mine)).toEqual([...of(1, 2, 3), 'result']);
    expect(await parsed(theirs)).toEqual([...of(9), 'result']);
    expect(listening.messages).toEqual([]);
  });

  it('is asked of one client, whose call runs, and its answer finds the server', async () => {
    const [session, other] = [await open(), await open()];
    const listening = [await get(url, session), await get(url, other)];
    const pending = post(url, call('"c"', 'asks'), session);
    const id = await asked('asks');
    life().send('{"jsonrpc":"2.0","id":"s-1","method":"sampling/createMessage","params":{}}');
    const stream = await pending;
    const question = await stream.message(0);
    expect(question).toMatchObject({ method: 'sampling/createMessage' });
    await post(url, { jsonrpc: '2.0', id: question.id, result: { role: 'assistant' } }, session);
    await eventually(() => life().received.some(({ id: own, method }) => own === '"s-1"' && !method));
    life().reply(id, '"result":{}');
    await stream.ended();
    expect(stream.messages).toHaveLength(2);
    expect(listening.map(({ messages }) => messages)).toEqual([[], []]);
  });

  it('is news on one stream of each session, however many of them it has open', async () => {
    const [session, other] = [await open(), await open()];
    const streams = [await get(url, session), await get(url, session), await get(url, other)];
    expect(streams.map(({ status }) => status)).toEqual([200, 200, 200]);
    life().send('{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}');
    await streams[1]!.message(0);
    await streams[2]!.message(0);
    expect(streams.map(({ messages }) => messages.length)).toEqual([0, 1, 1]);
    expect(await isAlive(session)).toBe(true);
  });
});

describe('a call', () => {
  it('that its client cancels is cancelled at the server, by the id that the server knows', async () => {
    const session = await open();
    const pending = post(url, call('"mine"', 'to be cancelled'), session);
    const id = await asked('to be cancelled');
    await post(
      url,
      { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 'mine', reason: 'no' } },
      session,
    );
    await (await pending).ended();
    const told = await eventually(() =>
      life().received.find(({ method }) => method === 'notifications/cancelled'),
    );
    expect(JSON.stringify(told.body.params.requestId)).toBe(id);
    expect(await isAlive(session)).toBe(true);
  });

  it('whose connection is lost goes on; its answer waits for the client', async () => {
    const session = await open();
    const pending = post(url, call(1, 'long'), session);
    const id = await asked('long');
    life().send('{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":1}}');
    const stream = await pending;
    await stream.message(0);
    const lastEventId = stream.ids.at(-1)!;
    stream.drop();
    await stream.ended();
    life().reply(id, '"result":{"after":"all"}');
    const again = await get(url, { ...session, 'last-event-id': lastEventId });
    await again.ended();
    expect(again.messages.map((one) => JSON.parse(one).result)).toEqual([{ after: 'all' }]);
    expect(life().received.some(({ method }) => method === 'notifications/cancelled')).toBe(false);
  });

  it('that is aborted before anything was sent hurts nobody, and its id is used again', async () => {
    const [session, other] = [await open(), await open()];
    const drop = postAndDrop(url, JSON.parse(call(1, 'aborted')), session);
    const id = await asked('aborted');
    drop();
    life().reply(id, '"result":{}');
    expect(await isAlive(other)).toBe(true);
    expect(await isAlive(session)).toBe(true);
  });

  it('of a session that is deleted is cancelled at the server, and the session is unknown from then on', async () => {
    const session = await open();
    const pending = post(url, call(1, 'deleted'), session);
    const id = await asked('deleted');
    expect((await ask(url, 'DELETE', session)).status).toBe(204);
    expect(JSON.parse(await text(await pending))).toMatchObject({ id: 1, error: { code: -31007 } });
    const told = await eventually(() =>
      life().received.find(({ method }) => method === 'notifications/cancelled'),
    );
    expect(JSON.stringify(told.body.params.requestId)).toBe(id);
    for (const method of ['GET', 'DELETE', 'POST']) {
      const headers = { ...session, accept: '*/*', 'content-type': 'application/json' };
      const reply = await ask(url, method, headers, method === 'POST' ? call(1) : undefined);
      expect(reply.status).toBe(404);
    }
  });

  it('is one of fifty at a time, and each gets its answer', async () => {
    const session = await open();
    const pending = Array.from({ length: 50 }, (_, i) => post(url, call(i, `n${i}.`), session));
    for (let i = 0; i < 50; i++) life().reply(await asked(`n${i}.`), `"result":{"n":${i}}`);
    for (const [i, reply] of pending.entries())
      expect(JSON.parse(await text(await reply))).toMatchObject({ id: i, result: { n: i } });
  });

  it('comes in a batch of MCP 2025-03-26, and in none of a later revision', async () => {
    const session = await open(url, '2025-03-26');
    const pending = post(url, `[${call('"a"', 'first')},${call(2, 'second')}]`, session);
    life().reply(await asked('second'), '"result":{}');
    life().reply(await asked('first'), '"result":{}');
    expect(JSON.parse(await text(await pending)).map(({ id }: { id: unknown }) => id)).toEqual([2, 'a']);
    expect((await post(url, `[${call(1)}]`, await open())).status).toBe(400);
  });
});

describe('a session', () => {
  it.each([
    ['unknown', 'never-given'],
    ['constructor', 'constructor'],
    ['__proto__', '__proto__'],
    ['very long', 'x'.repeat(8_000)],
    ['of odd bytes', '\u00e9\u00ff ;,="\\'],
    ['of an earlier run', '0f6f3a52-41a0-4f0c-9a3c-0a3f5d0a9c11'],
  ])('that is %s: 404 in JSON-RPC, and nothing breaks', async (_, id) => {
    const session = await open();
    for (const method of ['POST', 'GET', 'DELETE']) {
      const headers = { 'mcp-session-id': id, accept: '*/*', 'content-type': 'application/json' };
      const reply = await ask(url, method, headers, method === 'POST' ? call(1) : undefined);
      expect(reply.status).toBe(404);
      expect(JSON.parse(await text(reply))).toMatchObject({ jsonrpc: '2.0', error: { code: -32600 } });
    }
    expect(await isAlive(session)).toBe(true);
  });

  it('that is empty or not named: 400', async () => {
    expect((await post(url, call(1))).status).toBe(400);
    expect((await get(url)).status).toBe(400);
    expect((await ask(url, 'DELETE')).status).toBe(400);
  });

  it('of another address: 404', async () => {
    const session = await open();
    expect((await post(world.url('s1'), call(1), session)).status).toBe(404);
    expect((await get(world.url(), session)).status).toBe(404);
    expect(await isAlive(session)).toBe(true);
  });

  it('has a name that cannot be guessed', async () => {
    const names = [await open(), await open()].map((session) => session['mcp-session-id']!);
    expect(new Set(names).size).toBe(2);
    for (const name of names) expect(name).toMatch(/^[\da-f-]{36}\.[\w-]{22}$/);
  });

  it('survives a bad Accept (406) and a bad protocol version (400)', async () => {
    const session = await open();
    expect((await post(url, call(1), { ...session, accept: 'text/html' })).status).toBe(406);
    expect((await get(url, { ...session, accept: 'application/json' })).status).toBe(406);
    for (const version of ['1999-01-01', 'banana', '2025-11-25, 2025-06-18']) {
      const bad = { ...session, 'mcp-protocol-version': version };
      expect((await post(url, call(1), bad)).status).toBe(400);
      expect((await get(url, bad)).status).toBe(400);
    }
    const without = { 'mcp-session-id': session['mcp-session-id']! };
    const pending = post(url, call(1, 'unversioned'), without);
    life().reply(await asked('unversioned'), '"result":{}');
    expect((await pending).status).toBe(200);
  });

  it('makes room for another one when there are too many', async () => {
    await world.stop();
    await start({ maxSessions: 2 });
    const [first] = [await open(), await open(), await open()];
    expect((await post(url, call(1), first)).status).toBe(404);
  });
});

describe('a request', () => {
  it.each(['{', '', 'null', '"text"', '{"jsonrpc":"2.0","id":1,"method":"m"', '[1,', '\u0000'])(
    'that is no JSON-RPC: 400 in JSON, without a stack: %s',
    async (body) => {
      const reply = await post(url, body, await open());
      expect(reply.status).toBe(400);
      expect(reply.headers['content-type']).toBe('application/json');
      const answer = JSON.parse(await text(reply));
      expect([-32700, -32600]).toContain(answer.error.code);
      expect(Object.keys(answer.error)).toEqual(['code', 'message', 'data']);
      expect(answer.error.data).toEqual({ requestId: reply.headers['x-request-id'] });
      expect(reply.text).not.toMatch(/ at .+:\d+:\d+|node:|\.js/);
    },
  );

  it.each(['HEAD', 'OPTIONS', 'PUT', 'PATCH'])('by %s: 405 that says what is allowed', async (method) => {
    const reply = await ask(url, method, await open());
    expect([reply.status, reply.headers.allow]).toEqual([405, 'POST, GET, DELETE']);
  });

  it('that says it is something else than JSON: 415', async () => {
    const session = await open();
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp'])
      expect((await post(url, call(1), { ...session, 'content-type': type })).status).toBe(415);
  });

  it.each([90_000, 200_000, 5_000_000])('of %i bytes is served, and so is its answer', async (size) => {
    const session = await open();
    const pending = post(url, call(1, 'x'.repeat(size)), session);
    const id = await eventually(() => [...life().pending.keys()].at(-1));
    expect(life().pending.get(id)!.body.params.name).toHaveLength(size);
    life().reply(id, `"result":{"t":"${'Ệ'.repeat(size / 5)}"}`);
    expect(JSON.parse(await text(await pending)).result.t).toHaveLength(size / 5);
  });

  it.each([true, false])(
    'that is longer than allowed: 413 in JSON, its length announced or not: %s',
    async (isAnnounced) => {
      await world.stop();
      await start({ maxBodyBytes: 1_000_000 });
      const session = await open();
      const body = call(1, 'x'.repeat(2_000_000));
      const answer = await new Promise((resolve, reject) => {
        const length = isAnnounced ? { 'content-length': body.length } : {};
        const headers = { ...session, 'content-type': 'application/json', ...length };
        const outgoing = request(url, { method: 'POST', headers, agent: false });
        outgoing.once('response', (response) => {
          resolve([response.resume().statusCode, response.headers['content-type']]);
        });
        outgoing.on('error', reject);
        outgoing.end(body);
      });
      expect(answer).toEqual([413, 'application/json']);
      expect(await isAlive(session)).toBe(true);
    },
  );
});

describe('without sessions', () => {
  it('each POST is answered by itself, over one process: GET and DELETE are 405', async () => {
    await world.stop();
    await start({ stateless: true });
    for (let i = 0; i < 3; i++) {
      const hello = await post(url, INITIALIZE);
      expect(hello.headers['mcp-session-id']).toBeUndefined();
      expect(JSON.parse(await text(hello))).toMatchObject({
        id: INITIALIZE.id,
        result: { capabilities: {} },
      });
      expect((await post(url, { jsonrpc: '2.0', method: 'notifications/initialized' })).status).toBe(202);
    }
    const ids = ['"same"', '"same"', '9007199254740993'];
    const pending = ids.map((id, i) => post(url, call(id, `call ${i}.`)));
    for (const i of [2, 0, 1]) life().reply(await asked(`call ${i}.`), `"result":{"for":${i}}`);
    for (const [i, reply] of pending.entries())
      expect(await text(await reply)).toBe(`{"jsonrpc":"2.0","id":${ids[i]},"result":{"for":${i}}}`);
    for (const method of ['GET', 'DELETE']) {
      const reply = await ask(url, method, { accept: 'text/event-stream' });
      expect([reply.status, reply.headers.allow]).toEqual([405, 'POST']);
    }
    expect(server.tries).toBe(1);
  });

  it('a client that disconnects has cancelled its call', async () => {
    await world.stop();
    await start({ stateless: true });
    const drop = postAndDrop(url, JSON.parse(call(1, 'left')));
    const id = await asked('left');
    drop();
    const told = await eventually(() =>
      life().received.find(({ method }) => method === 'notifications/cancelled'),
    );
    expect(JSON.stringify(told.body.params.requestId)).toBe(id);
  });
});
