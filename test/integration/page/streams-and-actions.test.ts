import { request } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { ActionContext } from '../../../src/daemon/actions.js';
import { ListenError } from '../../../src/faces/http/listen-error.js';
import { eventually } from '../../helpers/eventually.js';
import { gatewayPlan } from '../../helpers/gateway-plan.js';
import { startPage, uiPlan } from '../../helpers/page.js';

type Daemon = ActionContext['daemon'];

interface Answer {
  result?: { text?: string };
  error?: { code: string | number };
}

const answerOf = async (response: Response) => (await response.json()) as Answer;

/** A link of a server `calc`, whose tool answers as the test says. */
function linkOf(ask: (signal: AbortSignal) => Promise<unknown>): Partial<Daemon> {
  const link = {
    ...{ name: 'calc', servers: ['calc'], reconnect: () => 'closes' },
    ask: async (_: string, __: string, ___: object, { signal }: { signal: AbortSignal }) => ({
      result: await ask(signal),
    }),
  };
  return { links: [link] as never };
}

describe('files', () => {
  test('have a tag, are small for browsers that can unpack them, and know HEAD', async () => {
    const { origin } = await startPage();
    const first = await fetch(`${origin}/ui/app.js`);
    expect(await first.text()).toBe('app.js');
    expect(first.headers.get('content-encoding')).toBe('gzip');
    const etag = first.headers.get('etag')!;
    const again = await fetch(`${origin}/ui/app.js`, { headers: { 'if-none-match': `W/${etag}, "x"` } });
    expect([again.status, await again.text()]).toEqual([304, '']);
    const words = await fetch(`${origin}/ui/words-vi.js`);
    expect([words.headers.get('content-type'), await words.text()]).toEqual([
      'text/javascript; charset=utf-8',
      'words-vi.js',
    ]);
    const plain = await fetch(`${origin}/ui/app.css`, { headers: { 'accept-encoding': 'gzip;q=0' } });
    expect([plain.headers.get('content-encoding'), await plain.text()]).toEqual([null, 'app.css']);
    const head = await fetch(`${origin}/ui/app.css`, {
      method: 'HEAD',
      headers: { 'accept-encoding': 'br' },
    });
    expect([head.headers.get('content-length'), await head.text()]).toEqual(['7', '']);
    expect((await fetch(`${origin}/ui/app.css`, { method: 'PUT' })).status).toBe(405);
  });
});

describe('the feed', () => {
  test('is sent as it is asked for, and ends with the page', async () => {
    const world = await startPage();
    const response = await fetch(
      `${world.origin}/ui/feed?lang=vi&view=server/${encodeURIComponent('gia vàng')}`,
    );
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect(response.headers.get('cache-control')).toContain('no-store');
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader.read()).value).toBe('data: {"type":"snapshot"}\n\n');
    expect(world.asked).toMatchObject([
      { lang: 'vi', view: { of: 'server', name: 'gia vàng' }, canWrite: true },
    ]);
    world.tell({ type: 'change', at: 1, text: 'a\r\n\r\ndata: {"type":"evil"}\n\nb' });
    expect((await reader.read()).value?.match(/\n/g)).toHaveLength(2);
    await world.http.close();
    expect((await reader.read()).done).toBe(true);
    expect(world.asked[0]!.signal!.aborted).toBe(true);
  });

  test('a browser that has left before the feed was there is no reader of it', async () => {
    let load = () => {};
    const loaded = new Promise<void>((resolve) => {
      load = resolve;
    });
    let asked = 0;
    const loading = () => {
      asked += 1;
      return loaded;
    };
    const world = await startPage({ loading });
    const socket = connect(world.port, '127.0.0.1');
    socket.write('GET /ui/feed HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
    await eventually(() => expect(asked).toBe(1));
    socket.destroy();
    // By then, the page has heard of it.
    await fetch(`${world.origin}/ui/app.js`);
    load();
    const next = await fetch(`${world.origin}/ui/feed`);
    expect(world.asked.length).toBeGreaterThan(0);
    await next.body!.cancel();
    await eventually(() => expect(world.asked.filter(({ signal }) => !signal!.aborted)).toEqual([]));
  });

  test('a view that there is not is refused', async () => {
    const { origin } = await startPage();
    expect((await fetch(`${origin}/ui/feed?view=secrets`)).status).toBe(400);
  });

  test('has 64 readers at a time; the place of one that leaves is free', async () => {
    const world = await startPage();
    const open = async () => {
      const gone = new AbortController();
      const { status } = await fetch(`${world.origin}/ui/feed`, { signal: gone.signal });
      return { status, gone };
    };
    const streams = await Promise.all(Array.from({ length: 80 }, open));
    const taken = streams.filter(({ status }) => status === 200);
    expect(taken).toHaveLength(64);
    expect(streams.filter(({ status }) => status === 503)).toHaveLength(16);
    taken[0]!.gone.abort();
    await eventually(async () => expect((await open()).status).toBe(200));
    for (const { gone } of streams) gone.abort();
  });

  test('a reader that does not read gets no more than a bounded number of bytes', async () => {
    const world = await startPage();
    const socket = connect(world.port, '127.0.0.1').on('error', () => {});
    socket.write('GET /ui/feed HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
    await eventually(() => expect(world.asked).toHaveLength(1));
    socket.pause();
    const large = { type: 'change', text: 'x'.repeat(1024 * 1024) };
    for (let i = 0; i < 64; i++) world.tell(large);
    // What the kernel and a bounded buffer take: far from all of it, however often the loop turns.
    for (let i = 0; i < 5; i++) await (await fetch(`${world.origin}/live`)).text();
    expect(world.taken).toBeLessThan(16);
    socket.destroy();
    await eventually(() => expect(world.asked[0]!.signal!.aborted).toBe(true));
  });
});

