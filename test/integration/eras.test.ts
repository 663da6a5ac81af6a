import { expect, it, onTestFinished } from 'vitest';
import { eventually } from '../helpers/eventually.js';
import { FakeEndpoint } from '../helpers/fake-endpoint.js';
import { signal } from '../helpers/is-alive.js';
import { startLinks } from '../helpers/link.js';
import { isRemote } from '../helpers/strategy.js';

const _meta = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
  'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
};

async function start() {
  const fake = await FakeEndpoint.start();
  onTestFinished(() => fake.close());
  const test = startLinks([{ endpoint: fake.endpoint(), server: ['both-eras.mjs'] }]);
  return { fake, test };
}

it('carries a downstream of MCP 2026-07-28 to a real server that speaks both eras, over drops and crashes', async () => {
  const { fake, test } = await start();
  const first = await fake.connection();
  const discovered = await first.call(1, 'server/discover', { _meta });
  expect(discovered.result.supportedVersions).toContain('2026-07-28');
  const whoami = async (connection: typeof first, id: number) => {
    const { result } = await connection.call(id, 'tools/call', { name: 'whoami', arguments: {}, _meta });
    expect(result.resultType).toBe('complete');
    return Number(result.content[0].text);
  };
  const pid = await whoami(first, 2);
  first.drop();
  const second = await fake.connection(1);
  expect(await whoami(second, 1)).toBe(pid);
  signal(pid, 'SIGKILL');
  // Over HTTP there is no session that could end; a call that comes too early fails.
  if (!isRemote) await test.status('server-down');
  let id = 1;
  const next = await eventually(() => whoami(second, ++id), { what: 'an answer of the next process' });
  expect(next).not.toBe(pid);
  expect(test.all('server-replaced')).toMatchObject([{ why: 'modern-downstream' }]);
});

it('serves a downstream with initialize after one without', async () => {
  const { fake, test } = await start();
  const first = await fake.connection();
  await first.call(1, 'server/discover', { _meta });
  first.drop();
  const second = await fake.connection(1);
  expect((await second.greet()).result.protocolVersion).toBe('2024-11-05');
  expect((await second.call(1, 'tools/list')).result.tools).toHaveLength(1);
  expect(test.all('server-replaced').map(({ why }) => why)).toEqual([
    'modern-downstream',
    'legacy-downstream',
  ]);
});
