import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';
import WebSocket from 'ws';
import { linkWith, toolActions } from '../../src/daemon/tool-actions.js';
import type { ControlRequest } from '../../src/faces/control/server.js';
import { createLog } from '../../src/observe/log.js';
import { logStatus } from '../../src/observe/log-status.js';
import { Redactor } from '../../src/observe/redact.js';
import { eventually } from '../helpers/eventually.js';
import { startGateway } from '../helpers/gateway.js';
import { connectV1 } from '../helpers/http-clients.js';

test('each server has an address of its own, and all have one together', async () => {
  const world = await startGateway({ servers: { one: 'basic.mjs', 'máy tính': 'basic.mjs' } });
  const alone = await connectV1(world.url('one'));
  const other = await connectV1(world.url('máy tính').replace(/mcp$/, ''));
  const all = await connectV1(world.url());
  const [first = ''] = await alone.tools();
  expect(first).not.toMatch(/__/);
  expect(await other.tools()).toContain(first);
  expect((await all.tools()).some((name) => name === `one__${first}`)).toBe(true);
  expect(world.app.daemon.clients.map(({ servers }) => servers)).toEqual([
    ['one'],
    ['máy tính'],
    ['one', 'máy tính'],
  ]);
  await world.stop();
  expect(world.app.daemon.clients).toEqual([]);
});

test('an address without servers is answered with 404, and says which there are', async () => {
  const world = await startGateway({ servers: { one: 'basic.mjs' } });
  for (const path of ['/servers/constructor/mcp', '/servers/two', '/agents/one/mcp']) {
    const response = await fetch(world.gateway.origin + path, { method: 'POST', body: '{}' });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({
      error: { data: { addresses: ['/mcp', '/servers/one/mcp'] } },
    });
  }
});

test('servers start with the gateway, and no client makes one start again', async () => {
  const world = await startGateway({ servers: { one: 'basic.mjs' } });
  await eventually(() => expect(world.app.daemon.kept).toMatchObject([{ name: 'one', state: 'ready' }]));
  const first = await connectV1(world.url('one'));
  const second = await connectV1(world.url('one'), { roots: ['/tmp'] });
  expect(first.version).toBe('2025-11-25');
  expect(await second.tools()).toEqual(await first.tools());
  const starts = world.statuses.filter(({ type }) => type === 'server-starting');
  expect(starts).toMatchObject([{ link: 'one' }]);
});

test('a server that no link and no client uses can be asked by a person', async () => {
  const world = await startGateway({ servers: { one: 'basic.mjs' } });
  const { daemon } = world.app;
  await eventually(() => expect(daemon.kept).toMatchObject([{ name: 'one', state: 'ready' }]));
  const { signal } = new AbortController();
  const asked = { params: { server: 'one' }, signal } as unknown as ControlRequest;
  const listed = await toolActions(daemon)['tools/list'].run(asked);
  expect(listed).toMatchObject({
    tools: expect.arrayContaining([expect.objectContaining({ name: 'echo' })]),
  });
  expect(() => linkWith(daemon, 'two')).toThrow('"server" has to be one of one.');
});

test('a server that cannot start leaves the others alone, and says why', async () => {
  const world = await startGateway({
    servers: { bad: 'crash-on-start.mjs', good: 'basic.mjs' },
    settings: { holdTimeoutMs: 300 },
  });
  const good = await connectV1(world.url('good'));
  expect(await good.tools()).not.toEqual([]);
  await expect(connectV1(world.url('bad'))).rejects.toThrow(
    '"bad" did not answer this initialize: exit code 3',
  );
  const health = await fetch(`${world.gateway.origin}/health`);
  expect([health.status, await health.json()]).toMatchObject([
    200,
    {
      status: 'degraded',
      checks: {
        servers: {
          bad: { status: 'down', state: 'down', reason: expect.stringContaining('exit code 3') },
          good: { status: 'healthy', state: 'ready' },
        },
      },
    },
  ]);
  const statusOf = async (path: string) => (await fetch(world.gateway.origin + path)).status;
  expect(await statusOf('/ready')).toBe(200);
  expect(await statusOf('/servers/good/health')).toBe(200);
  expect(await statusOf('/servers/bad/health')).toBe(503);
  expect(await statusOf('/servers/other/health')).toBe(404);
  const status = await fetch(`${world.gateway.origin}/status`);
  expect(await status.json()).toMatchObject({ server_instances: { bad: 'down', good: 'ready' } });
});

