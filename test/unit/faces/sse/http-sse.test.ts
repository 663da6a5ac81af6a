import { createServer, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Arrival } from '../../../../src/faces/accept.js';
import { SessionIds } from '../../../../src/faces/http/session-ids.js';
import { SharedBytes } from '../../../../src/faces/shared-bytes.js';
import { HttpSse, type HttpSseOptions } from '../../../../src/faces/sse/http-sse.js';
import { systemClock } from '../../../../src/time/clock.js';
import { eventually } from '../../../helpers/eventually.js';
import { ask, get, post } from '../../../helpers/http-server.js';
import { listen } from '../../../helpers/listen.js';
import { ManualClock } from '../../../helpers/manual-clock.js';

const PING = { jsonrpc: '2.0', id: 1, method: 'ping' };

/** An `HttpSse` on its own port; the path is the address, and `X-Key` names the caller's key. */
async function startSse(
  options: Partial<HttpSseOptions> = {},
  accepts: (arrival: Arrival) => boolean = () => true,
) {
  const arrivals: Arrival[] = [];
  const sse = new HttpSse({
    ...{ clock: systemClock, maxQueuedBytes: 64 * 1024, closeTimeoutMs: 2_000, stallTimeoutMs: 20_000 },
    ...{ keepAliveMs: 15_000, maxPosts: 100, sessionIds: new SessionIds() },
    ...{ unfinished: new SharedBytes(2 ** 24), unread: new SharedBytes(2 ** 24) },
    ...options,
  });
  const accept = (arrival: Arrival) => {
    arrivals.push(arrival);
    return accepts(arrival);
  };
  const server = createServer((incoming, response) => {
    const key = incoming.headers['x-key'];
    const caller = key === undefined ? {} : { key: String(key) };
    const [, address = '', what] = incoming.url!.split(/[/?]/);
    const path = `/${address}/sse`;
    const messages = { path: `/${address}/messages`, parameter: 'session_id' } as const;
    if (what === 'sse') sse.open(incoming, response, { address, caller, accept, path, messages });
    else sse.post(incoming, response, { address, caller, maxBodyBytes: 1_000 });
  });
  const origin = `http://127.0.0.1:${await listen(server)}`;
  onTestFinished(() => sse.close());
  /** Opens a stream. */
  const open = async (headers: Record<string, string> = {}) => {
    const stream = await get(`${origin}/a/sse`, headers);
    const endpoint = await eventually(() => stream.messages[0], { what: 'the first event' });
    return { stream, url: origin + endpoint, transport: arrivals.at(-1)!.transport };
  };
  return { sse, origin, arrivals, open };
}

describe('a stream of HTTP with SSE', () => {
  it('begins with the address of messages, which holds a session nobody can guess', async () => {
    const { open, arrivals } = await startSse();
    const { stream } = await open();
    expect(stream.text).toMatch(
      /^event: endpoint\ndata: \/a\/messages\?session_id=[0-9a-f-]{36}\.[\w-]{22}\n\n$/,
    );
    expect(stream.status).toBe(200);
    expect(stream.headers).toMatchObject({
      ...{ 'content-type': 'text/event-stream', 'cache-control': 'no-cache, no-transform' },
      'x-accel-buffering': 'no',
    });
    expect(arrivals).toMatchObject([{ kind: 'sse', caller: {}, hasSession: true }]);
  });

  it('carries what is posted in, answered with 202, and what is sent out, byte for byte', async () => {
    const { open } = await startSse();
    const { stream, url, transport } = await open();
    const text = '{"jsonrpc":"2.0", "id":"\\u0061",\n"method":"xin chào"}';
    expect((await post(url, text)).status).toBe(202);
    const { value } = await transport.batches[Symbol.asyncIterator]().next();
    expect(value.map(String)).toEqual([text]);
    transport.send([Buffer.from('{"a":1}'), Buffer.from('{"b":\n2}')]);
    await eventually(() => stream.messages.length === 3, { what: 'both events' });
    expect(stream.messages.slice(1)).toEqual(['{"a":1}', '{"b":\n2}']);
  });

  it('is kept alive by comments', async () => {
    const clock = new ManualClock();
    const { open } = await startSse({ clock });
    const { stream } = await open();
    await clock.advance(45_000);
    await eventually(() => stream.text.split('\n\n: ').length === 4, { what: 'three comments' });
    expect(stream.messages).toHaveLength(1);
  });

  it('that is closed is a client that has left, and its session is over', async () => {
    const { open } = await startSse();
    const { stream, url, transport } = await open();
    stream.drop();
    expect(await transport.closed).toEqual({ by: 'remote' });
    expect((await post(url, PING)).status).toBe(404);
  });

  it('ends when its transport is closed, after what was sent before', async () => {
    const { open } = await startSse();
    const { stream, transport } = await open();
    transport.send([Buffer.from('{"last":1}')]);
    expect(await transport.close()).toEqual({ by: 'local' });
    await stream.ended();
    expect(stream.messages.at(-1)).toBe('{"last":1}');
  });

  it('is cut when its client reads nothing for long', async () => {
    const clock = new ManualClock();
    const { open } = await startSse({ clock });
    const { stream, transport } = await open();
    stream.response.pause();
    const frame = Buffer.from(JSON.stringify({ text: 'x'.repeat(60_000) }));
    let isFull = false;
    let slow: Promise<void> | undefined;
    for (let i = 0; i < 2_000 && !isFull; i++) {
      slow = transport.send([frame]);
      isFull = slow !== undefined && !(await Promise.race([slow.then(() => true), settled()]));
    }
    expect(isFull).toBe(true);
    await clock.advance(60_000);
    expect(await transport.closed).toEqual({ by: 'remote' });
    await slow;
  });

  it('is refused in words when there is nothing for it', async () => {
    const { origin } = await startSse({}, ({ onRefused }) => {
      onRefused?.('all 8 processes are in use');
      return false;
    });
    const reply = await get(`${origin}/a/sse`);
    expect(reply.status).toBe(503);
    expect(reply.headers['retry-after']).toBe('60');
    expect((await reply.message(0)).error.message).toBe('all 8 processes are in use');
  });

  it('is no place to post to: 405, so that clients of both transports go on with a GET', async () => {
    const { origin } = await startSse();
    const reply = await post(`${origin}/a/sse`, PING);
    expect([reply.status, reply.headers.allow]).toEqual([405, 'GET']);
  });

  it('ends with the face, which opens no other', async () => {
    const { sse, origin, open } = await startSse();
    const { stream, transport } = await open();
    sse.close();
    await stream.ended();
    expect(await transport.closed).toEqual({ by: 'local' });
    expect((await get(`${origin}/a/sse`)).status).toBe(503);
  });
});

