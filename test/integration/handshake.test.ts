import { describe, expect, it, onTestFinished } from 'vitest';
import { startEndpoint } from '../../src/faces/endpoint/server.js';
import { Endpoint } from '../../src/protocol/endpoint.js';
import { CLOUD_INITIALIZE } from '../../src/protocol/mcp.js';
import { clock } from '../helpers/clock.js';
import { isKnownToHaveEnded } from '../helpers/ended-servers.js';
import { eventually } from '../helpers/eventually.js';
import { FakeEndpoint, type FakeEndpointOptions } from '../helpers/fake-endpoint.js';
import { startLinks } from '../helpers/link.js';
import { expected, isMux, isShared } from '../helpers/strategy.js';

async function start(options: FakeEndpointOptions = {}) {
  const fake = await FakeEndpoint.start(options);
  onTestFinished(() => fake.close());
  return fake;
}

const received = async (connection: Awaited<ReturnType<FakeEndpoint['connection']>>, id: unknown = 'r') =>
  (JSON.parse(await connection.tool(id, 'received')) as string[]).map((line) => JSON.parse(line));

/** Without the list that a multiplexer needs to know whose tool it is. */
const methodsOf = (lines: { method: string }[]) =>
  lines.map(({ method }) => method).filter((method) => !isMux || method !== 'tools/list');

describe('a link dials only when its server answers', () => {
  it('does not dial while the server starts, and then answers initialize at once', async () => {
    const fake = await start();
    const test = startLinks([
      { endpoint: fake.endpoint(), server: ['slow-start.mjs'], env: { START_MS: '1500' } },
    ]);
    await eventually(() => test.all('link-state').some(({ to }) => to === 'starting'));
    const connection = await fake.connection();
    const ready = await test.status('server-ready');
    expect(ready.tookMs).toBeGreaterThan(1_400);
    expect(test.statuses.findIndex(({ type }) => type === 'server-ready')).toBeLessThan(
      test.statuses.findIndex(({ type }) => type === 'dialing'),
    );
    const asked = clock.now();
    await connection.greet();
    // It would have had to start a server otherwise.
    expect(clock.now() - asked).toBeLessThan(ready.tookMs);
    expect((await test.status('client-initialized')).client).toBe('xz-mcp-broker 0.0.1');
  });

  it('shows the last stderr lines of a server that never answers, and does not dial', async () => {
    const fake = await start();
    const test = startLinks([
      {
        endpoint: fake.endpoint(),
        server: ['never-answers.mjs'],
        settings: { initializeWarnMs: 200, initializeTimeoutMs: 3_000 },
      },
    ]);
    const slow = await test.status('server-slow');
    expect(slow.timeoutMs).toBe(3_000);
    const down = await test.status('server-down');
    expect(down).toMatchObject({ why: 'unanswered', failures: 1 });
    expect(down.stderrTail.length).toBeGreaterThanOrEqual(2);
    expect(fake.dials).toEqual([]);
  });

  it('gives the server one initialize and one initialized, however often the endpoint comes back', async () => {
    const fake = await start();
    startLinks([{ endpoint: fake.endpoint(), server: ['basic.mjs'] }]);
    for (let i = 0; i < 3; i++) {
      const connection = await fake.connection(i);
      const { result } = await connection.greet();
      expect(result.protocolVersion).toBe('2024-11-05');
      if (i === 2) {
        const methods = (await received(connection)).map(({ method }) => method);
        expect(methods.filter((method) => method === 'initialize')).toHaveLength(1);
        expect(methods.filter((method) => method === 'notifications/initialized')).toHaveLength(1);
        expect(methods.indexOf('notifications/initialized')).toBe(1);
      }
      connection.close(1001);
    }
  });
});

