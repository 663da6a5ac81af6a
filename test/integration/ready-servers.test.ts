import { describe, expect, it, onTestFinished } from 'vitest';
import { CLOUD_INITIALIZE } from '../../src/protocol/mcp.js';
import { eventually } from '../helpers/eventually.js';
import { FakeEndpoint } from '../helpers/fake-endpoint.js';
import { type LinkUnderTest, startLinks } from '../helpers/link.js';
import { isMux } from '../helpers/strategy.js';

type Connection = Awaited<ReturnType<FakeEndpoint['connection']>>;
type Lines = {
  id?: unknown;
  method?: string;
  params?: { capabilities?: object };
  error?: { code: number };
}[];

async function start(server: LinkUnderTest['server'], more: Partial<LinkUnderTest> = {}) {
  const fake = await FakeEndpoint.start();
  onTestFinished(() => fake.close());
  const test = startLinks([{ endpoint: fake.endpoint(), server, ...more }]);
  return { fake, test, connection: await fake.connection() };
}

const { sampling, roots } = CLOUD_INITIALIZE.capabilities as Record<string, object>;
const initialize = (capabilities: object, protocolVersion = '2024-11-05') => ({
  protocolVersion,
  capabilities,
  clientInfo: { name: 'XiaozhiMCPEndpointClient', version: '1.0.0' },
});
const heard = async (connection: Connection, id: unknown) =>
  (JSON.parse(await connection.tool(id, 'received')) as string[]).map((line) => JSON.parse(line)) as Lines;
const initialised = (lines: Lines) =>
  lines.flatMap(({ method, params }) => (method === 'initialize' ? [params?.capabilities] : []));

