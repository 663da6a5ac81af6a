import { afterEach, describe, expect, it } from 'vitest';
import type { EndpointOptions, RunningEndpoint } from '../../src/faces/endpoint/running-endpoint.js';
import { startEndpoint } from '../../src/faces/endpoint/server.js';
import { eventually } from '../helpers/eventually.js';
import { ask, get, INITIALIZE, INITIALIZED, META, post, postModern } from '../helpers/http-server.js';
import { type Message, SocketPeer } from '../helpers/socket-peer.js';

const TOKEN = 'sëcret/token?#1';
const SUBSCRIPTION = 'io.modelcontextprotocol/subscriptionId';
let endpoint: RunningEndpoint;
let url: string;

async function start(options: EndpointOptions = {}) {
  endpoint = await startEndpoint({ closeTimeoutMs: 200, ...options });
  url = endpoint.httpUrl(TOKEN);
}

const dialServer = () => SocketPeer.open(endpoint.selfHostedUrl(TOKEN));
const dialCaller = () => SocketPeer.open(endpoint.callerUrl(TOKEN), { protocols: ['mcp'] });
const call = (id: unknown, method = 'tools/call') => ({ jsonrpc: '2.0', id, method, params: {} });

/** A session over HTTP, initialised by the server. */
async function open(server: SocketPeer): Promise<Record<string, string>> {
  const pending = post(url, INITIALIZE);
  server.reply(await server.nextJson(), INITIALIZED);
  const { headers } = await pending;
  return { 'mcp-session-id': String(headers['mcp-session-id']) };
}

afterEach(() => endpoint.close());

describe('a caller over HTTP', () => {
  it('gets replies to its calls, byte for byte under its own id', async () => {
    await start();
    const server = await dialServer();
    const session = await open(server);
    const pending = post(url, '{"jsonrpc":"2.0", "id":"a","method":"m","params":{"n":1.0}}', session);
    const { id } = await server.nextJson();
    server.send(`{"result":{"big":9007199254740993},  "id":${JSON.stringify(id)},"jsonrpc":"2.0"}`);
    const reply = await pending;
    await reply.ended();
    expect(reply.text).toBe('{"result":{"big":9007199254740993},  "id":"a","jsonrpc":"2.0"}');
  });

  it('is turned away by its Origin, its Host or its token, and no answer or event repeats the token', async () => {
    await start({ tokens: [TOKEN] });
    const events: unknown[] = [];
    for (const name of ['upgrade-rejected', 'refused', 'caller-open', 'caller-close'] as const)
      endpoint.on(name, (...args) => events.push(args));
    const replies = [
      await post(url, INITIALIZE, { origin: 'https://evil.example' }),
      await post(url, INITIALIZE, { origin: 'null' }),
      await post(url, INITIALIZE, { host: 'evil.example' }),
      await get(url, { host: `evil.example:${endpoint.port}` }),
      await post(endpoint.httpUrl(`${TOKEN}x`), INITIALIZE),
    ];
    expect(replies.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403]);
    expect(events).toHaveLength(5);
    const others = [
      await post(url, INITIALIZE, { origin: `http://127.0.0.1:${endpoint.port}` }),
      await post(url, INITIALIZE, { host: 'localhost:1' }),
      await post(url, '{'),
      await get(url),
      await ask(`${url}%zz`, 'GET'),
      await ask(`${url}/more`, 'GET'),
    ];
    expect(others.map(({ status }) => status)).toEqual([200, 200, 400, 400, 404, 404]);
    expect((await SocketPeer.rejected(url.replace('http', 'ws'))).status).toBe(404);
    await Promise.all([...replies, ...others].map((reply) => reply.ended()));
    const seen = JSON.stringify([...replies, ...others].map(({ text, headers }) => [text, headers]));
    expect(JSON.stringify(events)).toContain('/call/...');
    for (const secret of [TOKEN, encodeURIComponent(TOKEN), 'secret', 'token%3F'])
      expect(seen + JSON.stringify(events)).not.toContain(secret);
  });

  it('learns that no server is there, and leaves nothing behind', async () => {
    await start();
    const reply = await post(url, INITIALIZE);
    expect(await reply.message(0)).toMatchObject({ id: 0, error: { code: -32001 } });
    expect([reply.status, reply.headers['mcp-session-id']]).toEqual([200, undefined]);
    const status = async () => (await ask(`http://127.0.0.1:${endpoint.port}/`, 'GET')).message(0);
    await eventually(async () => (await status()).tokens.length === 0, { what: 'the empty list' });
  });

  it('is announced and counted while its session lasts', async () => {
    await start();
    const events: string[] = [];
    endpoint.on('caller-open', ({ id }) => events.push(`open ${id}`));
    endpoint.on('caller-close', ({ id }, { code, reason }) => events.push(`${id}: ${code} ${reason}`));
    const session = await open(await dialServer());
    const status = await ask(`http://127.0.0.1:${endpoint.port}/`, 'GET');
    expect((await status.message(0)).tokens).toMatchObject([{ servers: 1, callers: 1 }]);
    await ask(url, 'DELETE', session);
    expect(events).toEqual(['open 2', '2: 1000 the client ended its session']);
  });

  it('gets an error for what is open when the server’s connection ends', async () => {
    await start();
    const server = await dialServer();
    const session = await open(server);
    const pending = [post(url, call(1), session), postModern(url, 'tools/list')];
    await server.next();
    await server.next();
    endpoint.dropServers();
    for (const reply of pending)
      expect(await (await reply).message(0)).toMatchObject({ id: 1, error: { code: -32002 } });
  });

  it('gets an error for what is open when the endpoint closes', async () => {
    await start();
    const server = await dialServer();
    const session = await open(server);
    const stream = await get(url, session);
    const pending = post(url, call(1), session);
    await server.next();
    await endpoint.close();
    expect(await (await pending).message(0)).toMatchObject({ id: 1, error: { code: -31004 } });
    await stream.ended();
  });
});

