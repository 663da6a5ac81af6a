import { createServer, request } from 'node:http';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { clock } from '../../helpers/clock.js';
import { eventually } from '../../helpers/eventually.js';
import { type GatewayWorld, startGateway } from '../../helpers/gateway.js';
import { ask } from '../../helpers/http-server.js';
import { signal } from '../../helpers/is-alive.js';
import { listen } from '../../helpers/listen.js';
import { INITIALIZE } from '../../helpers/raw-http-session.js';
import { SocketPeer } from '../../helpers/socket-peer.js';
import { StreamClient, type StreamKind } from '../../helpers/stream-clients.js';

/*
 * What other gateways do wrong for clients over WebSocket and HTTP with SSE: one test a fault. All of them share one gateway,
 * whose paths are those of supergateway as well.
 */

let world: GatewayWorld;
let stop: (() => Promise<void>) | undefined;

beforeAll(async () => {
  world = await startGateway(
    {
      servers: { shared: 'shared.mjs', asker: 'asker.mjs', basic: 'basic.mjs' },
      settings: { maxFrameBytes: 8_000_000 },
      gateway: {
        maxBodyBytes: 8_000_000,
        paths: { http: [], sse: ['/events'], message: ['/message'], ws: ['/message'], health: [] },
      },
    },
    (end) => {
      stop = end;
    },
  );
});
afterAll(() => stop?.());

function urlOf(kind: StreamKind, server?: string): string {
  const { gateway } = world;
  return gateway.url(server === undefined ? { all: true } : { server }, kind);
}

