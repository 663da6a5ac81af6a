import { describe, expect, it } from 'vitest';
import { eventually } from '../../../helpers/eventually.js';
import {
  ask,
  get,
  INITIALIZE,
  INITIALIZED,
  post,
  postAndDrop,
  startHttp,
} from '../../../helpers/http-server.js';

const call = (id: unknown) => ({ jsonrpc: '2.0', id, method: 'tools/call', params: {} });
const start = () =>
  startHttp({ stateless: true }, ({ id, method }) =>
    method === 'initialize' ? INITIALIZED : id === 'open' ? undefined : { for: id },
  );

describe('without sessions', () => {
  it('each POST stands alone, initialize too, and no session is named', async () => {
    const { http, url, joined } = await start();
    for (const message of [INITIALIZE, call('a'), call('a')]) {
      const reply = await post(url, message);
      await reply.ended();
      expect([reply.status, reply.headers['mcp-session-id']]).toEqual([200, undefined]);
      expect(JSON.parse(reply.text)).toMatchObject({ id: message.id });
    }
    expect(joined.map(({ client }) => client.kind)).toEqual(['request', 'request', 'request']);
    expect(joined.every(({ left }) => left.length === 1)).toBe(true);
    expect(http.sessionCount).toBe(0);
  });

  it('the id of a session of an earlier run makes no difference', async () => {
    const { url } = await start();
    expect((await post(url, call(1), { 'mcp-session-id': 'constructor' })).status).toBe(200);
  });

  it('GET and DELETE are 405', async () => {
    const { url } = await start();
    for (const method of ['GET', 'DELETE', 'HEAD', 'OPTIONS', 'PUT']) {
      const reply = await ask(url, method, { accept: 'text/event-stream' });
      expect([reply.status, reply.headers.allow]).toEqual([405, 'POST']);
    }
  });

  it('notifications and answers get 202', async () => {
    const { url, joined } = await start();
    for (const message of [
      { jsonrpc: '2.0', method: 'notifications/initialized' },
      { jsonrpc: '2.0', id: 1, result: {} },
    ]) {
      expect((await post(url, message)).status).toBe(202);
    }
    expect(joined).toEqual([]);
  });

  it('two calls with one id at a time get an answer each', async () => {
    const { url, joined } = await start();
    const pending = [post(url, call('open')), post(url, call('open'))];
    await eventually(() => joined.length === 2);
    for (const [i, seat] of joined.entries()) seat.send({ jsonrpc: '2.0', id: 'open', result: { n: i } });
    const numbers = [];
    for (const reply of pending) numbers.push((await (await reply).message(0)).result.n);
    expect(numbers.sort()).toEqual([0, 1]);
  });

  it('a client that leaves has cancelled its call: nobody could get the answer', async () => {
    const { url, joined } = await start();
    const drop = postAndDrop(url, call('open'));
    await eventually(() => joined[0]?.received.length);
    drop();
    await eventually(() => joined[0]!.left.length === 1);
  });

  it('a batch of MCP 2025-03-26 is answered with an array, by a client for each request', async () => {
    const { url, joined } = await start();
    const reply = await post(url, [call(1), { jsonrpc: '2.0', method: 'notifications/x' }, call('2')]);
    await reply.ended();
    expect(JSON.parse(reply.text).map(({ id }: { id: unknown }) => id)).toEqual([1, '2']);
    expect(joined).toHaveLength(2);
    const later = { 'mcp-protocol-version': '2025-06-18' };
    expect((await post(url, [call(1)], later)).status).toBe(400);
  });

  it('a revision that there is not is 400', async () => {
    const { url, joined } = await start();
    expect((await post(url, call(1), { 'mcp-protocol-version': '1999-01-01' })).status).toBe(400);
    expect(joined).toEqual([]);
  });

  it('what runs at the end gets an error', async () => {
    const { http, url, joined } = await start();
    const pending = post(url, call('open'));
    await eventually(() => joined.length === 1);
    http.close();
    expect(await (await pending).message(0)).toMatchObject({ id: 'open', error: { code: -31004 } });
  });

  it('there is no stream to listen to', async () => {
    const { url } = await start();
    expect((await get(url, { 'last-event-id': 'p1-0' })).status).toBe(405);
  });
});
