import { expect, test } from 'vitest';
import type { ServerOptions } from '../../../src/config/server-options.js';
import { startGateway } from '../../helpers/gateway.js';

const rules: Partial<ServerOptions> = {
  tools: { deny: ['delete_*'] },
  rename: { get_wx: 'thoi_tiet', delete_wx: 'safe' },
  checkArguments: true,
};
const keys = { an: 'key-of-an', binh: 'key-of-binh', chi: 'key-of-chi' };
const terms = {
  binh: { grant: { tools: ['get_*'] } },
  chi: { grant: { readOnly: true } },
};

const world = (options: Partial<ServerOptions>) =>
  startGateway({
    servers: { wx: { fixture: 'annotated.mjs', options } },
    gateway: { keys, terms },
    profiles: { kids: ['wx'] },
  });

/** A session of Streamable HTTP with a key, by hand: bodies go out as they are written. */
async function session(url: string, key: string) {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    authorization: `Bearer ${key}`,
  };
  const post = (body: string) => fetch(url, { method: 'POST', headers, body });
  const clientInfo = { name: 'test', version: '1' };
  const params = { protocolVersion: '2025-03-26', capabilities: {}, clientInfo };
  const first = await post(JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'initialize', params }));
  headers['mcp-session-id'] = first.headers.get('mcp-session-id')!;
  await first.text();
  await (await post('{"jsonrpc":"2.0","method":"notifications/initialized"}')).text();
  const raw = async (body: string) => (await post(body)).text();
  let id = 0;
  const call = (name: string, args: object = { city: 'Huế' }) => {
    id += 1;
    return raw(
      JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: args } }),
    );
  };
  const tools = async () =>
    [...(await raw('{"jsonrpc":"2.0","id":"list","method":"tools/list"}')).matchAll(/"name":"(\w+)"/g)].map(
      ([, name]) => name,
    );
  return { raw, call, tools };
}

test('rules hold at the address of a single server, of all, and of an agent', async () => {
  const { url, gateway } = await world(rules);
  for (const address of [url('wx'), url(), gateway.url({ agent: 'kids' })]) {
    const { call, tools } = await session(address, keys.an);
    expect(await tools()).toEqual(['thoi_tiet', 'received']);
    expect(await call('thoi_tiet')).toContain('"text":"get_wx"');
    expect(await call('thoi_tiet', { city: 1 })).toContain('city must be string');
    for (const name of ['get_wx', 'delete_wx', 'safe']) expect(await call(name)).toContain('-32602');
  }
  const { call } = await session(url('wx'), keys.an);
  expect(await call('received')).toContain(
    JSON.stringify(JSON.stringify(Array(3).fill('get_wx'))).slice(1, -1),
  );
});

test('each key has its own tools, whatever others of the same server may do', async () => {
  const { url } = await world({});
  for (const address of [url('wx'), url()]) {
    const [an, binh, chi] = await Promise.all(
      [keys.an, keys.binh, keys.chi].map((key) => session(address, key)),
    );
    expect(await an!.tools()).toEqual(['get_wx', 'delete_wx', 'received']);
    expect(await binh!.tools()).toEqual(['get_wx']);
    expect(await chi!.tools()).toEqual(['get_wx', 'received']);
    expect(await an!.call('delete_wx')).toContain('"text":"delete_wx"');
    for (const other of [binh!, chi!]) {
      expect(await other.call('get_wx')).toContain('"text":"get_wx"');
      expect(await other.call('delete_wx')).toMatch(/-31020|-32602/);
    }
  }
});

test('what is smuggled past a key reaches no server', async () => {
  const { url } = await world({});
  const binh = await session(url('wx'), keys.binh);
  const bad = '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"delete_wx","arguments":{}}}';
  for (const body of [
    bad,
    `[${bad}]`,
    `[{"jsonrpc":"2.0","id":2,"method":"ping"},${bad}]`,
    `[[${bad}],{"jsonrpc":"2.0","id":3,"method":"ping"}]`,
    `\ufeff${bad}`,
    bad.replace('"id":1,', ''),
    bad.replace('"id":1', '"id":null'),
    bad.replace('"id":1', '"id":{}'),
    bad.replace('"delete_wx"', '"delete\\u005fwx"'),
    bad.replace('"name"', '"n\\u0061me"'),
    bad.replace('"name":"delete_wx"', '"name":"get_wx","name":"delete_wx"'),
    bad.replace('"name":"delete_wx"', '"name":"delete_wx","name":"get_wx"'),
    bad.replace('"name":"delete_wx"', '"name":"get_wx","NAME":"delete_wx"'),
    bad.replace('"method":"tools/call"', '"method":"ping","method":"tools/call"'),
    bad.replace('"method":"tools/call"', '"m\\u0065thod":"tools/call"'),
    '{"params":{"arguments":{},"name":"delete_wx"},"id":9,"method":"tools/call","jsonrpc":"2.0"}',
    bad.replace('}}}', '},"task":{}}}'),
  ])
    expect(await binh.raw(body), body).not.toContain('"text"');
  const an = await session(url('wx'), keys.an);
  expect(await an.call('received')).toContain('"text":"[]"');
});

test('no call hides in a notification or an answer, for a server that reads keys in any letters', async () => {
  const { url } = await startGateway({
    servers: { wx: { fixture: 'annotated.mjs', env: { LOOSE: '1' } } },
    gateway: { keys, terms },
  });
  const chi = await session(url('wx'), keys.chi);
  for (const kind of ['"method":"notifications/x"', '"result":{}', '"method":"notifications/cancelled"'])
    await chi.raw(`{"jsonrpc":"2.0",${kind},"Method":"tools/call","ID":5,"params":{"name":"delete_wx"}}`);
  expect(await chi.call('get_wx')).toContain('"text":"get_wx"');
  expect(await chi.call('received')).toContain('[\\"get_wx\\"]');
});