const INITIALIZE = {
  ...{ jsonrpc: '2.0', id: 1, method: 'initialize' },
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
};

/** Whether a client gets a session. */
async function opens(url: string, headers: Record<string, string> = {}): Promise<[number, Headers, unknown]> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request(
      url,
      {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          ...headers,
        },
      },
      resolve,
    );
    sent.on('error', reject);
    sent.end(JSON.stringify(INITIALIZE));
  });
  const text = await new Response(Readable.toWeb(answer) as ReadableStream).text();
  const got = new Headers();
  for (const [name, value] of Object.entries(answer.headers)) got.set(name, String(value));
  return [answer.statusCode!, got, JSON.parse(text)];
}

test('requests of foreign pages and names are refused before anything else', async () => {
  const { gateway, url } = await startGateway({
    servers: { one: 'basic.mjs' },
    gateway: {
      allowedOrigins: ['https://app.example.com', '/^https:\\/\\/[a-z]+\\.example\\.org$/'],
      responseHeaders: { 'x-frame-options': 'DENY' },
    },
  });
  const [status, headers] = await opens(url('one'));
  expect([status, headers.get('x-frame-options')]).toEqual([200, 'DENY']);
  expect((await opens(url('one'), { host: 'evil.example.com' }))[0]).toBe(403);
  expect((await opens(url('one'), { origin: 'http://evil.example.com' }))[0]).toBe(403);
  const [allowed, cors] = await opens(url('one'), { origin: 'https://app.example.com' });
  expect([allowed, cors.get('access-control-allow-origin')]).toEqual([200, 'https://app.example.com']);
  expect(cors.get('access-control-expose-headers')).toContain('mcp-session-id');
  const [matches, ofPattern] = await opens(url('one'), { origin: 'https://b.example.org' });
  expect([matches, ofPattern.get('access-control-allow-origin')]).toEqual([200, 'https://b.example.org']);
  // WebSockets get the headers with the answer to their handshake.
  for (const [address, event] of [
    [gateway.url({ server: 'one' }, 'ws'), 'upgrade'],
    [gateway.url({ server: 'none' }, 'ws'), 'unexpected-response'],
  ] as const) {
    const socket = new WebSocket(address, 'mcp');
    onTestFinished(() => socket.terminate());
    socket.on('error', () => {});
    const answer = (await once(socket, event)).at(-1) as IncomingMessage;
    expect(answer.headers['x-frame-options']).toBe('DENY');
  }
  const preflight = (origin: string) =>
    fetch(url('one'), {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'x-other',
      },
    });
  const asked = await preflight('https://app.example.com');
  expect([asked.status, asked.headers.get('access-control-allow-headers')]).toEqual([204, 'x-other']);
  for (const method of ['GET', 'POST', 'DELETE'])
    expect(asked.headers.get('access-control-allow-methods')).toContain(method);
  expect((await preflight('https://other.example.com')).status).toBe(403);
  expect((await fetch(`${gateway.origin}/health`)).headers.get('access-control-allow-origin')).toBeNull();
});

test('a server that is started on demand and crashes is down as long as its process is wanted', async () => {
  const { gateway, url } = await startGateway({
    servers: { bad: { fixture: 'crash-on-start.mjs', options: { share: 'key' } } },
    settings: { holdTimeoutMs: 300 },
  });
  const status = async () => (await (await fetch(`${gateway.origin}/status`)).json()) as object;
  expect(await status()).toMatchObject({ server_instances: { bad: 'on-demand' } });
  expect((await fetch(`${gateway.origin}/ready`)).status).toBe(200);
  await expect(connectV1(url('bad'))).rejects.toThrow('exit code 3');
  expect(await status()).toMatchObject({ server_instances: { bad: 'down' } });
  const health = await fetch(`${gateway.origin}/health`);
  expect([health.status, await health.json()]).toMatchObject([
    503,
    { status: 'down', checks: { servers: { bad: { reason: expect.stringContaining('exit code 3') } } } },
  ]);
  expect((await fetch(`${gateway.origin}/ready`)).status).toBe(503);
  expect((await fetch(`${gateway.origin}/live`)).status).toBe(200);
});