describe.each([
  { kind: 'ws', over: 'WebSocket' },
  { kind: 'sse', over: 'HTTP with SSE' },
] as const)('clients over $over', ({ kind }) => {
  const opened: StreamClient[] = [];
  const open = async (server?: string, headers?: Record<string, string>) => {
    const client = await StreamClient.initialized(urlOf(kind, server), headers);
    opened.push(client);
    return client;
  };
  afterEach(() => {
    for (const client of opened.splice(0)) client.drop();
  });

  test('two clients with the same id at once: each gets its own reply, and only that', async () => {
    const [a, b] = await Promise.all([open('shared'), open('shared')]);
    const before = [a.texts.length, b.texts.length];
    const replies = await Promise.all([
      a.text('slow', { text: 'for A', ms: 20 }, 7),
      b.text('slow', { text: 'for B', ms: 10 }, 7),
    ]);
    expect(replies).toEqual(['for A', 'for B']);
    expect([a.texts.length, b.texts.length]).toEqual(before.map((count) => count + 1));
  });

  test('two clients use one process, which is initialised once', async () => {
    const [a, b] = await Promise.all([open('asker'), open('asker')]);
    expect(await a.text('whoami')).toBe(await b.text('whoami'));
    const received = JSON.parse(await a.text('received')) as string[];
    expect(received.filter((line) => line.includes('"initialize"'))).toHaveLength(1);
  });

  test.each(['"abc"', '0', '""', '"7"', '-1', '1.5', '"xin chào"', '9007199254740991'])(
    'the id %s comes back byte for byte',
    async (id) => {
      const client = await open('shared');
      const at = client.texts.length;
      await client.send(`{"jsonrpc":"2.0","id":${id},"method":"ping"}`);
      const text = await eventually(() => client.texts[at], { what: 'the reply' });
      expect(text).toContain(`"id":${id}`);
      expect(text).toContain('"result"');
    },
  );

  test('B sees neither progress nor log messages of A', async () => {
    const [a, b] = await Promise.all([open('shared'), open('shared')]);
    const before = b.texts.length;
    const params = {
      name: 'steps',
      arguments: { text: 'secret of A', ms: 6 },
      _meta: { progressToken: 'p' },
    };
    await a.ask('tools/call', params);
    await a.text('log', { text: 'secret of A' });
    expect(await b.text('echo', { text: 'own' })).toBe('own');
    const seen = a.messages.flatMap(({ method }) => method ?? []);
    expect(seen.filter((method) => method === 'notifications/progress')).toHaveLength(3);
    expect(seen).toContain('notifications/message');
    expect(b.texts.slice(before).join()).not.toContain('secret');
  });

  test('a request of the server goes to the client whose call runs, and its answer to the server', async () => {
    const [a, b] = await Promise.all([open('shared'), open('shared')]);
    const before = b.texts.length;
    const asked = a.next(({ method }) => method === 'sampling/createMessage');
    const result = a.text('ask', { text: 'what?' });
    const { id } = await asked;
    await a.send({ id, result: { role: 'assistant', model: 'm', content: { type: 'text', text: 'that' } } });
    expect(await result).toBe('what? that');
    expect(b.texts).toHaveLength(before);
  });

  test('a cancellation names the call as the server knows it', async () => {
    const [a, b] = await Promise.all([open('asker'), open('asker')]);
    const [tagOfA, tagOfB] = [`${kind} A`, `${kind} B`];
    await Promise.all([
      a.send({ id: 7, method: 'tools/call', params: { name: 'hold', arguments: { tag: tagOfA } } }),
      b.send({ id: 7, method: 'tools/call', params: { name: 'hold', arguments: { tag: tagOfB } } }),
    ]);
    await held(b, tagOfA, tagOfB);
    await b.send({
      method: 'notifications/cancelled',
      params: { requestId: 7, reason: `${kind} has enough` },
    });
    const ids = await cancelledIn(a, `${kind} has enough`);
    expect(ids).toEqual([await idOfHeld(a, tagOfB)]);
    const kept = a.reply(7);
    await b.text('release');
    expect((await kept).result.content[0].text).toBe(tagOfA);
  });

  test('a client that is gone in the middle of a call: the server is told, also when it has no other client', async () => {
    await eventually(() => world.app.daemon.clients.length === 0, { what: 'the end of earlier clients' });
    const gone = await open('asker');
    const tag = `${kind} gone`;
    void gone.call('hold', { tag }, 7).catch(() => {});
    await held(gone, tag);
    const id = await idOfHeld(gone, tag);
    gone.drop();
    await eventually(() => world.app.daemon.clients.length === 0, { what: 'the end of the client' });
    const next = await open('asker');
    expect(await cancelledIn(next, 'ended')).toContain(id);
    await next.text('release');
  });

  test('a server that is killed: each pending call is an error at once, the connection stays, the next call works', async () => {
    const [a, b] = await Promise.all([open('basic'), open('basic')]);
    const pid = Number(await a.text('whoami'));
    const order: string[] = [];
    const failed = [a, b].map(async (client, i) => {
      const reply = await client.call('hold', {}, `call ${i}`);
      order.push('error');
      return { reply, at: clock.now() };
    });
    await eventually(
      async () =>
        (JSON.parse(await a.text('received')) as string[]).filter((line) => line.includes('"hold"'))
          .length === 2,
      { what: 'both calls at the server' },
    );
    const killedAt = clock.now();
    signal(pid, 'SIGKILL');
    const replies = await Promise.all(failed);
    const tookMs = Math.max(...replies.map(({ at }) => at - killedAt));
    process.stderr.write(
      `a killed server, ${kind}: the last of its calls answered after ${tookMs.toFixed(1)} ms\n`,
    );
    for (const { reply } of replies) expect(reply.error).toMatchObject({ code: expect.any(Number) });
    const next = await a.text('whoami');
    order.push('next');
    expect(order).toEqual(['error', 'error', 'next']);
    expect(Number(next)).not.toBe(pid);
    expect(await b.text('whoami')).toBe(next);
    expect([a.isClosed, b.isClosed]).toEqual([false, false]);
  });

  test('what is no JSON is answered with -32700, what is no message with -32600, and the connection stays', async () => {
    const client = await open('shared');
    const said = async (text: string) => {
      const at = client.texts.length;
      const status = await client.send(text);
      if (kind === 'sse') return { status };
      return eventually(() => client.messages[at]?.error?.code, { what: 'the error' });
    };
    const errors = [await said('{"jsonrpc":"2.0",'), await said('{"hello":1}')];
    // Over HTTP the POST is answered itself; its bodies: test/unit/faces/sse/http-sse.test.ts
    expect(errors).toEqual(kind === 'sse' ? [{ status: 400 }, { status: 400 }] : [-32_700, -32_600]);
    expect(await client.text('echo', { text: 'still here' })).toBe('still here');
  });

  test('noise on the stdout of the server reaches nobody', async () => {
    const client = await open('asker');
    const before = client.texts.length;
    await client.text('say', { line: 'Listening on port 3000' });
    expect(client.texts.slice(before).join()).not.toContain('Listening');
  });

  test('a message of 6 MB arrives, with every character', async () => {
    const client = await open('shared');
    const text = `${'漢字ü'.repeat(750_000)}!`;
    expect(Buffer.byteLength(text)).toBeGreaterThan(6_000_000);
    const before = client.texts.length;
    expect((await client.text('echo', { text })) === text).toBe(true);
    expect(client.texts).toHaveLength(before + 1);
  });

  test('a message over the bound is refused in JSON, and the connection stays', async () => {
    const client = await open('shared');
    const reply = kind === 'ws' ? client.reply(7) : undefined;
    const text = 'x'.repeat(8_500_000);
    const status = await client.send({
      ...{ id: 7, method: 'tools/call' },
      params: { name: 'echo', arguments: { text } },
    });
    // The body of 413: test/unit/faces/sse/http-sse.test.ts
    expect(status).toBe(kind === 'ws' ? undefined : 413);
    if (reply) expect((await reply).error?.message).toMatch(/8000000/);
    expect(await client.text('echo', { text: 'still here' })).toBe('still here');
  });

  test('requests that are sent without waiting are answered in order', async () => {
    const client = await open('shared');
    const count = kind === 'ws' ? 2_000 : 100;
    const at = client.texts.length;
    const startedAt = clock.now();
    const sent = Array.from({ length: count }, (_, i) => client.send({ id: i, method: 'ping' }));
    await eventually(() => client.texts.length === at + count, { what: 'every reply' });
    process.stderr.write(`${count} pings at once, ${kind}: ${(clock.now() - startedAt).toFixed(0)} ms\n`);
    // Its POST may be answered later than a message.
    await Promise.all(sent);
    expect(client.messages.slice(at).map(({ id }) => id)).toEqual(Array.from({ length: count }, (_, i) => i));
  });

  test('a page of another site is refused', async () => {
    const headers = { origin: 'http://evil.example' };
    if (kind === 'ws')
      expect(await SocketPeer.rejected(urlOf(kind, 'shared'), headers)).toMatchObject({ status: 403 });
    else expect((await ask(urlOf(kind, 'shared'), 'GET', headers)).status).toBe(403);
  });

  test('all servers together have names with their server', async () => {
    const client = await open();
    expect(await client.text('shared__echo', { text: 'hi' })).toBe('hi');
    const { result } = await client.ask('tools/list');
    expect(result.tools.map(({ name }: { name: string }) => name)).toContain('asker__whoami');
  });

  test('there is no server of that name: 404', async () => {
    const url = urlOf(kind, 'constructor');
    if (kind === 'ws') expect(await SocketPeer.rejected(url)).toMatchObject({ status: 404 });
    else expect((await ask(url, 'GET')).status).toBe(404);
  });
});

