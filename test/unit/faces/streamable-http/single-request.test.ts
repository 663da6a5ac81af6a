import { describe, expect, it } from 'vitest';
import { eventually } from '../../../helpers/eventually.js';
import { ask, get, META, post, postModern, startHttp } from '../../../helpers/http-server.js';
import { ManualClock } from '../../../helpers/manual-clock.js';

const VERSION = 'io.modelcontextprotocol/protocolVersion';
const ok = { resultType: 'complete' };
const start = (result: unknown = ok) => startHttp({}, () => result);
const silent = () => startHttp({}, () => undefined);
const call = (name: string, given?: object) => ({ name, ...(given ? { arguments: given } : {}) });

describe('a request of MCP 2026-07-28', () => {
  it('is a client of its own, that leaves when it is answered', async () => {
    const { http, url, joined } = await start();
    const reply = await postModern(url, 'tools/list');
    expect(await reply.message(0)).toEqual({ jsonrpc: '2.0', id: 1, result: ok });
    expect(reply.headers['mcp-session-id']).toBeUndefined();
    expect(joined.map(({ left, client }) => [client.kind, left])).toEqual([['request', ['answered']]]);
    await eventually(() => !http.isBusy);
  });

  it('may have the id of another one', async () => {
    const { url, joined } = await silent();
    const pending = ['a', 'b'].map((name) => postModern(url, 'tools/call', call(name), {}, 1));
    await eventually(() => joined.length === 2 && joined.every(({ received }) => received.length === 1));
    for (const seat of joined) {
      const { name } = JSON.parse(seat.received[0]!).params;
      seat.send({ jsonrpc: '2.0', id: 1, result: { name } });
    }
    const names = [];
    for (const reply of pending) names.push((await (await reply).message(0)).result.name);
    expect(names).toEqual(['a', 'b']);
  });

  it('whose client goes away is left at once', async () => {
    const { url, joined, http } = await silent();
    const pending = postModern(url, 'subscriptions/listen', { notifications: {} });
    await eventually(() => joined[0]?.received.length);
    joined[0]!.send({ jsonrpc: '2.0', method: 'notifications/subscriptions/acknowledged' });
    const reply = await pending;
    expect(reply.headers['content-type']).toBe('text/event-stream');
    await reply.message(0);
    reply.drop();
    await eventually(() => joined[0]!.left.length === 1);
    expect(joined[0]!.client.isOpen).toBe(false);
    await eventually(() => !http.isBusy);
  });

  it('has to accept a stream when it subscribes', async () => {
    const { url, joined } = await silent();
    const params = { notifications: {} };
    const reply = await postModern(url, 'subscriptions/listen', params, { accept: 'application/json' });
    expect([reply.status, joined]).toEqual([406, []]);
  });

  it('never carries a question of the server', async () => {
    const { url, joined } = await silent();
    const pending = postModern(url, 'tools/call', call('a'));
    await eventually(() => joined[0]?.received.length);
    joined[0]!.send({ jsonrpc: '2.0', id: 5, method: 'roots/list' });
    joined[0]!.send({ jsonrpc: '2.0', method: 'notifications/progress', params: {} });
    joined[0]!.send({ jsonrpc: '2.0', id: 1, result: ok });
    const reply = await pending;
    await reply.ended();
    expect(reply.messages.map((text) => JSON.parse(text).method)).toEqual([
      'notifications/progress',
      undefined,
    ]);
  });

  it.each([true, false])('asks for log messages, or does not: %s', async (wantsLog) => {
    const { url, joined } = await start();
    const level = wantsLog ? { 'io.modelcontextprotocol/logLevel': 'info' } : {};
    await postModern(url, 'tools/list', { _meta: { ...META, ...level } });
    expect(joined[0]!.client.wantsLog).toBe(wantsLog);
  });

  it('knows neither GET nor DELETE, and no session', async () => {
    const { url } = await start();
    const version = { 'mcp-protocol-version': '2026-07-28' };
    for (const reply of [await get(url, version), await ask(url, 'DELETE', version)]) {
      expect([reply.status, reply.headers.allow]).toEqual([405, 'POST']);
    }
    expect((await postModern(url, 'tools/list', {}, { 'mcp-session-id': 'any' })).status).toBe(200);
  });

  it.each([
    ['no _meta', { _meta: undefined }, ['_meta']],
    ['no version', { _meta: { ...META, [VERSION]: undefined } }, [VERSION]],
    [
      'no capabilities',
      { _meta: { [VERSION]: '2026-07-28' } },
      ['io.modelcontextprotocol/clientCapabilities'],
    ],
  ])('with %s is 400 and -32602', async (_, params, missing) => {
    const { url, joined } = await start();
    const reply = await postModern(url, 'server/discover', params, {}, 'x');
    expect(reply.status).toBe(400);
    expect(await reply.message(0)).toMatchObject({ id: 'x', error: { code: -32602, data: { missing } } });
    expect(joined).toEqual([]);
  });

  it.each([
    ['another version', 'tools/list', {}, { 'mcp-protocol-version': '2027-01-01' }],
    ['no method', 'tools/list', {}, { 'mcp-method': '' }],
    ['another method', 'tools/list', {}, { 'mcp-method': 'prompts/list' }],
    ['the method in capitals', 'tools/list', {}, { 'mcp-method': 'TOOLS/LIST' }],
    ['no name', 'tools/call', call('a'), { 'mcp-name': '' }],
    ['another name', 'tools/call', call('a'), { 'mcp-name': 'b' }],
    ['another uri', 'resources/read', { uri: 'test://a' }, { 'mcp-name': 'test://b' }],
    ['malformed Base64', 'prompts/get', call('Hello'), { 'mcp-name': '=?base64?SGVsbG8?=' }],
  ])('whose headers say %s is 400 and -32020', async (_, method, params, headers) => {
    const { url, joined } = await start();
    const reply = await postModern(url, method, params, headers);
    expect(reply.status).toBe(400);
    expect(await reply.message(0)).toMatchObject({ id: 1, error: { code: -32020 } });
    expect(joined).toEqual([]);
  });

  it('without any version header is -32020, although the body says which it is', async () => {
    const { url } = await start();
    const reply = await post(url, { jsonrpc: '2.0', id: 1, method: 'tools/list', params: { _meta: META } });
    expect(reply.status).toBe(400);
    expect(await reply.message(0)).toMatchObject({ error: { code: -32020 } });
  });

  it('may write names in Base64, and with white space around them', async () => {
    const { url } = await start();
    const encoded = `=?base64?${Buffer.from('tên').toString('base64')}?=`;
    expect((await postModern(url, 'tools/call', call('tên'), { 'mcp-name': encoded })).status).toBe(200);
    expect((await postModern(url, 'tools/call', call('a'), { 'mcp-name': '  a ' })).status).toBe(200);
  });

  it.each(['initialize', 'ping', 'logging/setLevel', 'resources/subscribe', 'resources/unsubscribe'])(
    'for %s, which there is no more, is 404 and -32601',
    async (method) => {
      const { url, joined } = await start();
      const reply = await postModern(url, method);
      expect(reply.status).toBe(404);
      expect(await reply.message(0)).toMatchObject({ id: 1, error: { code: -32601 } });
      expect(joined).toEqual([]);
    },
  );

  it.each([
    [-32601, 404],
    [-32020, 400],
    [-32021, 400],
    [-32022, 400],
    [-32602, 200],
    [-32603, 200],
    [42, 200],
  ])('that the server answers with %i has the HTTP status %i', async (code, status) => {
    const { url, joined } = await silent();
    const pending = postModern(url, 'tools/list');
    await eventually(() => joined[0]?.received.length);
    const error = `{"jsonrpc":"2.0","id":1,"error":{"code":${code},"message":"m","data":{"x":1.0}}}`;
    joined[0]!.send(error);
    const reply = await pending;
    await reply.ended();
    expect([reply.status, reply.text]).toEqual([status, error]);
  });

  it('with a version that the server has said it does not speak is 400 and -32022', async () => {
    const clock = new ManualClock();
    const { url, joined } = await startHttp({ clock }, () => ({ supportedVersions: ['2026-07-28'] }));
    await postModern(url, 'server/discover');
    const later = { _meta: { ...META, [VERSION]: '2030-01-01' } };
    const header = { 'mcp-protocol-version': '2030-01-01' };
    const reply = await postModern(url, 'server/discover', later, header);
    expect(reply.status).toBe(400);
    expect(await reply.message(0)).toMatchObject({
      error: { code: -32022, data: { supported: ['2026-07-28'], requested: '2030-01-01' } },
    });
    expect(joined).toHaveLength(1);
    // By then the server may be another one.
    await clock.advance(60_000);
    expect((await postModern(url, 'server/discover', later, header)).status).toBe(200);
  });

  it('repeats arguments in headers where the list of tools says so', async () => {
    const region = { type: 'string', 'x-mcp-header': 'Region' };
    const count = { type: 'integer', 'x-mcp-header': 'Count' };
    const inner = { type: 'object', properties: { count } };
    const inputSchema = { type: 'object', properties: { region, inner } };
    const { url } = await start({ tools: [{ name: 'a', inputSchema }, { name: 'b' }] });
    const status = async (given: object, headers: Record<string, string>, name = 'a') =>
      (await postModern(url, 'tools/call', call(name, given), headers)).status;
    const base64 = (text: string) => `=?base64?${Buffer.from(text).toString('base64')}?=`;
    expect(await status({ region: 'eu' }, {})).toBe(200);
    await postModern(url, 'tools/list');
    expect(await status({ region: 'eu' }, {})).toBe(400);
    expect(await status({ region: 'eu' }, { 'Mcp-Param-Region': 'us' })).toBe(400);
    expect(await status({ region: 'eu' }, { 'Mcp-Param-Region': 'eu' })).toBe(200);
    expect(await status({ region: 'Huế' }, { 'Mcp-Param-Region': base64('Huế') })).toBe(200);
    expect(await status({ region: 'Hello' }, { 'Mcp-Param-Region': '=?base64?SGVsbG8?=' })).toBe(400);
    expect(await status({ inner: { count: 42 } }, { 'Mcp-Param-Count': '42.0' })).toBe(200);
    expect(await status({ inner: { count: 42 } }, { 'Mcp-Param-Count': '43' })).toBe(400);
    expect(await status({ region: null }, {})).toBe(200);
    expect(await status({ region: 'eu' }, {}, 'b')).toBe(200);
  });

  it('is answered with an error when everything ends', async () => {
    const { http, url, joined } = await silent();
    const pending = postModern(url, 'tools/list');
    await eventually(() => joined[0]?.received.length);
    http.close();
    expect(await (await pending).message(0)).toMatchObject({ id: 1, error: { code: -31004 } });
    expect(joined[0]!.left).toHaveLength(1);
    expect((await postModern(url, 'tools/list')).status).toBe(503);
  });
});