describe('actions', () => {
  test('have the errors of the control socket', async () => {
    const world = await startPage({ daemon: linkOf(async () => ({})) });
    const of = async (path: string, body: unknown) =>
      answerOf(await world.post(path, body)).then(({ error }) => error);
    expect(await of('/ui/do/restart', { name: 'nope' })).toMatchObject({
      code: -32602,
      data: { names: ['calc'] },
    });
    expect(await of('/ui/do/restart?lang=vi', { name: 'nope' })).toMatchObject({
      message: expect.stringContaining('Không có server'),
    });
    expect(await of('/ui/do/reload', {})).toMatchObject({ code: -32011 });
    expect(await of('/ui/do/tools/call', { server: 'calc' })).toMatchObject({ code: -32602 });
    expect(await of('/ui/do/stop', {})).toMatchObject({ code: 'UI_NOT_FOUND' });
    expect(await of('/ui/do/attach', {})).toMatchObject({ code: 'UI_NOT_FOUND' });
    expect(await of('/ui/do/health', '[]')).toMatchObject({ code: 'UI_BAD_REQUEST' });
    expect(await of('/ui/do/health', '{"a":')).toMatchObject({ code: 'UI_BAD_REQUEST' });
  });

  test('do what was asked for, and say who asked', async () => {
    const world = await startPage({ daemon: linkOf(async () => ({ content: [] })) });
    const reconnected = await world.post('/ui/do/reconnect', { name: 'calc' });
    expect(await reconnected.json()).toMatchObject({ result: { did: { calc: 'closes' } } });
    const called = await world.post('/ui/do/tools/call', { server: 'calc', name: 'add' });
    expect(await called.json()).toEqual({ result: { content: [] } });
    expect(world.acts).toMatchObject([
      { action: 'reconnect', name: 'calc' },
      { action: 'tools/call', name: 'calc add' },
    ]);
  });

  test('a call is cancelled when the browser leaves', async () => {
    let signal: AbortSignal | undefined;
    const never = (given: AbortSignal) => {
      signal = given;
      return new Promise(() => {});
    };
    const world = await startPage({ daemon: linkOf(never) });
    const gone = new AbortController();
    const call = fetch(`${world.origin}/ui/do/tools/call`, {
      ...{ method: 'POST', signal: gone.signal, body: '{"server":"calc","name":"add"}' },
      headers: { 'content-type': 'application/json', 'x-mcp-pipe': 'page', origin: world.origin },
    }).catch(() => {});
    await eventually(() => expect(signal).toBeDefined());
    expect(signal!.aborted).toBe(false);
    gone.abort();
    await eventually(() => expect(signal!.aborted).toBe(true));
    await call;
  });

  test('a result that is too long for a browser is refused, one of some MB is whole', async () => {
    let bytes = 2 * 1024 * 1024;
    const world = await startPage({ daemon: linkOf(async () => ({ text: 'x'.repeat(bytes) })) });
    const call = () => world.post('/ui/do/tools/call', { server: 'calc', name: 'add' });
    expect((await answerOf(await call())).result?.text).toHaveLength(bytes);
    bytes = 9 * 1024 * 1024;
    const refused = await call();
    expect([refused.status, (await answerOf(refused)).error?.code]).toEqual([502, 'UI_RESULT_TOO_LONG']);
  });

  test('a body that is too long is refused, and one that is only announced is not waited for', async () => {
    const world = await startPage();
    const refused = await world.post('/ui/do/health', `{"a":"${'x'.repeat(5 * 1024 * 1024)}"}`);
    expect(refused.status).toBe(413);
    expect((await world.post('/ui/login', { key: 'x'.repeat(10_000) })).status).toBe(413);
    const status = await new Promise<number | undefined>((resolve) => {
      const sent = request(
        {
          ...{ host: '127.0.0.1', port: world.port, path: '/ui/do/health', method: 'POST' },
          headers: {
            ...{ 'content-type': 'application/json', 'x-mcp-pipe': 'page', origin: world.origin },
            'content-length': String(10 ** 9),
          },
        },
        (response) => {
          resolve(response.statusCode);
          sent.destroy();
        },
      );
      sent.on('error', () => {});
      sent.flushHeaders();
    });
    expect(status).toBe(413);
  });
});