test("supergateway's paths: WebSocket and messages at /message, streams with sessionId", async () => {
  const { origin = '' } = world.gateway;
  const socket = await StreamClient.initialized(`${origin.replace('http', 'ws')}/message`);
  const stream = await StreamClient.initialized(`${origin}/events`);
  for (const client of [socket, stream]) {
    expect(await client.text('shared__echo', { text: 'hi' })).toBe('hi');
    client.drop();
  }
  expect(stream.endpoint).toMatch(/^\/message\?sessionId=[0-9a-f-]{36}\.[\w-]{22}$/);
  const alone = await StreamClient.open(urlOf('sse', 'shared'));
  expect(alone.endpoint).toMatch(/^\/servers\/shared\/messages\/\?session_id=[0-9a-f-]{36}\.[\w-]{22}$/);
  alone.drop();
});

test('with a slash at the end, and as a request of HTTP where a WebSocket is meant', async () => {
  const socket = await StreamClient.initialized(`${urlOf('ws', 'shared')}/`);
  const stream = await StreamClient.initialized(`${urlOf('sse', 'shared')}/`);
  expect(await socket.text('whoami')).toBe(await stream.text('whoami'));
  socket.drop();
  stream.drop();
  expect(await ask(urlOf('ws', 'shared').replace('ws', 'http'), 'GET')).toMatchObject({ status: 426 });
});