test('with keys, a client that has none learns nothing, and sessions belong to their key', async () => {
  const { gateway, url } = await startGateway({
    servers: { one: 'basic.mjs' },
    gateway: { keys: { an: 'key-of-an', binh: 'key-of-binh' } },
  });
  const [status, headers, body] = await opens(url('one'));
  expect([status, headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="mcp-pipe"']);
  expect(body).toMatchObject({ error: { message: expect.stringContaining('X-API-Key') } });
  for (const path of ['/', '/status', '/servers/two/mcp', '/servers/one/health', '/nowhere'])
    expect((await fetch(gateway.origin + path)).status).toBe(401);
  expect((await fetch(`${gateway.origin}/.well-known/oauth-protected-resource`)).status).toBe(404);
  const [mine, { get }] = await opens(url('one'), { authorization: 'Bearer key-of-an' }).then(
    ([code, got]) => [code, { get: (name: string) => got.get(name)! }] as const,
  );
  expect(mine).toBe(200);
  const ping = (key: string) =>
    fetch(url('one'), {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-session-id': get('mcp-session-id'),
        'x-api-key': key,
      },
      body: '{"jsonrpc":"2.0","id":2,"method":"ping"}',
    });
  expect((await ping('key-of-an')).status).toBe(200);
  expect((await ping('key-of-binh')).status).toBe(404);
  expect((await ping('key-of-nobody')).status).toBe(401);
  expect(await (await fetch(`${gateway.origin}/health`)).json()).toEqual({ status: 'healthy' });
  const withKey = await fetch(`${gateway.origin}/health`, { headers: { 'x-api-key': 'key-of-an' } });
  expect(await withKey.json()).toMatchObject({ checks: { servers: { one: { status: 'healthy' } } } });
  for (const path of ['/health', '/ready', '/live']) {
    const head = await fetch(gateway.origin + path, { method: 'HEAD' });
    expect([head.status, head.headers.get('cache-control'), await head.text()]).toEqual([
      200,
      'no-store',
      '',
    ]);
    expect((await fetch(gateway.origin + path, { method: 'POST' })).status).toBe(405);
  }
});

test('what is no request of HTTP is answered, too', async () => {
  const { gateway } = await startGateway({ servers: { one: 'basic.mjs' } });
  const own = `Host: 127.0.0.1\r\n`;
  for (const request of ['nonsense\r\n\r\n', `GET /mcp HTTP/1.1\r\n${own}Host: evil.example\r\n\r\n`]) {
    const socket = connect(Number(new URL(gateway.origin!).port), '127.0.0.1');
    socket.end(request);
    const said = await new Response(Readable.toWeb(socket) as ReadableStream).text();
    expect(said).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n[\s\S]*"error":/);
  }
});

test('probes may call it by any name, and learn one word', async () => {
  const { gateway } = await startGateway({ servers: { one: 'basic.mjs' } });
  const ask = async (path: string) => {
    const socket = connect(Number(new URL(gateway.origin!).port), '127.0.0.1');
    socket.end(`GET ${path} HTTP/1.1\r\nHost: mcp.example\r\nConnection: close\r\n\r\n`);
    const said = await new Response(Readable.toWeb(socket) as ReadableStream).text();
    return [Number(said.slice(9, 12)), said.split('\r\n\r\n')[1]];
  };
  expect(await ask('/live')).toEqual([200, '{\n  "status": "live"\n}\n']);
  expect(await ask('/health')).toEqual([200, expect.stringMatching(/^\{\n {2}"status": "\w+"\n\}\n$/)]);
  expect((await ask('/status'))[0]).toBe(403);
  expect((await ask('/servers/one/health'))[0]).toBe(403);
  // As kubelets, Traefik and uptime-kuma ask.
  const habits = [
    { 'user-agent': 'kube-probe/1.34', accept: '*/*', connection: 'close' },
    { 'user-agent': 'Go-http-client/1.1', 'accept-encoding': 'gzip' },
    {
      'user-agent': 'Uptime-Kuma/2.0.2',
      accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
    },
  ];
  for (const headers of habits) {
    const health = await fetch(`${gateway.origin}/health?probe=1`, { headers });
    expect([health.status, health.headers.get('content-type')]).toEqual([200, 'application/json']);
    expect(await health.json()).toMatchObject({ checks: { servers: { one: {} } } });
  }
});