describe('whoever leaves', () => {
  const cancelledOf = async (server: SocketPeer, { id }: Message) => {
    expect(await server.nextJson()).toMatchObject({
      method: 'notifications/cancelled',
      params: { requestId: id, reason: 'the caller left' },
    });
  };

  it('cancels its calls: a request of MCP 2026-07-28 by closing its connection', async () => {
    await start();
    const server = await dialServer();
    const pending = postModern(url, 'tools/call', {
      name: 'a',
      _meta: { ...META, progressToken: 'p' },
    });
    const asked = await server.nextJson();
    const params = { progressToken: 'p', progress: 1 };
    server.send(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/progress', params }));
    (await pending).drop();
    await cancelledOf(server, asked);
  });

  it('cancels its calls: a session by its end', async () => {
    await start();
    const server = await dialServer();
    const session = await open(server);
    void post(url, call(1), session);
    const asked = await server.nextJson();
    await ask(url, 'DELETE', session);
    await cancelledOf(server, asked);
  });

  it('cancels its calls: a WebSocket by closing', async () => {
    await start();
    const [server, caller] = [await dialServer(), await dialCaller()];
    caller.send(JSON.stringify(call(1)));
    const asked = await server.nextJson();
    caller.socket.close();
    await cancelledOf(server, asked);
  });
});

describe('what a server says by itself', () => {
  const question = { jsonrpc: '2.0', id: 'q', method: 'sampling/createMessage' };
  const log = (data: string) => ({ jsonrpc: '2.0', method: 'notifications/message', params: { data } });

  it('asks the session that it works for, not the one that came last', async () => {
    await start();
    const server = await dialServer();
    const [first, second] = [await open(server), await open(server)];
    const other = await get(url, second);
    const pending = post(url, call(1), first);
    const asked = await server.nextJson();
    server.send(JSON.stringify(question));
    const { id } = await (await pending).message(0);
    await post(url, { jsonrpc: '2.0', id, result: { roots: [] } }, first);
    expect(await server.nextJson()).toMatchObject({ id: 'q', result: { roots: [] } });
    server.reply(asked, {});
    expect(await (await pending).message(1)).toMatchObject({ id: 1 });
    expect(other.messages).toEqual([]);
  });

  it('is heard by whom it concerns: log messages by whose call runs, news by every session', async () => {
    await start();
    const server = await dialServer();
    const sessions = [await open(server), await open(server)];
    const streams = [await get(url, sessions[0]), await get(url, sessions[1])];
    const caller = await dialCaller();
    const pending = post(url, call(1), sessions[0]);
    const asked = await server.nextJson();
    server.send(JSON.stringify(log('of the first')));
    server.reply(asked, {});
    server.send(JSON.stringify(log('of nobody')));
    server.send(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/tools/list_changed' }));
    const heard = async (reply: (typeof streams)[0], count: number) => {
      await reply.message(count - 1);
      return reply.messages
        .map((text) => JSON.parse(text))
        .map(({ params, method }) => params?.data ?? method);
    };
    expect((await heard(await pending, 2))[0]).toBe('of the first');
    for (const stream of streams)
      expect(await heard(stream, 2)).toEqual(['of nobody', 'notifications/tools/list_changed']);
    await eventually(() => caller.frames.length === 3);
  });

  it('is not heard by a request of MCP 2026-07-28 unless it asked for log messages', async () => {
    await start();
    const server = await dialServer();
    const level = { 'io.modelcontextprotocol/logLevel': 'info' };
    const loud = postModern(url, 'tools/call', { name: 'a', _meta: { ...META, ...level } }, {}, 1);
    const first = await server.nextJson();
    const quiet = postModern(url, 'tools/call', { name: 'b' }, {}, 2);
    const second = await server.nextJson();
    server.send(JSON.stringify(log('for the loud one')));
    server.send(JSON.stringify(question));
    expect(await server.nextJson()).toMatchObject({ id: 'q', error: { code: -31010 } });
    server.reply(second, {});
    server.reply(first, {});
    for (const reply of [await loud, await quiet]) await reply.ended();
    expect((await loud).messages.map((text) => JSON.parse(text))).toMatchObject([
      log('for the loud one'),
      { id: 1 },
    ]);
    expect((await quiet).messages).toEqual(['{"jsonrpc":"2.0","id":2,"result":{}}']);
  });

  it('belongs to a subscription by the id that its caller gave it, over WebSocket and over HTTP', async () => {
    await start();
    const [server, caller, bystander] = [await dialServer(), await dialCaller(), await dialCaller()];
    const params = { _meta: META, notifications: { toolsListChanged: true } };
    caller.send(JSON.stringify({ jsonrpc: '2.0', id: 'mine', method: 'subscriptions/listen', params }));
    const listens = [await server.nextJson()];
    const pending = postModern(url, 'subscriptions/listen', params, {}, 77);
    listens.push(await server.nextJson());
    const news = (id: unknown) =>
      `{"jsonrpc":"2.0","method":"notifications/tools/list_changed","params":{"_meta":{"${SUBSCRIPTION}":${JSON.stringify(id)},"n":1.0}}}`;
    for (const { id } of listens) server.send(news(id));
    server.send(news('nobody’s'));
    expect(await caller.next()).toBe(news('mine'));
    const stream = await pending;
    await stream.message(0);
    expect(stream.messages).toEqual([news(77)]);
    for (const { id } of listens) server.reply({ id }, { _meta: { [SUBSCRIPTION]: id } });
    expect(await caller.nextJson()).toMatchObject({
      id: 'mine',
      result: { _meta: { [SUBSCRIPTION]: 'mine' } },
    });
    expect(await stream.message(1)).toMatchObject({ id: 77, result: { _meta: { [SUBSCRIPTION]: 77 } } });
    server.send(news(listens[0]!.id));
    await bystander.settled();
    expect([caller.frames.length, bystander.frames.length]).toEqual([2, 0]);
  });
});