describe('a ready server answers initialize at once, and lives on', () => {
  it.each([
    ['as the cloud asks', { sampling, roots }, []],
    ['as the self-hosted endpoint asks', { roots: { listChanged: true }, sampling: {} }, []],
    ['without roots', { sampling: {} }, [{ sampling: {} }]],
    ['without capabilities', {}, [{}]],
    ['with null for what is not there', { sampling: {}, roots, elicitation: null, tasks: false }, []],
    ['with elicitation', { sampling, roots, elicitation: {} }, [{ sampling, roots, elicitation: {} }]],
    ['with something experimental', { sampling, roots, experimental: { x: {} } }, []],
    ['with what nobody knows', { sampling, roots, telepathy: {} }, []],
  ])('%s', async (_, capabilities, told) => {
    const { fake, test, connection } = await start(['basic.mjs']);
    const pid = async (on: Connection, id: number) => on.tool(id, 'whoami');
    const { result } = await connection.greet(initialize(capabilities));
    expect(result.protocolVersion).toBe('2024-11-05');
    // What makes a difference to a server, the same process is told.
    expect(initialised(await heard(connection, 1))).toEqual([CLOUD_INITIALIZE.capabilities, ...told]);
    const first = await pid(connection, 2);
    expect(test.all('server-starting')).toHaveLength(1);
    // The next process is greeted so from the beginning.
    await connection.call(3, 'tools/call', { name: 'exit', arguments: {} });
    await test.status('server-ready', 1);
    expect(initialised(await heard(connection, 4))[0]).toEqual(JSON.parse(JSON.stringify(capabilities)));
    expect(await pid(connection, 5)).not.toBe(first);
    connection.close(1001);
    expect((await (await fake.connection(1)).greet(initialize(capabilities))).result).toBeDefined();
    expect(test.all('server-replaced')).toEqual([]);
    expect(test.all('server-starting')).toHaveLength(2);
  });

  it('which takes long to start: it is started once', async () => {
    const { test, connection } = await start(['slow-start.mjs'], { env: { START_MS: '1000' } });
    await connection.greet(initialize({ roots: { listChanged: true }, sampling: {} }));
    expect((await connection.call(1, 'tools/list')).result.tools.length).toBeGreaterThan(0);
    expect(test.all('server-starting')).toHaveLength(1);
    const { afterMs } = await test.status('client-initialized');
    // A second start would have taken as long as the first.
    expect(afterMs).toBeLessThan((await test.status('server-ready')).tookMs);
  });

  it('whoever of several callers comes first after a drop', async () => {
    const { fake, test, connection } = await start(['basic.mjs']);
    await connection.greet(initialize({ roots: { listChanged: true }, sampling: {} }));
    expect(await connection.tool(1, 'counter')).toBe('1');
    const others = [
      initialize({}),
      initialize({ elicitation: {} }, '2025-11-25'),
      { ...CLOUD_INITIALIZE },
      initialize({}, '2025-06-18'),
    ];
    for (const [i, other] of others.entries()) {
      fake.connections.at(-1)!.drop();
      const next = await fake.connection(i + 1);
      expect((await next.greet(other)).result.protocolVersion).toBe(other.protocolVersion);
      expect(await next.tool(1, 'counter')).toBe(String(i + 2));
    }
    expect(test.all('server-replaced')).toEqual([]);
  });

  it('though it is busy when another caller of a relaying endpoint comes', async () => {
    const { test, connection } = await start(['stops-reading.mjs']);
    await connection.greet();
    connection.send({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'block' } });
    const { result } = await connection.call(2, 'initialize', initialize({ elicitation: {} }));
    expect(result.protocolVersion).toBe('2024-11-05');
    expect([...test.all('server-replaced'), ...test.all('server-down')]).toEqual([]);
  });

  it('though it refuses to be initialised twice', async () => {
    const { fake, test, connection } = await start(['once.mjs']);
    await connection.greet(initialize({}));
    await connection.tool(1, 'whoami');
    connection.drop();
    const second = await fake.connection(1);
    const { result } = await second.greet(initialize({}, '2025-06-18'));
    expect(result.protocolVersion).toBe('2024-11-05');
    expect(await second.tool(1, 'whoami')).toBeDefined();
    expect([...test.all('server-replaced'), ...test.all('server-down')]).toEqual([]);
  });

  it('that has served MCP 2026-07-28, when somebody comes with initialize, and the other way round', async () => {
    const { fake, test, connection } = await start(['both-eras.mjs']);
    const _meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': {},
      'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
    };
    await connection.greet();
    const whoami = { name: 'whoami', arguments: {} };
    const { result } = await connection.call(1, 'tools/call', whoami);
    connection.drop();
    const second = await fake.connection(1);
    await second.call(1, 'tools/list', { _meta });
    expect(test.all('server-replaced').filter(({ server }) => !isMux || server !== undefined)).toEqual([]);
    second.drop();
    const third = await fake.connection(2);
    await third.greet();
    expect((await third.call(1, 'tools/call', whoami)).result.content).toEqual(result.content);
    expect(test.all('server-starting')).toHaveLength(1);
  });
});

describe('what an endpoint cannot be asked', () => {
  it('is refused for it, when the server was told otherwise', async () => {
    const { connection } = await start(['asker.mjs']);
    await connection.greet(initialize({}));
    const line = JSON.stringify({ jsonrpc: '2.0', id: 'q', method: 'roots/list' });
    await connection.tool(1, 'say', { line });
    const answer = await eventually(async () =>
      (await heard(connection, crypto.randomUUID())).find(({ id }) => id === 'q'),
    );
    expect(answer.error?.code).toBe(-32601);
    expect(connection.frames.filter((frame) => JSON.parse(frame).method === 'roots/list')).toEqual([]);
  });

  it('costs a server that is known to ask for it its process, unless somebody uses it', async () => {
    const { fake, test, connection } = await start(['asks-early.mjs']);
    // It has asked before anybody came, so what it offers may depend on the answer.
    await connection.greet(initialize({ sampling: {} }));
    expect(initialised(await heard(connection, 1))).toEqual([{ sampling: {} }]);
    const replaced = test.all('server-replaced').filter(({ server }) => !isMux || server !== undefined);
    expect(replaced).toMatchObject([{ why: 'handshake-differs' }]);
    const pid = await connection.tool(2, 'whoami');
    connection.drop();
    const second = await fake.connection(1);
    await second.greet();
    expect(await second.tool(1, 'whoami')).toBe(pid);
  });
});
