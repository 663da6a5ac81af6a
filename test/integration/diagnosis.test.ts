import { expect, it, onTestFinished } from 'vitest';
import { formatCause } from '../../src/messages/words.js';
import type { Cause } from '../../src/protocol/diagnosis.js';
import { Endpoint } from '../../src/protocol/endpoint.js';
import { CLOUD_INITIALIZE } from '../../src/protocol/mcp.js';
import { clock } from '../helpers/clock.js';
import { type FakeConnection, FakeEndpoint, type FakeEndpointOptions } from '../helpers/fake-endpoint.js';
import { startLinks, type TestDaemon } from '../helpers/link.js';

async function start(options: FakeEndpointOptions = {}) {
  const fake = await FakeEndpoint.start(options);
  onTestFinished(() => fake.close());
  return fake;
}

it.each<[string, (connection: FakeConnection) => void, Cause, number]>([
  ['4004', (c) => c.close(4004, 'Internal server error'), 'endpoint-error', 4004],
  ['1008', (c) => c.close(1008, 'token解密失败'), 'token-rejected', 1008],
  ['1000 replaced', (c) => c.close(1000, '新连接替换'), 'replaced', 1000],
  ['1000', (c) => c.close(1000), 'closed-by-endpoint', 1000],
  ['1006', (c) => c.drop(), 'connection-lost', 1006],
  ['1009', (c) => c.close(1009), 'message-too-big', 1009],
  ['1011', (c) => c.close(1011, 'keepalive ping timeout'), 'endpoint-failed', 1011],
  ['1012', (c) => c.close(1012), 'endpoint-restarting', 1012],
])('tells a close with %s from the others', async (_, close, cause, code) => {
  const fake = await start({
    onConnection: (connection) =>
      void connection
        .greet()
        .then(() => close(connection))
        .catch(() => {}),
  });
  const test = startLinks([{ endpoint: fake.endpoint(), server: ['basic.mjs'] }]);
  const { diagnosis } = await test.status('down');
  expect(diagnosis).toMatchObject({ cause, code, initialize: 'answered', siblings: 0 });
});

it.each<[number, Cause]>([
  [401, 'http-unauthorized'],
  [403, 'http-forbidden'],
  [404, 'http-not-found'],
  [429, 'http-rate-limited'],
  [503, 'http-server-error'],
])('tells HTTP %i at the upgrade from the others, and obeys Retry-After', async (status, cause) => {
  const fake = await start({
    refuse: () => ({ status, headers: { 'Retry-After': '120' } }),
  });
  const test = startLinks([{ endpoint: fake.endpoint(), server: ['basic.mjs'] }]);
  const down = await test.status('down');
  expect(down.diagnosis).toMatchObject({ cause, code: status, openForMs: undefined });
  expect(down.nextDialMs).toBeGreaterThanOrEqual(120_000);
});

it('tells an address where nothing listens, and one that does not exist', async () => {
  const fake = await FakeEndpoint.start();
  const gone = fake.endpoint();
  await fake.close();
  const refused = startLinks([{ endpoint: gone, server: ['basic.mjs'] }]);
  expect((await refused.status('down')).diagnosis).toMatchObject({
    cause: 'refused',
    reason: 'ECONNREFUSED',
  });
  const nowhere = new Endpoint('ws://nowhere.invalid/mcp/?token=abcdefgh');
  const dns = startLinks([{ endpoint: nowhere, server: ['basic.mjs'] }]);
  expect((await dns.status('down')).diagnosis.cause).toBe('dns');
});

it('tells a TLS failure: wss:// spoken to a plain port', async () => {
  const fake = await start();
  const endpoint = new Endpoint(fake.endpoint().href.replace('ws:', 'wss:'));
  const test = startLinks([{ endpoint, server: ['basic.mjs'] }]);
  expect((await test.status('down')).diagnosis.cause).toBe('tls');
});

it('takes a 4004 while its server owes the answer to initialize for the server’s slowness', async () => {
  const fake = await start({
    onConnection: (connection) => {
      connection.send({
        jsonrpc: '2.0',
        id: 0,
        method: 'initialize',
        params: { protocolVersion: '2024-11-05', capabilities: {} },
      });
      // The server runs, and has had some time.
      void test
        .status('server-stderr')
        .then(() => clock.after(700, () => connection.close(4004, 'Internal server error')));
    },
  });
  const test: TestDaemon = startLinks([
    { endpoint: fake.endpoint(), server: ['never-answers.mjs'], handshake: 'passthrough' },
  ]);
  const { diagnosis, stderrTail } = await test.status('down');
  expect(diagnosis).toMatchObject({ cause: 'initialize-unanswered', initialize: 'unanswered' });
  expect(stderrTail.length).toBeGreaterThan(0);
});

