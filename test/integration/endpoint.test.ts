import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { WebSocketClientTransport } from '@modelcontextprotocol/sdk/client/websocket.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { RootsListChangedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { z } from 'zod';
import type { EndpointOptions, RunningEndpoint } from '../../src/faces/endpoint/running-endpoint.js';
import { startEndpoint } from '../../src/faces/endpoint/server.js';
import { eventually } from '../helpers/eventually.js';
import { type Message, SocketPeer } from '../helpers/socket-peer.js';

const TOKEN = 'token';
let endpoint: RunningEndpoint;

async function start(options: EndpointOptions = {}): Promise<void> {
  endpoint = await startEndpoint({ closeTimeoutMs: 200, ...options });
}

const dialServer = () => SocketPeer.open(endpoint.selfHostedUrl(TOKEN));
const dialCaller = () => SocketPeer.open(endpoint.callerUrl(TOKEN), { protocols: ['mcp'] });
const idOf = (frame: string) => JSON.stringify((JSON.parse(frame) as Message).id);

afterEach(() => endpoint.close());

describe('calls', () => {
  it.each(['0', '""', '"0"', 'null', '9007199254740993', '1.0', '1e2', '"\\u0041"', '-1'])(
    'come back under the id %s as the caller spelled it, every other byte unchanged',
    async (id) => {
      await start();
      const [server, caller] = [await dialServer(), await dialCaller()];
      caller.send(`{ "method":"tools/call","id" : ${id},"params": {"n":1.0,"id":3,"serialNumber":null} }`);
      const received = await server.next();
      const mapped = idOf(received);
      expect(received).toBe(
        `{ "method":"tools/call","id" : ${mapped},"params": {"n":1.0,"id":3,"serialNumber":null} }`,
      );
      server.send(`{"result":{"x":9007199254740993,"id":${mapped}},  "id":${mapped},"jsonrpc":"2.0"}`);
      expect(await caller.next()).toBe(
        `{"result":{"x":9007199254740993,"id":${mapped}},  "id":${id},"jsonrpc":"2.0"}`,
      );
    },
  );

  it('of two callers with equal ids are kept apart', async () => {
    await start();
    const [server, a, b] = [await dialServer(), await dialCaller(), await dialCaller()];
    a.send('{"jsonrpc":"2.0","id":1,"method":"from-a"}');
    const first = await server.nextJson();
    b.send('{"jsonrpc":"2.0","id":1,"method":"from-b"}');
    const second = await server.nextJson();
    server.reply(second, 'for b');
    server.reply(first, 'for a');
    expect(await a.nextJson()).toEqual({ jsonrpc: '2.0', id: 1, result: 'for a' });
    expect(await b.nextJson()).toEqual({ jsonrpc: '2.0', id: 1, result: 'for b' });
    expect([a.frames.length, b.frames.length]).toEqual([1, 1]);
  });

  it('never collide with the requests of the endpoint itself', async () => {
    await start({ pingIntervalMs: 0 });
    const caller = await dialCaller();
    const server = await SocketPeer.open(endpoint.serverUrl(TOKEN));
    caller.send('{"jsonrpc":"2.0","id":0,"method":"initialize","params":{}}');
    const [own, carried] = [await server.nextJson(), await server.nextJson()];
    expect([own.id, carried.id]).toEqual([0, 2]);
    server.reply(carried, { serverInfo: { name: 'for the caller' } });
    expect(await caller.nextJson()).toMatchObject({
      id: 0,
      result: { serverInfo: { name: 'for the caller' } },
    });
    server.reply(own, {});
    expect(await server.nextJson()).toMatchObject({ method: 'notifications/initialized' });
  });

  it('are answered with -32001 and no result when no server is connected', async () => {
    await start();
    const caller = await dialCaller();
    caller.send('{"jsonrpc":"2.0","id":"x","method":"tools/list"}');
    expect(await caller.nextJson()).toEqual({
      jsonrpc: '2.0',
      id: 'x',
      error: { code: -32001, message: 'no server is connected for this token' },
    });
  });

  it.each(['dropServers', 'closeServers'] as const)(
    'in flight get an error at once after %s',
    async (end) => {
      await start();
      const [server, caller] = [await dialServer(), await dialCaller()];
      caller.send('{"jsonrpc":"2.0","id":1,"method":"a"}');
      caller.send('{"jsonrpc":"2.0","id":2,"method":"b"}');
      await server.next();
      await server.next();
      endpoint[end]();
      expect(await caller.nextJson()).toMatchObject({ id: 1, error: { code: -32002 } });
      expect(await caller.nextJson()).toMatchObject({ id: 2, error: { code: -32002 } });
    },
  );

  it('of a caller that left are dropped when answered, and counted', async () => {
    await start();
    const [server, gone, other] = [await dialServer(), await dialCaller(), await dialCaller()];
    gone.send('{"jsonrpc":"2.0","id":1,"method":"a"}');
    const call = await server.nextJson();
    const left = new Promise<void>((resolve) => endpoint.on('caller-close', () => resolve()));
    gone.socket.close();
    await left;
    server.reply(call, 'late');
    await eventually(() => endpoint.stats.repliesDropped === 1);
    await other.settled();
    expect(other.frames).toEqual([]);
  });

  it('go to the server that connected last, while older ones finish theirs', async () => {
    await start();
    const [old, caller] = [await dialServer(), await dialCaller()];
    caller.send('{"jsonrpc":"2.0","id":1,"method":"a"}');
    const running = await old.nextJson();
    const fresh = await dialServer();
    caller.send('{"jsonrpc":"2.0","id":2,"method":"b"}');
    fresh.reply(await fresh.nextJson(), 'new');
    expect(await caller.nextJson()).toMatchObject({ id: 2, result: 'new' });
    old.reply(running, 'old');
    expect(await caller.nextJson()).toMatchObject({ id: 1, result: 'old' });
  });

  it('that are no JSON-RPC message are answered with an error of JSON-RPC', async () => {
    await start();
    const caller = await dialCaller();
    for (const [sent, code] of [
      ['{', -32700],
      ['[]', -32600],
      ['7', -32600],
      ['[{"id":1,"method":"a"}]', -32600],
    ]) {
      caller.send(String(sent));
      expect(await caller.nextJson()).toMatchObject({ id: null, error: { code } });
    }
  });
});