describe('a message that is posted', () => {
  it.each(['unknown', 'constructor', '__proto__', ''])(
    'to the session "%s" is answered with 404',
    async (id) => {
      const { origin } = await startSse();
      const reply = await post(`${origin}/a/messages?session_id=${id}`, PING);
      expect(reply.status).toBe(404);
      expect(await reply.message(0)).toMatchObject({ jsonrpc: '2.0', id: null, error: { code: -32600 } });
    },
  );

  it('to no session is answered with 400', async () => {
    const { origin } = await startSse();
    expect((await post(`${origin}/a/messages`, PING)).status).toBe(400);
  });

  it('to the session of another key or address is answered with 404', async () => {
    const { open, origin } = await startSse();
    const { url } = await open({ 'x-key': 'an' });
    const elsewhere = url.replace(`${origin}/a/`, `${origin}/b/`);
    expect((await post(url, PING)).status).toBe(404);
    expect((await post(url, PING, { 'x-key': 'bình' })).status).toBe(404);
    expect((await post(elsewhere, PING, { 'x-key': 'an' })).status).toBe(404);
    expect((await post(url, PING, { 'x-key': 'an' })).status).toBe(202);
  });

  it.each([
    ['no JSON', '{', 400, -32700],
    ['no UTF-8', Buffer.from('{"jsonrpc":"2.0","id":1,"method":"\xff"}', 'latin1'), 400, -32700],
    ['no JSON-RPC', '7', 400, -32600],
    ['too long', JSON.stringify({ ...PING, padding: 'x'.repeat(2_000) }), 413, -32600],
  ])('and is %s: %#', async (_, body, status, code) => {
    const { open } = await startSse();
    const { stream, url } = await open();
    const { status: got, text } = await postRaw(url, body);
    expect(got).toBe(status);
    expect(JSON.parse(text)).toMatchObject({ error: { code } });
    expect(stream.isEnded).toBe(false);
    expect((await post(url, PING)).status).toBe(202);
  });

  it('has to be of the type of JSON, and a POST', async () => {
    const { open } = await startSse();
    const { url } = await open();
    expect((await ask(url, 'POST', { 'content-type': 'text/plain' }, JSON.stringify(PING))).status).toBe(415);
    expect((await get(url)).status).toBe(405);
  });

  it('waits while nobody takes the messages before it, and is bounded in number', async () => {
    const { open } = await startSse({ maxQueuedBytes: 500, maxPosts: 2 });
    const { url, transport } = await open();
    const line = JSON.stringify({ ...PING, padding: 'x'.repeat(400) });
    expect((await post(url, line)).status).toBe(202);
    // Whichever of them comes last.
    const posts = [1, 2, 3].map(() => post(url, line));
    const [refused, reply] = await Promise.race(posts.map(async (one) => [one, await one] as const));
    expect([reply.status, reply.headers['retry-after']]).toEqual([503, '1']);
    const batches = transport.batches[Symbol.asyncIterator]();
    let taken = 0;
    while (taken < 3) taken += (await batches.next()).value.length;
    const waiting = await Promise.all(posts.filter((one) => one !== refused));
    expect(waiting.map(({ status }) => status)).toEqual([202, 202]);
  });
});

/** Longer than what a reading client needs. */
function settled(): Promise<false> {
  return new Promise((resolve) => setTimeout(resolve, 50, false));
}

function postRaw(url: string, body: string | Buffer): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    const sent = request(url, { method: 'POST', headers, agent: false }, (response) => {
      const got = (body: string) => resolve({ status: response.statusCode!, text: body });
      text(response).then(got, reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