test('calls that run when mcp-pipe stops are answered, and nobody else is let in', async () => {
  const world = await startGateway({ servers: { one: 'basic.mjs' } });
  const client = await connectV1(world.url('one'));
  // Long enough to be seen.
  const call = client.call('slow', { ms: 1_500 });
  await eventually(() => expect(world.app.daemon.calls).toHaveLength(1));
  world.gateway.refuse();
  const stopped = world.app.stop();
  expect((await opens(world.url('one')))[0]).toBe(503);
  const ready = await fetch(`${world.gateway.origin}/ready`);
  expect([ready.status, ready.headers.get('retry-after'), await ready.json()]).toEqual([
    ...[503, '5', { status: 'stopping' }],
  ]);
  expect((await fetch(`${world.gateway.origin}/live`)).status).toBe(200);
  expect(await call).not.toBe('');
  await stopped;
  await world.gateway.close();
  await expect(fetch(world.url('one'))).rejects.toThrow('fetch failed');
});

test('sessions are bounded over all addresses: an idle one makes room', async () => {
  const world = await startGateway({
    servers: { one: 'basic.mjs', two: 'basic.mjs' },
    gateway: { maxSessions: 2 },
  });
  const [, first] = await opens(world.url('one'));
  const [status, second] = await opens(world.url('two'));
  expect(status).toBe(200);
  await eventually(() => expect(world.gateway.clients).toBe(2));
  expect((await opens(world.url()))[0]).toBe(200);
  const ping = (url: string, session: Headers) =>
    fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-session-id': session.get('mcp-session-id')!,
      },
      body: '{"jsonrpc":"2.0","id":2,"method":"ping"}',
    });
  expect((await ping(world.url('one'), first)).status).toBe(404);
  expect((await ping(world.url('two'), second)).status).toBe(200);
  await world.apply({
    servers: { one: 'basic.mjs', two: 'basic.mjs' },
    gateway: { maxSessions: 1, maxBodyBytes: 2_000 },
  });
  const long = await fetch(world.url('two'), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: `"${'x'.repeat(3_000)}"`,
  });
  expect([long.status, await long.json()]).toMatchObject([
    413,
    { error: { message: expect.stringContaining('2000') } },
  ]);
});

test('where no client is idle, one more hears why it is not served', async () => {
  const world = await startGateway({ servers: { one: 'basic.mjs' }, gateway: { maxSessions: 1 } });
  const stream = await fetch(`${world.gateway.origin}/sse`);
  expect(world.gateway.clients).toBe(1);
  const [status, , body] = await opens(world.url('one'));
  expect([status, body]).toMatchObject([503, { error: { message: expect.stringContaining('maxSessions') } }]);
  await stream.body!.cancel();
  await eventually(() => expect(world.gateway.clients).toBe(0));
  expect((await opens(world.url('one')))[0]).toBe(200);
});

test('clients are told of in the log at debug, without keys, sessions and what they say', async () => {
  const lines: string[] = [];
  const log = await createLog({
    ...{ format: 'json', level: 'debug', colour: false, redactor: new Redactor([]) },
    destination: { write: (line) => void lines.push(line) },
  });
  const onStatus = logStatus(log, { lang: 'en' });
  const world = await startGateway({
    servers: { one: 'basic.mjs' },
    gateway: { keys: { an: 'secret-key-of-an' } },
    app: { observers: [{ name: 'log', onStatus, onClientStatus: onStatus }] },
  });
  const authorization = 'Bearer secret-key-of-an';
  const [, headers] = await opens(world.url('one'), { authorization });
  const session = headers.get('mcp-session-id')!;
  const said = await fetch(world.url('one'), {
    method: 'POST',
    headers: {
      ...{ authorization, 'mcp-session-id': session, 'content-type': 'application/json' },
      accept: 'application/json, text/event-stream',
    },
    body: '{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"echo","arguments":{"text":"what-was-said"}}}',
  });
  expect(await said.text()).toContain('what-was-said');
  await fetch(world.url('one'), { method: 'DELETE', headers: { authorization, 'mcp-session-id': session } });
  await world.stop();
  await log.flush();
  const text = lines.join('');
  expect(text).toMatch(/"event":"client-joined".*"key":"an"/);
  expect(text).toMatch(/"event":"client-left".*the client ended its session/);
  for (const secret of ['secret-key-of-an', session, 'what-was-said']) expect(text).not.toContain(secret);
});