describe('notifications', () => {
  it('of a server go to every caller, those of a caller to the server, all unchanged', async () => {
    await start();
    const [server, a, b] = [await dialServer(), await dialCaller(), await dialCaller()];
    const changed = '{ "method":"notifications/resources/updated","params":{"x":1.0} }';
    server.send('not JSON');
    server.send(changed);
    expect([await a.next(), await b.next()]).toEqual([changed, changed]);
    expect(endpoint.stats.framesIgnored).toBe(1);
    const roots = '{"method":"notifications/roots/list_changed", "jsonrpc":"2.0"}';
    b.send(roots);
    expect(await server.next()).toBe(roots);
  });

  it('that cancel a call name it as the server knows it; a stranger cannot cancel it', async () => {
    await start();
    const [server, owner, stranger] = [await dialServer(), await dialCaller(), await dialCaller()];
    owner.send('{"jsonrpc":"2.0","id":7,"method":"slow"}');
    const call = await server.nextJson();
    const cancel =
      '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7,"reason":"why"}}';
    stranger.send(cancel);
    await stranger.settled();
    owner.send(cancel);
    const params = { requestId: call.id, reason: 'why' };
    expect(await server.nextJson()).toMatchObject({ method: 'notifications/cancelled', params });
    expect(server.frames).toHaveLength(2);
  });

  it('of progress reach only the caller whose token they name, also when two chose the same', async () => {
    await start();
    const [server, a, b] = [await dialServer(), await dialCaller(), await dialCaller()];
    const ask = '{"jsonrpc":"2.0","id":1,"method":"m","params":{"_meta":{"progressToken":"p"}}}';
    const progress = (token: unknown) =>
      `{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":${JSON.stringify(token)},"progress":1.0}}`;
    a.send(ask);
    const first = (await server.nextJson()).params?._meta as { progressToken: unknown };
    b.send(ask);
    const second = (await server.nextJson()).params?._meta as { progressToken: unknown };
    expect(first.progressToken).toBe('p');
    expect(second.progressToken).not.toBe('p');
    server.send(progress(second.progressToken));
    expect(await b.next()).toBe(progress('p'));
    server.send(progress('p'));
    expect(await a.next()).toBe(progress('p'));
    expect(b.frames).toHaveLength(1);
  });
});

