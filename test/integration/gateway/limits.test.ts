import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { ErrorCode } from '../../../src/protocol/jsonrpc.js';
import { eventually } from '../../helpers/eventually.js';
import { startGateway } from '../../helpers/gateway.js';
import { INITIALIZE, RawHttpSession, type RawMessage } from '../../helpers/raw-http-session.js';
import { StreamClient } from '../../helpers/stream-clients.js';

const KEYS = { an: 'key-of-an-123456', binh: 'key-of-binh-1234' };
const AS_AN = { authorization: `Bearer ${KEYS.an}` };
const AS_BINH = { authorization: `Bearer ${KEYS.binh}` };

async function opened(url: string, headers: Record<string, string> = AS_AN, version?: string) {
  const session = new RawHttpSession(url, { headers });
  await session.open(version ? { ...INITIALIZE, protocolVersion: version } : INITIALIZE);
  return session;
}

const codes = (messages: readonly RawMessage[]) => messages.map(({ error }) => error?.code ?? 0);
const count = (all: readonly number[], code: number) => all.filter((one) => one === code).length;
const exitCall = (session: RawHttpSession) => session.call('exit', { code: 1 });

test('a batch of a thousand calls counts a thousand, and each call beyond the rate has its own error', async () => {
  const world = await startGateway({
    servers: { calc: 'basic.mjs' },
    gateway: { keys: KEYS, rate: { calls: 100, perMs: 3_600_000 } },
  });
  const session = await opened(world.url('calc'), AS_AN, '2025-03-26');
  const calls = Array.from({ length: 1_000 }, (_, i) => ({
    ...{ jsonrpc: '2.0', id: `b${i}`, method: 'tools/call' },
    params: { name: 'echo', arguments: { text: String(i) } },
  }));
  const answer = await new Promise<RawMessage[]>((resolve, reject) => {
    const body = JSON.stringify(calls);
    const asked = request(world.url('calc'), {
      method: 'POST',
      headers: {
        ...{ ...AS_AN, 'mcp-session-id': session.id!, 'content-type': 'application/json' },
        ...{ accept: 'application/json, text/event-stream', 'mcp-protocol-version': '2025-03-26' },
      },
    });
    asked.on('error', reject);
    asked.on('response', async (response) => {
      const text = (await response.toArray()).join('');
      const isStream = response.headers['content-type'] === 'text/event-stream';
      const parsed = isStream
        ? text
            .split('\n')
            .flatMap((line) =>
              line.startsWith('data: {') || line.startsWith('data: [') ? [JSON.parse(line.slice(6))] : [],
            )
        : JSON.parse(text);
      resolve((parsed as (RawMessage | RawMessage[])[]).flat());
    });
    asked.end(body);
  });
  expect(answer).toHaveLength(1_000);
  const all = codes(answer);
  expect([count(all, 0), count(all, ErrorCode.tooManyCalls)]).toEqual([100, 900]);
  const refused = answer.find(({ error }) => error)!.error!;
  expect((refused.data as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(3_000_000);
  // The other key has its own hundred.
  expect(await (await opened(world.url('calc'), AS_BINH)).text('echo', { text: 'binh' })).toBe('binh');
});

test('neither new sessions nor other spellings of headers nor X-Forwarded-For make a key count anew', async () => {
  const world = await startGateway({
    servers: { calc: 'basic.mjs' },
    gateway: { keys: KEYS, rate: { calls: 4, perMs: 3_600_000 } },
  });
  const ways: Record<string, string>[] = [
    AS_AN,
    { AUTHORIZATION: `bearer ${KEYS.an}` },
    { 'X-API-KEY': KEYS.an, 'X-Forwarded-For': '203.0.113.7' },
    { ...AS_AN, 'x-forwarded-for': '2001:db8::7', forwarded: 'for=203.0.113.8', 'x-real-ip': '203.0.113.9' },
  ];
  const sessions = [];
  for (const headers of [...ways, AS_AN]) sessions.push(await opened(world.url('calc'), headers));
  for (const session of sessions.slice(0, 4))
    expect((await session.call('echo', { text: 'x' })).status).toBe(200);
  for (const session of sessions) {
    const { status, headers, reply } = await session.call('echo', { text: 'x' });
    expect(status).toBe(429);
    expect(reply.error).toMatchObject({ code: ErrorCode.tooManyCalls });
    expect(Number(headers['retry-after'])).toBeGreaterThan(3_000);
    expect(headers['ratelimit-policy']).toBe('"key";q=4;w=3600');
    expect(headers.ratelimit).toMatch(/^"key";r=0;t=35\d\d$|^"key";r=0;t=3600$/);
  }
  // A session that a client opens now is refused before anything is made for it.
  await expect(opened(world.url('calc'))).rejects.toMatchObject({ code: ErrorCode.tooManyCalls });
});

test('a request of a client that has nothing left is refused before its body is read', async () => {
  const world = await startGateway({
    servers: { calc: 'basic.mjs' },
    gateway: { keys: KEYS, rate: { calls: 1, perMs: 3_600_000 } },
  });
  await (await opened(world.url('calc'))).text('echo', { text: 'x' });
  const asked = request(world.url('calc'), {
    method: 'POST',
    headers: { ...AS_AN, 'content-type': 'application/json', 'content-length': String(50 * 1024 * 1024) },
  });
  asked.on('error', () => {});
  asked.flushHeaders();
  const [response] = await once(asked, 'response');
  expect(response.statusCode).toBe(429);
  response.resume();
  asked.destroy();
});

test('without keys an address has a rate, over sessions and requests without one', async () => {
  const world = await startGateway({
    servers: { calc: 'basic.mjs' },
    gateway: { ratePerAddress: { calls: 2, perMs: 3_600_000 }, stateless: true },
  });
  const one = new RawHttpSession(world.url('calc'));
  const two = new RawHttpSession(world.url('calc'), { headers: { 'x-forwarded-for': '203.0.113.7' } });
  const first = await one.call('echo', { text: 'x' });
  expect(first.headers.ratelimit).toBe('"address";r=2;t=3600');
  expect((await two.call('echo', { text: 'x' })).status).toBe(200);
  for (const session of [one, two]) expect((await session.call('echo', { text: 'x' })).status).toBe(429);
});

test('a tool has a rate of its own, of all clients together, and other tools go on', async () => {
  const rate = { calls: 1, perMs: 3_600_000 };
  const calls = { tools: [{ glob: 'ec*', rate }] };
  const world = await startGateway({
    servers: { calc: { fixture: 'basic.mjs', options: { calls } } },
    gateway: { keys: KEYS },
  });
  const [an, binh] = [await opened(world.url('calc')), await opened(world.url('calc'), AS_BINH)];
  expect(await an.text('echo', { text: 'x' })).toBe('x');
  const { status, reply } = await binh.call('echo', { text: 'x' });
  expect([status, reply.error?.code]).toEqual([200, ErrorCode.tooManyCalls]);
  expect(reply.error?.message).toContain('"echo"');
  expect(await binh.text('whoami')).toMatch(/\d/);
});

test('slow calls of one client fill its part of the queue, and another one gets its turn', async () => {
  const calls = { concurrent: 1, queue: 3 };
  const world = await startGateway({
    servers: { calc: { fixture: 'basic.mjs', options: { calls } } },
    gateway: { keys: KEYS },
  });
  const [an, binh] = [await opened(world.url('calc')), await opened(world.url('calc'), AS_BINH)];
  const done: string[] = [];
  const refused: unknown[] = [];
  const slow = Array.from({ length: 10 }, () =>
    an.call('slow', { ms: 400 }).then(({ reply }) => {
      if (reply.error) refused.push(reply.error);
      else done.push('an');
    }),
  );
  // One runs, three wait.
  await eventually(() => expect(refused).toHaveLength(6));
  expect(refused[0]).toMatchObject({ code: ErrorCode.serverFull, data: { retryAfterMs: 1_000 } });
  const other = binh.text('echo', { text: 'x' }).then(() => void done.push('binh'));
  await Promise.all([...slow, other]);
  expect(done).toHaveLength(5);
  // After the call that ran, and one of the three that waited at most, however busy the machine is.
  expect(done.indexOf('binh')).toBeLessThanOrEqual(2);
});

test('a client that leaves takes its waiting calls with it', async () => {
  const calls = { concurrent: 1, queue: 16 };
  const world = await startGateway({ servers: { calc: { fixture: 'basic.mjs', options: { calls } } } });
  const [one, two] = [await opened(world.url('calc'), {}), await opened(world.url('calc'), {})];
  const running = two.call('slow', { ms: 300 });
  await eventually(() => expect(world.app.daemon.calls).toHaveLength(1));
  for (let i = 0; i < 9; i++)
    one.begin(
      { id: `w${i}`, method: 'tools/call', params: { name: 'slow', arguments: { ms: 60_000 } } },
      (response) => void response.resume(),
    );
  expect(await one.end()).toBeLessThan(300);
  await running;
  // Had one of the nine got the place, this call would wait for a minute.
  expect(await two.text('echo', { text: 'x' })).toBe('x');
});

test('a server that ends with each call is left alone for a while, tried once, and used again', async () => {
  const calls = { breaker: { failures: 3, pauseMs: 1_500 } };
  const world = await startGateway({
    servers: { calc: { fixture: 'basic.mjs', options: { calls } }, other: 'basic.mjs' },
    settings: { minDelayMs: 10, maxDelayMs: 10 },
  });
  const session = await opened(world.url('calc'), {});
  const other = await opened(world.url('other'), {});
  for (let i = 0; i < 3; i++)
    expect((await exitCall(session)).reply.error?.code).toBe(ErrorCode.serverExited);
  const { reply } = await session.call('echo', { text: 'x' });
  expect(reply.error?.code).toBe(ErrorCode.serverFailing);
  const { retryAfterMs } = reply.error!.data as { retryAfterMs: number };
  expect(retryAfterMs).toBeGreaterThan(0);
  expect(retryAfterMs).toBeLessThanOrEqual(1_500);
  // Its tools are still listed, and the other server is not concerned.
  expect((await session.ask('tools/list')).reply.result.tools.length).toBeGreaterThan(0);
  expect(await other.text('echo', { text: 'x' })).toBe('x');
  await eventually(async () => expect(await session.text('echo', { text: 'again' })).toBe('again'));
  expect(await session.text('echo', { text: 'x' })).toBe('x');
});

test('a call that takes too long is given up, and the server hears of it; another tool has its own time', async () => {
  const calls = { timeoutMs: 300, tools: [{ glob: 'whoami', timeoutMs: 60_000 }] };
  for (const servers of [['calc'], ['calc', 'other']] as const) {
    const world = await startGateway({
      servers: Object.fromEntries(
        servers.map((name) => [name, { fixture: 'basic.mjs', options: { calls } }]),
      ),
    });
    const session = await opened(world.url(servers.length === 1 ? 'calc' : undefined), {});
    const prefix = servers.length === 1 ? '' : 'calc__';
    const { reply } = await session.call(`${prefix}slow`, { ms: 60_000 });
    expect(reply.error).toMatchObject({ code: ErrorCode.callTimeout, data: { timeoutMs: 300 } });
    const lines = JSON.parse(await session.text(`${prefix}received`)) as string[];
    expect(lines.filter((line) => line.includes('notifications/cancelled'))).toHaveLength(1);
    await world.stop();
  }
});

test('over WebSocket each call beyond the rate is an error; over HTTP with SSE its POST is refused; both count for one key', async () => {
  const world = await startGateway({
    servers: { calc: 'basic.mjs' },
    gateway: { keys: KEYS, rate: { calls: 3, perMs: 3_600_000 } },
  });
  const socket = await StreamClient.initialized(world.gateway.url({ server: 'calc' }, 'ws'), AS_AN);
  const stream = await StreamClient.initialized(world.gateway.url({ server: 'calc' }, 'sse'), AS_AN);
  expect(await stream.text('echo', { text: 'sse' })).toBe('sse');
  const replies = await Promise.all([1, 2, 3, 4].map(() => socket.call('echo', { text: 'ws' })));
  expect(replies.filter(({ error }) => error === undefined)).toHaveLength(2);
  const { error } = replies.find((reply) => reply.error)!;
  expect(error).toMatchObject({ code: ErrorCode.tooManyCalls, data: { retryAfterMs: expect.any(Number) } });
  const call = { jsonrpc: '2.0', id: 9, method: 'tools/call', params: { name: 'echo', arguments: {} } };
  expect(await stream.send(call)).toBe(429);
  // Another key has its own calls, on another connection.
  const other = await StreamClient.initialized(world.gateway.url({ server: 'calc' }, 'ws'), AS_BINH);
  expect(await other.text('echo', { text: 'binh' })).toBe('binh');
});

test('an agent has one rate over all the ways to it, and a reload changes it on open connections', async () => {
  const of = (calls: number) => ({
    servers: { calc: 'basic.mjs' },
    profiles: { kitchen: ['calc'] as const },
    agentLimits: { kitchen: { rate: { calls, perMs: 3_600_000 } } },
  });
  const world = await startGateway(of(2));
  const http = await opened(world.gateway.url({ agent: 'kitchen' }), {});
  const socket = await StreamClient.initialized(world.gateway.url({ agent: 'kitchen' }, 'ws'));
  expect(await http.text('echo', { text: 'x' })).toBe('x');
  expect(await socket.text('echo', { text: 'x' })).toBe('x');
  for (const reply of [
    (await http.call('echo', { text: 'x' })).reply,
    await socket.call('echo', { text: 'x' }),
  ])
    expect(reply.error?.code).toBe(ErrorCode.tooManyCalls);
  await world.apply(of(3));
  expect(await socket.text('echo', { text: 'x' })).toBe('x');
  expect((await socket.call('echo', { text: 'x' })).error?.code).toBe(ErrorCode.tooManyCalls);
});

test('addresses count apart, with sessions and without, also where they share a client', async () => {
  for (const stateless of [true, false]) {
    const world = await startGateway({
      servers: { calc: 'basic.mjs' },
      gateway: { ratePerAddress: { calls: 1, perMs: 3_600_000 }, stateless },
    });
    const from = async (localAddress: string) => {
      const agent = new Agent({ localAddress, keepAlive: true });
      onTestFinished(() => agent.destroy());
      const session = new RawHttpSession(world.url('calc'), { agent });
      if (!stateless) await session.open();
      return session;
    };
    const [one, two] = [await from('127.0.0.1'), await from('127.0.0.2')];
    expect((await one.call('echo', { text: 'x' })).status).toBe(200);
    expect((await one.call('echo', { text: 'x' })).status).toBe(429);
    expect(await two.text('echo', { text: 'two' })).toBe('two');
    expect((await two.call('echo', { text: 'x' })).status).toBe(429);
  }
});

test('on a multiplexer the time of a server goes before "callTimeoutMs", and other servers have that', async () => {
  const world = await startGateway({
    servers: {
      calc: { fixture: 'basic.mjs', options: { calls: { timeoutMs: 60_000 } } },
      other: 'basic.mjs',
    },
    settings: { callTimeoutMs: 300 },
  });
  const session = await opened(world.url(), {});
  expect(await session.text('calc__slow', { ms: 900 })).toBe('slept 900 ms');
  const { reply } = await session.call('other__slow', { ms: 60_000 });
  expect(reply.result).toMatchObject({ isError: true });
});