describe('downstreams that differ from the expected one', () => {
  it('get a fresh server that is initialised with their own words when they speak another version', async () => {
    const params = { ...CLOUD_INITIALIZE, protocolVersion: '2025-06-18' };
    const fake = await start();
    const test = startLinks([{ endpoint: fake.endpoint(), server: ['basic.mjs'] }]);
    const connection = await fake.connection();
    const frame = `{"jsonrpc":"2.0","id":"their-own","method":"initialize","params":${JSON.stringify(params)}}`;
    connection.send(frame);
    const { result } = await connection.reply('their-own');
    expect(result.protocolVersion).toBe(params.protocolVersion);
    connection.send({ jsonrpc: '2.0', method: 'notifications/initialized' });
    const lines = JSON.parse(await connection.tool(5, 'received')) as string[];
    expect(lines[0]).toBe(frame.replace('"their-own"', '0'));
    expect(JSON.parse(lines[1]!).method).toBe('notifications/initialized');
    expect(test.all('server-replaced')).toMatchObject([{ why: 'handshake-differs' }]);
    expect(test.all('server-down')).toEqual([]);
    // The next connection is greeted from the record, by the same process.
    const pid = await connection.tool(6, 'whoami');
    connection.close(1001);
    const next = await fake.connection(1);
    await next.greet(params, 'again');
    expect(await next.tool(7, 'whoami')).toBe(pid);
  });

  it('may send everything without waiting for answers', async () => {
    const fake = await start();
    startLinks([{ endpoint: fake.endpoint(), server: ['basic.mjs'] }]);
    const connection = await fake.connection();
    connection.send({
      jsonrpc: '2.0',
      id: 1,
      method: 'initialize',
      params: { protocolVersion: '2025-03-26', capabilities: {} },
    });
    connection.send({ jsonrpc: '2.0', method: 'notifications/initialized' });
    connection.send({ jsonrpc: '2.0', id: 2, method: 'tools/list' });
    expect((await connection.reply(1)).result.protocolVersion).toBe('2025-03-26');
    expect((await connection.reply(2)).result.tools.length).toBeGreaterThan(0);
  });

  it('get a server that was never initialised when they speak MCP 2026-07-28', async () => {
    const fake = await start();
    const test = startLinks([{ endpoint: fake.endpoint(), server: ['basic.mjs'] }]);
    const connection = await fake.connection();
    const _meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': {},
    };
    const call = (id: number, name: string) =>
      connection
        .call(id, 'tools/call', { name, arguments: {}, _meta })
        .then(({ result }) => result.content[0].text as string);
    const lines = (JSON.parse(await call(1, 'received')) as string[]).map((line) => JSON.parse(line).method);
    // A multiplexer finds out that the server is of an earlier revision, and speaks that to it.
    const asked = ['initialize', 'notifications/initialized', 'tools/list', 'tools/call'];
    expect(lines).toEqual(expected({ pipe: ['tools/call'], mux: asked }));
    const replaced = expected({
      pipe: ['modern-downstream'],
      mux: ['modern-downstream', 'legacy-downstream'],
    });
    expect(test.all('server-replaced').map(({ why }) => why)).toEqual(replaced);
    const pid = await call(2, 'whoami');
    connection.close(1001);
    const next = await fake.connection(1);
    const again = await next.call(1, 'tools/call', { name: 'whoami', arguments: {}, _meta });
    expect(again.result.content[0].text).toBe(pid);
    expect(test.all('server-replaced')).toHaveLength(replaced.length);
  });

  it('are served by the same process when a second caller of a relaying endpoint initialises differently', async () => {
    const fake = await start();
    const test = startLinks([{ endpoint: fake.endpoint(), server: ['basic.mjs'] }]);
    const connection = await fake.connection();
    await connection.greet();
    const pid = await connection.tool(1, 'whoami');
    const other = { protocolVersion: '2025-11-25', capabilities: {} };
    expect((await connection.call('b', 'initialize', other)).result.protocolVersion).toBe('2025-11-25');
    expect(await connection.tool(2, 'whoami')).toBe(pid);
    expect(test.all('server-replaced')).toEqual([]);
  });

  it('get the server to work by the capabilities of the caller that initialised last', async () => {
    const fake = await start();
    const test = startLinks([{ endpoint: fake.endpoint(), server: ['basic.mjs'] }]);
    const connection = await fake.connection();
    await connection.greet();
    const others = [{ elicitation: {} }, {}];
    for (const capabilities of others) {
      await connection.call('b', 'initialize', { ...CLOUD_INITIALIZE, capabilities });
    }
    // Known already, but the server has been told something else since; the second time it has not.
    for (let i = 0; i < 2; i++) {
      const { result } = await connection.call('c', 'initialize', { ...CLOUD_INITIALIZE });
      expect(result.protocolVersion).toBe('2024-11-05');
    }
    const told = (await received(connection)).filter(({ method }) => method === 'initialize');
    const first = CLOUD_INITIALIZE.capabilities;
    expect(told.map(({ params }) => params.capabilities)).toEqual([first, ...others, first]);
    expect(test.all('server-replaced')).toEqual([]);
  });

  it('need not initialise again after a drop when they relay for callers', async () => {
    const fake = await start();
    startLinks([{ endpoint: fake.endpoint(), server: ['basic.mjs'] }]);
    const first = await fake.connection();
    await first.greet();
    const count = await first.tool(1, 'counter');
    first.drop();
    const second = await fake.connection(1);
    expect(Number(await second.tool(2, 'counter'))).toBe(Number(count) + 1);
  });
});