it('takes a 4004 while a sibling holds the token for the limit', async () => {
  const fake = await start({
    onConnection: (connection, index) => {
      if (index === 0) void connection.greet().catch(() => {});
      else connection.close(4004, 'Internal server error');
    },
  });
  const both = { endpoint: fake.endpoint(), settings: { connectionsPerToken: 2 } };
  const test = startLinks([
    { ...both, server: ['basic.mjs'], name: 'one' },
    { ...both, server: ['slow-start.mjs'], env: { START_MS: '3000' }, name: 'two' },
  ]);
  const down = await test.status('down');
  expect(down).toMatchObject({ link: 'two', diagnosis: { cause: 'token-limit', siblings: 1 } });
  expect(down.nextDialMs).toBeGreaterThanOrEqual(15_000);
});

it('does not fight whoever replaced it, and does not hurry back to an endpoint that refused the token', async () => {
  for (const [code, reason, least] of [
    [1000, '新连接替换', 15_000],
    [1008, '无对应agentId', 30_000],
  ] as const) {
    const fake = await start({ onConnection: (connection) => connection.close(code, reason) });
    const test = startLinks([{ endpoint: fake.endpoint(), server: ['basic.mjs'] }]);
    const down = await test.status('down');
    expect(down.nextDialMs).toBeGreaterThanOrEqual(least);
    expect(down.diagnosis.reason).toBe(reason);
  }
});

const unreachable = { SAYS: 'upstream unreachable', CODE: '-32000' };

it.each<[string, (connection: FakeConnection) => void, Cause]>([
  ['4004', (c) => c.close(4004, 'Internal server error'), 'initialize-refused'],
  ['1011', (c) => c.close(1011), 'initialize-refused'],
  ['1000', (c) => c.close(1000), 'initialize-refused'],
  ['1006', (c) => c.drop(), 'initialize-refused'],
  ['a code of its own', (c) => c.close(4321), 'initialize-refused'],
  // What says its own reason is believed.
  ['1008', (c) => c.close(1008), 'token-rejected'],
  ['1000 replaced', (c) => c.close(1000, '新连接替换'), 'replaced'],
  ['1012', (c) => c.close(1012), 'endpoint-restarting'],
])(
  'knows that the server has refused initialize when the endpoint then closes with %s',
  async (_, close, cause) => {
    const fake = await start({
      onConnection: (connection) =>
        void connection.call(0, 'initialize', { ...CLOUD_INITIALIZE }).then(() => close(connection)),
    });
    const test = startLinks([{ endpoint: fake.endpoint(), server: ['refuses.mjs'], env: unreachable }]);
    const { diagnosis } = await test.status('down');
    expect(diagnosis.cause).toBe(cause);
    if (cause !== 'initialize-refused') return expect(diagnosis.refusal).toBeUndefined();
    expect(diagnosis).toMatchObject({
      initialize: 'answered',
      refusal: { by: 'server', method: 'initialize', code: -32000, message: 'upstream unreachable' },
    });
    for (const lang of ['en', 'vi'] as const) {
      const words = formatCause(diagnosis, lang);
      expect(words.what).toContain('"upstream unreachable" (-32000)');
      expect(words.next).not.toMatch(/another program|chương trình khác/);
    }
  },
);

it('does not blame a refusal that a later initialize made up for', async () => {
  const fake = await start({
    onConnection: async (connection) => {
      await connection.call(0, 'initialize', { ...CLOUD_INITIALIZE, protocolVersion: '2025-11-25' });
      await connection.call(1, 'initialize', { ...CLOUD_INITIALIZE });
      connection.close(4004);
    },
  });
  const env = { ...unreachable, REFUSED: '2025-11-25' };
  const test = startLinks([{ endpoint: fake.endpoint(), server: ['refuses.mjs'], env }]);
  expect((await test.status('down')).diagnosis.cause).toBe('endpoint-error');
});

it('knows what else was just answered with an error', async () => {
  const fake = await start({
    onConnection: async (connection) => {
      await connection.greet();
      await connection.call(1, 'no/such/method');
      connection.close(4004);
    },
  });
  const test = startLinks([{ endpoint: fake.endpoint(), server: ['basic.mjs'] }]);
  const { diagnosis } = await test.status('down');
  expect(diagnosis).toMatchObject({
    cause: 'endpoint-error',
    refusal: { method: 'no/such/method', code: -32601 },
  });
  expect(formatCause(diagnosis, 'en').what).toContain('just after no/such/method had been answered with one');
});

it('says that no server was there to answer initialize', async () => {
  const fake = await start({
    onConnection: async (connection) => {
      connection.send({ jsonrpc: '2.0', id: 0, method: 'initialize', params: { ...CLOUD_INITIALIZE } });
      await connection.reply(0);
      connection.close(4004);
    },
  });
  const settings = { holdTimeoutMs: 100, minDelayMs: 60_000, maxDelayMs: 60_000 };
  const link = { endpoint: fake.endpoint(), server: ['dies-of-initialize.mjs'], settings } as const;
  // Only there does an initialize of the endpoint meet a server that has not answered ours.
  const test = startLinks([{ ...link, handshake: 'passthrough' }]);
  const { diagnosis } = await test.status('down');
  expect(diagnosis).toMatchObject({
    cause: 'initialize-refused',
    refusal: { by: 'mcp-pipe', method: 'initialize' },
  });
  expect(formatCause(diagnosis, 'en').what).toMatch(/no server was there to answer initialize/);
});
