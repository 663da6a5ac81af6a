import { request } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { HttpClient } from '../../../../src/faces/streamable-http/backend.js';
import { eventually } from '../../../helpers/eventually.js';
import { ask, get, INITIALIZE, post, postModern, startHttp } from '../../../helpers/http-server.js';
import { ManualClock } from '../../../helpers/manual-clock.js';

const JSON_TYPE = { 'content-type': 'application/json' };

describe('a request that is wrong', () => {
  it.each([
    ['no JSON', '{', 400, -32700],
    ['other JSON', '7', 400, -32600],
    ['an empty batch', '[]', 400, -32600],
    ['JSON-RPC 1.0', '{"id":1,"method":"m"}', 400, -32600],
    ['a version nobody knows', JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'm' }), 400, -32600],
  ])('because of %s gets %s, a status and an error of JSON-RPC', async (what, body, status, code) => {
    const { url, initialize } = await startHttp();
    const session = await initialize();
    const version: Record<string, string> =
      what === 'a version nobody knows' ? { 'mcp-protocol-version': '1999-01-01' } : {};
    const reply = await post(url, body, { ...session, ...version });
    expect(reply.status).toBe(status);
    expect(await reply.message(0)).toMatchObject({ jsonrpc: '2.0', error: { code } });
  });

  it('may be of a kind or for a kind of answer that there is not', async () => {
    const { url, initialize } = await startHttp();
    const session = await initialize();
    const text = JSON.stringify(INITIALIZE);
    expect((await ask(url, 'POST', { 'content-type': 'text/plain' }, text)).status).toBe(415);
    expect((await ask(url, 'POST', { ...JSON_TYPE, accept: 'text/html' }, text)).status).toBe(406);
    expect((await ask(url, 'POST', { ...JSON_TYPE, accept: '*/*' }, text)).status).toBe(200);
    expect((await ask(url, 'POST', JSON_TYPE, text)).status).toBe(200);
    expect((await get(url, { ...session, accept: 'application/json' })).status).toBe(406);
    const put = await ask(url, 'PUT', JSON_TYPE, text);
    expect([put.status, put.headers.allow]).toEqual([405, 'POST, GET, DELETE']);
  });

  it.each([true, false])(
    'because it is too long is 413, its length announced or not: %s',
    async (isAnnounced) => {
      const { url, joined } = await startHttp({ maxBodyBytes: 1_000 });
      const body = JSON.stringify({ ...INITIALIZE, padding: 'x'.repeat(100_000) });
      const status = await new Promise((resolve, reject) => {
        const length = isAnnounced ? { 'content-length': body.length } : {};
        const outgoing = request(url, { method: 'POST', headers: { ...JSON_TYPE, ...length }, agent: false });
        outgoing.once('response', (response) => resolve(response.resume().statusCode));
        outgoing.once('error', reject);
        outgoing.end(body);
      });
      expect(status).toBe(413);
      expect(joined).toEqual([]);
    },
  );
});

describe('what is open at a time', () => {
  it('is bounded: one response too many is 503', async () => {
    const { url, initialize } = await startHttp({ maxOpenResponses: 2 });
    const session = await initialize();
    const streams = [await get(url, session), await get(url, session)];
    const refused = await get(url, session);
    expect([refused.status, refused.headers['retry-after']]).toEqual([503, '1']);
    streams[0]!.drop();
    await eventually(async () => (await post(url, INITIALIZE)).status === 200);
  });
});

/** Holds back whoever sends too fast, as a server's connection would. */
class CountingSource {
  holders = new Set<object>();
  hold(by: object) {
    this.holders.add(by);
  }
  release(by: object) {
    this.holders.delete(by);
  }
}

describe('a slow reader', () => {
  const big = Buffer.from(
    JSON.stringify({ jsonrpc: '2.0', method: 'notifications/message', params: 'x'.repeat(1024 * 1024) }),
  );

  /** Sends until the kernel takes no more either. */
  async function fill(client: HttpClient, source: CountingSource) {
    for (let turns = 0; turns < 20; ) {
      if (source.holders.size === 0) client.send(big, source);
      await nextTurn();
      turns = source.holders.size === 0 ? 0 : turns + 1;
    }
  }

  it('holds its sender until it has read', async () => {
    const { url, joined, initialize } = await startHttp({ maxQueuedBytes: 1024 * 1024 });
    const stream = await get(url, await initialize());
    stream.response.pause();
    const source = new CountingSource();
    await fill(joined[0]!.client, source);
    expect(source.holders.size).toBe(1);
    stream.response.resume();
    await eventually(() => source.holders.size === 0, { what: 'the release' });
    expect(stream.isEnded).toBe(false);
  });

  it('that does not read at all loses its connection, and its sender goes on', async () => {
    const clock = new ManualClock();
    const { url, joined, initialize, alone } = await startHttp({ clock, stallTimeoutMs: 20_000 });
    const stream = await get(url, await initialize());
    stream.response.pause();
    const source = new CountingSource();
    await fill(joined[0]!.client, source);
    await clock.advance(20_000);
    expect(source.holders.size).toBe(1);
    // What waits is a few MiB at most, which a slow reader may take at 64 kB/s.
    await clock.advance(200_000);
    await eventually(() => source.holders.size === 0, { what: 'the release' });
    await alone();
    stream.drop();
  });

  it('on the side of one caller’s server holds up no other caller, and no session', async () => {
    const { url, joined, initialize } = await startHttp();
    const session = await initialize();
    const list = (key: string) => postModern(url, 'tools/list', {}, { 'x-key': key });
    const first = list('an');
    await eventually(() => expect(joined).toHaveLength(2));
    const server = {};
    joined[1]!.client.hold(server);
    const held = list('an');
    expect((await post(url, { jsonrpc: '2.0', method: 'notifications/x' }, session)).status).toBe(202);
    const beside = list('binh');
    await eventually(() => expect(joined).toHaveLength(3));
    expect(joined[2]!.client.caller).toEqual({ key: 'binh' });
    joined[1]!.client.release(server);
    await eventually(() => expect(joined).toHaveLength(4));
    for (const one of joined.slice(1)) one.send({ jsonrpc: '2.0', id: 1, result: { tools: [] } });
    for (const reply of await Promise.all([first, held, beside])) expect(reply.status).toBe(200);
  });

  it('on the server’s side keeps bodies from being read', async () => {
    const { url, joined, initialize } = await startHttp();
    const session = await initialize();
    const server = {};
    joined[0]!.client.hold(server);
    const pending = post(url, { jsonrpc: '2.0', method: 'notifications/x' }, session);
    const other = await get(url, session);
    expect(other.status).toBe(200);
    // Those of other sessions are read.
    const beside = await initialize();
    expect((await post(url, { jsonrpc: '2.0', method: 'notifications/x' }, beside)).status).toBe(202);
    expect(joined[0]!.received).toHaveLength(1);
    joined[0]!.client.release(server);
    expect((await pending).status).toBe(202);
    expect(joined[0]!.received).toHaveLength(2);
  });
});