test('behind a proxy that takes a prefix off the path, clients over HTTP with SSE post to the right address', async () => {
  const { origin = '' } = world.gateway;
  const proxy = createServer((incoming, outgoing) => {
    const headers = { ...incoming.headers, 'x-forwarded-prefix': '/tools' };
    const to = origin + incoming.url!.replace(/^\/tools/, '');
    const passed = request(to, { method: incoming.method!, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(outgoing);
    });
    passed.on('error', () => outgoing.destroy());
    outgoing.on('close', () => passed.destroy());
    incoming.pipe(passed);
  });
  const proxied = `http://127.0.0.1:${await listen(proxy)}/tools`;
  for (const path of ['/servers/shared/sse', '/servers/shared/sse/']) {
    const client = await StreamClient.initialized(proxied + path);
    expect(await client.text('echo', { text: 'hi' })).toBe('hi');
    client.drop();
  }
});

test('a client that offers HTTP/2 with its request, as those of Java do, is answered over HTTP/1.1', async () => {
  const { host } = new URL(world.url('shared'));
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params: INITIALIZE });
  const socket = connect(Number(host.split(':')[1]), '127.0.0.1');
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  const text = [
    ...['POST /servers/shared/mcp HTTP/1.1', `Host: ${host}`, 'Accept: application/json, text/event-stream'],
    ...[
      'Connection: Upgrade, HTTP2-Settings',
      'Upgrade: h2c',
      'HTTP2-Settings: AAEAAEAAAAIAAAAAAAMAAABkAAQBAAAA',
    ],
    ...['Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`, '', ''],
  ].join('\r\n');
  let answers = '';
  socket.on('data', (chunk: Buffer) => {
    answers += chunk;
  });
  const count = () => answers.split('"serverInfo"').length - 1;
  // The body comes with the head, and later.
  socket.write(text + body);
  await eventually(() => count() === 1, { what: 'the answer' });
  socket.write(text + body.slice(0, 10));
  await new Promise((resolve) => setImmediate(resolve));
  socket.write(body.slice(10));
  await eventually(() => count() === 2, { what: 'the answer to the second request of the connection' });
  expect(answers.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200']);
  const ids = [...answers.matchAll(/mcp-session-id: (\S+)/gi)].map(([, id]) => id!);
  expect(ids).toHaveLength(2);
  for (const id of ids) await ask(world.url('shared'), 'DELETE', { 'mcp-session-id': id });
});

test('an offer of another protocol behind a request that is not answered yet ends its connection alone', async () => {
  const { host, port } = new URL(world.url('shared'));
  const get = (more = '') => `GET /nowhere HTTP/1.1\r\nHost: ${host}\r\n${more}\r\n`;
  const key = 'dGhlIHNhbXBsZSBub25jZQ==';
  const webSocket = `Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n`;
  for (const offer of ['Upgrade: h2c\r\n', webSocket]) {
    const socket = connect(Number(port), '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    socket.on('error', () => {});
    // Whatever is answered, more follows.
    socket.on('data', () => socket.write(get()));
    socket.write(get() + get(`Connection: Upgrade\r\n${offer}`));
    await eventually(() => socket.closed, { what: 'the end of the connection' });
  }
  const client = await StreamClient.initialized(world.url('shared').replace(/mcp$/, 'sse'));
  expect(await client.text('echo', { text: 'hi' })).toBe('hi');
  client.drop();
});

test('clients that left are gone from the daemon', async () => {
  await eventually(() => world.app.daemon.clients.length === 0, { what: 'the end of the last client' });
});

/** Resolves when calls with these tags are held by the server. */
async function held(client: StreamClient, ...tags: string[]): Promise<void> {
  for (const tag of tags)
    await eventually(async () => (await lines(client)).some((line) => line.includes(`"${tag}"`)), {
      what: tag,
    });
}

async function lines(client: StreamClient): Promise<string[]> {
  return JSON.parse(await client.text('received')) as string[];
}

/** The id that the server knows a held call by. */
async function idOfHeld(client: StreamClient, tag: string): Promise<unknown> {
  const line = (await lines(client)).find((one) => one.includes('"hold"') && one.includes(`"${tag}"`));
  return (JSON.parse(line!) as { id: unknown }).id;
}

/** What was cancelled, as the server was told it, for reasons that contain the words. */
async function cancelledIn(client: StreamClient, words: string): Promise<unknown[]> {
  const found = await eventually(
    async () => {
      const all = (await lines(client)).filter(
        (line) => line.includes('notifications/cancelled') && line.includes(words),
      );
      return all.length > 0 && all;
    },
    { what: `a cancellation because ${words}` },
  );
  return found.map((line) => (JSON.parse(line) as { params: { requestId: unknown } }).params.requestId);
}