describe('handshake: "passthrough"', () => {
  it('leaves initialize to the endpoint and gives each handshake its own process', async () => {
    const fake = await start();
    const test = startLinks([{ endpoint: fake.endpoint(), server: ['basic.mjs'], handshake: 'passthrough' }]);
    const first = await fake.connection();
    await first.greet({ ...CLOUD_INITIALIZE }, 'mine');
    const lines = await received(first);
    // A multiplexer asks for itself, under ids of its own.
    const initialize = lines.find(({ method }) => method === 'initialize');
    expect(initialize.id).toEqual(expected({ pipe: 'mine', mux: expect.stringMatching(/^mcp-pipe-mux-/) }));
    expect(initialize.params).toEqual(CLOUD_INITIALIZE);
    expect(methodsOf(lines)).toEqual(['initialize', 'notifications/initialized', 'tools/call']);
    first.close(1001);
    const second = await fake.connection(1);
    await second.greet();
    expect(methodsOf(await received(second))).toEqual([
      'initialize',
      'notifications/initialized',
      'tools/call',
    ]);
    expect(test.all('server-replaced')).toMatchObject([{ why: 'passthrough' }]);
  });

  it('replays the handshake to a server that comes back behind an open socket', async () => {
    const fake = await start();
    const test = startLinks([{ endpoint: fake.endpoint(), server: ['basic.mjs'], handshake: 'passthrough' }]);
    const connection = await fake.connection();
    await connection.greet();
    await connection.call(1, 'tools/call', { name: 'exit', arguments: { code: 3 } });
    await isKnownToHaveEnded(test);
    expect(methodsOf(await received(connection))).toEqual([
      'initialize',
      'notifications/initialized',
      'tools/call',
    ]);
  });
});

it('an endpoint that gives up on initialize quickly never does so on a server that starts slowly', async () => {
  const endpoint = await startEndpoint({ initializeTimeoutMs: 300 });
  onTestFinished(() => endpoint.close());
  const test = startLinks([
    {
      endpoint: new Endpoint(endpoint.serverUrl('token-of-a-slow-one')),
      server: ['slow-start.mjs'],
      env: { START_MS: '2000' },
    },
  ]);
  await test.status('client-initialized');
  expect(test.all('down')).toEqual([]);
  expect(endpoint.dials('token-of-a-slow-one')).toHaveLength(1);
});

describe('a server that answers initialize with an error', () => {
  it('is never called ready or working; the endpoint gets its words', async () => {
    const fake = await start();
    const test = startLinks([{ endpoint: fake.endpoint(), server: ['refuses.mjs'] }]);
    expect(await test.status('server-refused')).toMatchObject({
      code: -32602,
      message: 'Unsupported protocol version 2024-11-05',
    });
    const connection = await fake.connection();
    const { error } = await connection.greet();
    expect(error.message).toBe('Unsupported protocol version 2024-11-05');
    expect([...test.all('server-ready'), ...test.all('client-initialized')]).toEqual([]);
  });

  it('works as soon as the endpoint asks for what it speaks', async () => {
    const fake = await start();
    const env = { REFUSED: '2024-11-05' };
    const test = startLinks([{ endpoint: fake.endpoint(), server: ['refuses.mjs'], env }]);
    const connection = await fake.connection();
    const { result } = await connection.greet({ ...CLOUD_INITIALIZE, protocolVersion: '2025-11-25' });
    expect(result.protocolVersion).toBe('2025-11-25');
    expect(await test.status('client-initialized')).toMatchObject({ protocolVersion: '2025-11-25' });
    // A multiplexer says it twice before it dials: as its own greeting, and as that of the link.
    const refusals = test.all('server-refused').length;
    // Not again once a second client is connected.
    if (isShared) expect(refusals).toBeGreaterThan(0);
    else expect(refusals).toBe(expected({ pipe: 1, mux: 2 }));
    expect([...test.all('server-replaced'), ...test.all('server-down')]).toEqual([]);
  });
});