describe('addresses', () => {
  test('page and gateway at one address share it: browsers get the page, others the index', async () => {
    const gateway = { ...gatewayPlan, port: 0 };
    const world = await startPage({ plans: { gateway, ui: uiPlan, metrics: { ...uiPlan, key: undefined } } });
    expect(world.http.gateway.state?.origin).toBe(world.origin);
    expect(world.http.metricsOrigin).toBe(world.origin);
    const page = await fetch(`${world.origin}/`, { headers: { accept: 'text/html,*/*' } });
    expect(await page.text()).toBe('index.html');
    const other = await fetch(`${world.origin}/`);
    expect(other.headers.get('content-type')).toBe('application/json');
    expect(other.headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'");
    expect((await fetch(`${world.origin}/live`)).status).toBe(200);
  });

  test('pages that may use the gateway may not use the page', async () => {
    const gateway = { ...gatewayPlan, port: 0, allowedOrigins: ['*'] };
    const world = await startPage({ plans: { gateway, ui: uiPlan } });
    const headers = { origin: 'https://app.example' };
    const answer = await fetch(`${world.origin}/ui/feed`, { headers });
    expect(answer.status).toBe(403);
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    const preflight = { ...headers, 'access-control-request-method': 'POST' };
    const asked = await fetch(`${world.origin}/ui/do/reload`, { method: 'OPTIONS', headers: preflight });
    expect([asked.status, asked.headers.get('access-control-allow-origin')]).toEqual([403, null]);
  });

  test('a reload moves the page to another port, to a gateway, and away', async () => {
    const world = await startPage();
    const before = world.origin;
    await world.change({ ui: { ...uiPlan, host: '::1' } });
    expect(world.http.page!.origin).toMatch(/^http:\/\/\[::1\]:\d+$/);
    await expect(fetch(`${before}/live`)).rejects.toThrow();
    expect((await fetch(`${world.http.page!.origin}/live`)).status).toBe(200);
    await world.change({});
    expect(world.http.page).toBeUndefined();
  });

  test('a port that is taken is refused with a code and what to do, and everything is as before', async () => {
    const [world, other] = [await startPage(), await startPage()];
    const error = await world.change({ ui: { ...uiPlan, port: other.port } }).catch((one: unknown) => one);
    expect(error).toBeInstanceOf(ListenError);
    expect(error).toMatchObject({ code: 'LISTEN_FAILED', message: expect.stringContaining('EADDRINUSE') });
    expect((await fetch(`${world.origin}/live`)).status).toBe(200);
  });

  test('the port of the page may become that of the gateway', async () => {
    const world = await startPage();
    const { port } = world;
    await world.change({ gateway: { ...gatewayPlan, host: '127.0.0.1', port }, ui: { ...uiPlan, port } });
    expect(world.http.gateway.state?.origin).toBe(`http://127.0.0.1:${port}`);
    const page = await fetch(`http://127.0.0.1:${port}/`, { headers: { accept: 'text/html' } });
    expect(await page.text()).toBe('index.html');
  });
});

describe('metrics and health', () => {
  const KEY = 'a-key-that-nobody-guesses';

  test('are open on this machine, and ask for a key of their listener where there is one', async () => {
    const open = await startPage({ plans: { ui: uiPlan, metrics: { ...uiPlan, key: undefined } } });
    open.http.metrics = { contentType: 'text/plain; version=0.0.4', text: async () => 'up 1\n' };
    expect(await (await fetch(`${open.origin}/metrics`)).text()).toBe('up 1\n');
    expect(
      (await fetch(`${open.origin}/metrics`, { headers: { origin: 'https://evil.example' } })).status,
    ).toBe(403);
    expect(await (await fetch(`${open.origin}/health`)).json()).toHaveProperty('checks');

    const keyed = await startPage({
      plans: { ui: { ...uiPlan, key: KEY }, metrics: { ...uiPlan, key: 'of-prometheus-alone' } },
    });
    keyed.http.metrics = open.http.metrics;
    const status = async (path: string, headers: Record<string, string> = {}) =>
      (await fetch(`${keyed.origin}${path}`, { headers })).status;
    expect(await status('/metrics')).toBe(401);
    expect(await status('/metrics', { authorization: 'Bearer of-prometheus-alone' })).toBe(200);
    expect(await status('/metrics', { authorization: `Bearer ${KEY}` })).toBe(200);
    expect(await status('/metrics', { authorization: 'Bearer wrong' })).toBe(401);
    expect(await status('/live')).toBe(200);
    expect(await (await fetch(`${keyed.origin}/health`)).json()).not.toHaveProperty('checks');
    expect(await status('/servers/x/health')).toBe(401);
    // The key of Prometheus opens no page.
    expect(await status('/ui/feed', { authorization: 'Bearer of-prometheus-alone' })).toBe(401);
  });
});
