import { describe, expect, onTestFinished, test } from 'vitest';
import type { ServerOptions } from '../../../src/config/server-options.js';
import { ErrorCode } from '../../../src/protocol/jsonrpc.js';
import { startGateway } from '../../helpers/gateway.js';
import { StreamClient, type StreamMessage } from '../../helpers/stream-clients.js';

const rules: Partial<ServerOptions> = {
  tools: { deny: ['delete_*'] },
  rename: { get_wx: 'thoi_tiet' },
};
const keys = { an: 'key-of-an-123456', chi: 'key-of-chi-12345' };
const terms = { chi: { grant: { readOnly: true } } };

describe.each(['ws', 'sse'] as const)('rules for clients over %s', (kind) => {
  async function opened(options: Partial<ServerOptions>, rate?: { calls: number; perMs: number }) {
    const { gateway } = await startGateway({
      servers: { wx: { fixture: 'annotated.mjs', options } },
      gateway: { keys, terms, rate },
    });
    return async (key: string) => {
      const url = gateway.url({ server: 'wx' }, kind);
      const client = await StreamClient.initialized(url, { authorization: `Bearer ${key}` });
      onTestFinished(() => client.drop());
      return client;
    };
  }
  const names = async (client: StreamClient): Promise<string[]> =>
    (await client.ask('tools/list')).result.tools.map(({ name }: { name: string }) => name);
  const answerOf = ({ result, error }: StreamMessage) => error?.code ?? result.content[0].text;
  const call = async (client: StreamClient, name: string) =>
    answerOf(await client.call(name, { city: 'Huế' }));

  test('a denied tool is none, and a renamed one has its new name alone', async () => {
    const an = await (await opened(rules))(keys.an);
    expect(await names(an)).toEqual(['thoi_tiet', 'received']);
    expect(await call(an, 'thoi_tiet')).toBe('get_wx');
    for (const name of ['get_wx', 'delete_wx']) expect(await call(an, name)).toBe(-32602);
    expect(await call(an, 'received')).toBe('["get_wx"]');
  });

  test('a key that may only read does so, whatever others may do', async () => {
    const open = await opened({});
    const [an, chi] = [await open(keys.an), await open(keys.chi)];
    expect(await names(chi)).toEqual(['get_wx', 'received']);
    expect([await call(chi, 'get_wx'), await call(chi, 'delete_wx')]).toEqual([
      'get_wx',
      ErrorCode.notAllowed,
    ]);
    expect(await call(an, 'delete_wx')).toBe('delete_wx');
  });

  test('the rate of a key holds over its connections, and no other key pays for it', async () => {
    const open = await opened({}, { calls: 2, perMs: 3_600_000 });
    const [one, other, chi] = [await open(keys.an), await open(keys.an), await open(keys.chi)];
    expect([await call(one, 'get_wx'), await call(other, 'get_wx')]).toEqual(['get_wx', 'get_wx']);
    const beyond = async (client: StreamClient) =>
      // Over HTTP+SSE the POST itself is refused.
      kind === 'sse'
        ? client.send({ id: 9, method: 'tools/call', params: { name: 'get_wx', arguments: {} } })
        : call(client, 'get_wx');
    for (const client of [one, other])
      expect(await beyond(client)).toBe(kind === 'sse' ? 429 : ErrorCode.tooManyCalls);
    expect(await call(chi, 'get_wx')).toBe('get_wx');
  });
});