describe("a server's own requests", () => {
  it('go to the caller that connected last and come back under their own id', async () => {
    await start();
    const [server, older, newest] = [await dialServer(), await dialCaller(), await dialCaller()];
    server.send('{"jsonrpc":"2.0","id":"","method":"roots/list"}');
    const asked = await newest.nextJson();
    expect(asked).toMatchObject({ method: 'roots/list' });
    newest.reply(asked, { roots: [] });
    expect(await server.nextJson()).toEqual({ jsonrpc: '2.0', id: '', result: { roots: [] } });
    newest.socket.close();
    await newest.closed;
    server.send('{"jsonrpc":"2.0","id":0,"method":"roots/list"}');
    expect(await older.nextJson()).toMatchObject({ method: 'roots/list' });
    expect(older.frames).toHaveLength(1);
  });

  it('are answered by the endpoint where it can: nobody being there is no fault that a server has to log', async () => {
    await start();
    const server = await dialServer();
    server.send('{"jsonrpc":"2.0","id":0,"method":"roots/list"}');
    expect(await server.nextJson()).toEqual({ jsonrpc: '2.0', id: 0, result: { roots: [] } });
    server.send('{"jsonrpc":"2.0","id":"p","method":"ping"}');
    expect(await server.nextJson()).toEqual({ jsonrpc: '2.0', id: 'p', result: {} });
  });

  it('are answered with an error when there is no caller, or when it leaves before it answers', async () => {
    await start();
    const server = await dialServer();
    for (const method of ['sampling/createMessage', 'constructor']) {
      server.send(`{"jsonrpc":"2.0","id":0,"method":"${method}"}`);
      expect(await server.nextJson()).toMatchObject({ id: 0, error: { code: -31010 } });
    }
    const caller = await dialCaller();
    server.send('{"jsonrpc":"2.0","id":1,"method":"roots/list"}');
    await caller.next();
    caller.socket.terminate();
    expect(await server.nextJson()).toMatchObject({ id: 1, error: { code: -31010 } });
  });
});

describe('a slow reader', () => {
  it('makes its senders wait: the endpoint holds a bounded amount, and everything arrives in order', async () => {
    await start({ maxQueuedBytes: 64 * 1024 });
    const [server, caller] = [await dialServer(), await dialCaller()];
    server.socket.pause();
    const count = 600;
    const padding = 'x'.repeat(64 * 1024);
    for (let id = 0; id < count; id += 1)
      caller.send(`{"jsonrpc":"2.0","id":${id},"method":"m","params":"${padding}"}`);
    // Nothing moves any more once the kernel's buffers are full: the rest never left the caller.
    let before = -1;
    await eventually(
      () => {
        const isStill = before === endpoint.stats.framesIn;
        before = endpoint.stats.framesIn;
        return isStill;
      },
      { everyMs: 100 },
    );
    expect(endpoint.stats.framesIn).toBeLessThan(count);
    expect(caller.socket.bufferedAmount).toBeGreaterThan(0);
    server.socket.resume();
    await eventually(() => server.frames.length === count);
    const order = server.frames.map((frame) => Number(/_n_(\d+)/.exec(frame)?.[1]));
    expect(order).toEqual([...order].sort((a, b) => a - b));
  });
});

describe('the SDK through the endpoint', () => {
  it('lists and calls a tool of an SDK server that is connected by WebSocket', async () => {
    // The SDK wants a global WebSocket, which Node has since 22.
    globalThis.WebSocket ??= WebSocket as unknown as typeof globalThis.WebSocket;
    await start();
    const server = new McpServer({ name: 'calc', version: '1.0.0' });
    server.registerTool('add', { inputSchema: { a: z.number(), b: z.number() } }, async ({ a, b }) => ({
      content: [{ type: 'text', text: String(a + b) }],
    }));
    const changed = new Promise<void>((resolve) =>
      server.server.setNotificationHandler(RootsListChangedNotificationSchema, () => resolve()),
    );
    await server.connect(await serverTransport(endpoint.serverUrl(TOKEN)));
    const known = await eventually(() => endpoint.connections()[0]?.tools);
    expect(known).toMatchObject([{ name: 'add' }]);

    const client = new Client(
      { name: 'test', version: '1' },
      { capabilities: { roots: { listChanged: true } } },
    );
    await client.connect(new WebSocketClientTransport(new URL(endpoint.callerUrl(TOKEN))));
    expect(client.getServerVersion()).toMatchObject({ name: 'calc' });
    expect((await client.listTools()).tools).toMatchObject([{ name: 'add' }]);
    const result = await client.callTool({ name: 'add', arguments: { a: 2, b: 40 } });
    expect(result.content).toEqual([{ type: 'text', text: '42' }]);
    await client.sendRootsListChanged();
    await changed;
    await client.close();
    await server.close();
  });
});

/** The server's end of a WebSocket as the SDK sees it. */
async function serverTransport(url: string): Promise<Transport> {
  const { socket, frames } = await SocketPeer.open(url.replace('/mcp/', '/mcp'));
  const transport: Transport = {
    // The first frame may have come together with the 101, before anybody listened.
    start: async () => {
      for (const frame of frames) transport.onmessage?.(JSON.parse(frame));
      socket.on('message', (data) => transport.onmessage?.(JSON.parse(String(data))));
    },
    send: async (message) => socket.send(JSON.stringify(message)),
    close: async () => socket.close(),
  };
  socket.on('close', () => transport.onclose?.());
  return transport;
}
