import { describe, expect, onTestFinished, test } from 'vitest';
import type { Settings } from '../../src/config/defaults.js';
import { type JsonRpcError, openCaller } from '../../src/faces/endpoint/caller.js';
import { startEndpoint } from '../../src/faces/endpoint/server.js';
import { Endpoint } from '../../src/protocol/endpoint.js';
import { ErrorCode } from '../../src/protocol/jsonrpc.js';
import { CLOUD_INITIALIZE } from '../../src/protocol/mcp.js';
import type { Status } from '../../src/protocol/status.js';
import { eventually, PATIENCE_MS } from '../helpers/eventually.js';
import { type FakeConnection, FakeEndpoint } from '../helpers/fake-endpoint.js';
import { isAlive } from '../helpers/is-alive.js';
import {
  basic,
  planRotate,
  quick,
  startPlans,
  startRotate,
  type TestDaemon,
  type TurnUnderTest,
} from '../helpers/link.js';
import { isMemory } from '../helpers/strategy.js';

const CLIENT = {
  protocolVersion: '2025-06-18',
  capabilities: { roots: {} },
  clientInfo: { name: 'tester', version: '3' },
};

const missing = (name: string): TurnUnderTest => ({ name, server: ['crash-on-start.mjs'] });

/** What is asked in each connection as soon as it is initialised: until it is answered, the turn goes on. */
const ASKED = {
  who: ['env', { name: 'WHO' }],
  pid: ['whoami', {}],
  count: ['counter', {}],
  lines: ['received', {}],
};

async function initializeServer(
  connection: FakeConnection,
  params: Record<string, unknown> = { ...CLOUD_INITIALIZE },
) {
  await connection.greet(params);
  for (const [id, [name, args]] of Object.entries(ASKED))
    connection.send({ jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: args } });
}

const told = async (connection: FakeConnection, id: keyof typeof ASKED) =>
  (await connection.reply(id)).result.content[0].text;
const whoIs = (connection: FakeConnection) => told(connection, 'who');
const whoIsNow = (connection: FakeConnection) => connection.tool('now', 'env', { name: 'WHO' });

interface World {
  fake: FakeEndpoint;
  link: TestDaemon;
  /** The n-th connection, initialised. */
  turn: (index: number) => Promise<FakeConnection>;
}

async function world(
  members: readonly TurnUnderTest[],
  settings: Partial<Settings> = {},
  dwellMs = 150,
  client?: Record<string, unknown>,
): Promise<World> {
  const greeted: Promise<unknown>[] = [];
  const fake = await FakeEndpoint.start({
    onConnection: (connection) => greeted.push(initializeServer(connection, client).catch(() => {})),
  });
  onTestFinished(() => fake.close());
  const link = startRotate({
    endpoint: fake.endpoint(),
    members,
    dwellMs,
    settings: { rotateKeepMs: 0, ...settings },
  });
  const turn = async (index: number) => {
    const connection = await fake.connection(index);
    await greeted[index];
    return connection;
  };
  return { fake, link, turn };
}

const turnsOf = (link: TestDaemon) => link.all('rotating').map(({ from, to, why }) => [from, to, why]);

describe('servers that take turns', () => {
  test('have the connection one after the other, in order', async () => {
    const { link, turn } = await world(['a', 'b', 'c'].map((name) => basic(name)));
    for (const [index, name] of ['a', 'b', 'c', 'a'].entries())
      expect(await whoIs(await turn(index))).toBe(name);
    expect(turnsOf(link).slice(0, 4)).toEqual([
      [undefined, 'a', 'first'],
      ['a', 'b', 'dwell'],
      ['b', 'c', 'dwell'],
      ['c', 'a', 'dwell'],
    ]);
    expect(link.all('down')).toEqual([]);
  });

  test('have as long as each one was given', async () => {
    const { fake, turn } = await world([basic('a', { dwellMs: 3_000 }), basic('b', { dwellMs: 100 })], {
      rotateKeepMs: 60_000,
    });
    await turn(2);
    const [first, second, third] = fake.connections;
    expect(second!.openedAt - first!.openedAt).toBeGreaterThan(2_900);
    // In memory nothing else takes time; elsewhere the start of the next server may.
    if (isMemory) expect(third!.openedAt - second!.openedAt).toBeLessThan(1_000);
  });

  test('are ready before the connection of the one before is closed', async () => {
    const { link, fake, turn } = await world([basic('a'), basic('b')]);
    await turn(1);
    const types = link.statuses.map(({ type, server }) => `${type} ${server ?? ''}`);
    expect(types.indexOf('server-ready b')).toBeLessThan(types.lastIndexOf('rotating '));
    expect(await fake.connections[0]!.closed).toMatchObject({
      code: 1000,
      reason: 'the turn of b begins',
    });
  });

  test('are greeted with what the endpoint sent the one before', async () => {
    const { link, turn } = await world([basic('a'), basic('b')], { rotateKeepMs: 60_000 }, 150, CLIENT);
    const received = JSON.parse(await told(await turn(1), 'lines')) as string[];
    expect(JSON.parse(received[0]!)).toMatchObject({ method: 'initialize', params: CLIENT });
    expect(received.filter((line) => line.includes('"initialize"'))).toHaveLength(1);
    await turn(2);
    // The first one was greeted as the cloud does, before anybody knew better.
    expect(link.all('server-replaced').map(({ server }) => server)).toEqual(['a']);
  });

  test('are stopped when their turn is over', async () => {
    const { turn } = await world([basic('a'), basic('b')]);
    const pid = Number(await told(await turn(0), 'pid'));
    await turn(1);
    await eventually(() => !isAlive(pid), { what: 'the end of a' });
    expect(await told(await turn(2), 'pid')).not.toBe(String(pid));
  });

  test('go on running when their next turn comes soon', async () => {
    const { turn } = await world([basic('a'), basic('b')], { rotateKeepMs: 60_000 });
    const first = await turn(0);
    const pid = await told(first, 'pid');
    expect(await told(first, 'count')).toBe('1');
    const again = await turn(2);
    expect(await told(again, 'pid')).toBe(pid);
    expect(await told(again, 'count')).toBe('2');
  });

  test('leave nothing behind that would grow from turn to turn', async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error) => warnings.push(warning);
    process.on('warning', onWarning);
    onTestFinished(() => void process.off('warning', onWarning));
    const tiny = (name: string): TurnUnderTest => ({ name, server: ['tiny.sh'] });
    const { link } = await world([tiny('a'), tiny('b')]);
    await link.status('rotating', 14);
    expect(warnings).toEqual([]);
  });

  test('one alone keeps its connection', async () => {
    const { link, turn } = await world([basic('a')], {}, 100);
    const connection = await turn(0);
    await connection.tool('s', 'slow', { ms: 400 });
    expect(await whoIsNow(connection)).toBe('a');
    expect(link.all('rotating')).toEqual([]);
  });
});

describe('calls at the end of a turn', () => {
  test('are finished, and new ones are answered meanwhile', async () => {
    const { link, turn } = await world([basic('a'), basic('b')]);
    const connection = await turn(0);
    const held = connection.tool('h', 'hold');
    await eventually(() => link.all('server-ready').some(({ server }) => server === 'b'));
    expect(await whoIsNow(connection)).toBe('a');
    await connection.tool('s', 'slow', { ms: 300 });
    await connection.tool('l', 'let_go');
    expect(await held).toBe('held');
    await turn(1);
    const [, { pendingFailed, busyForMs } = {}] = link.all('rotating');
    expect(pendingFailed).toBe(0);
    expect(busyForMs).toBeGreaterThan(100);
  });

  test('get an error that says why when they go on for too long', async () => {
    const { link, turn } = await world([basic('a'), basic('b')], { rotateBusyMs: 100 });
    const { error } = await (await turn(0)).call('s', 'tools/call', {
      name: 'slow',
      arguments: { ms: 20_000 },
    });
    expect(error.code).toBe(ErrorCode.turnOver);
    expect(error.message).toMatch(/"a" was over.*"b" has the connection now/);
    expect(link.all('rotating')[1]).toMatchObject({ pendingFailed: 1 });
    expect(await whoIs(await turn(1))).toBe('b');
  });

  test('that are subscriptions of MCP 2026-07-28 are not waited for, and the next server is asked without initialize', async () => {
    const fake = await FakeEndpoint.start();
    onTestFinished(() => fake.close());
    const server: TurnUnderTest['server'] = ['both-eras.mjs'];
    const link = startRotate({
      endpoint: fake.endpoint(),
      members: [
        { name: 'a', server },
        { name: 'b', server, dwellMs: 60_000 },
      ],
      dwellMs: 500,
    });
    const _meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': {},
      'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
    };
    const first = await fake.connection();
    const notifications = { toolsListChanged: true };
    first.send({ jsonrpc: '2.0', id: 's', method: 'subscriptions/listen', params: { notifications, _meta } });
    const second = await fake.connection(1);
    const { result } = await second.call(1, 'tools/call', { name: 'whoami', arguments: {}, _meta });
    expect(result.resultType).toBe('complete');
    expect(link.all('rotating')[1]).toMatchObject({ to: 'b', pendingFailed: 0 });
    expect(link.all('server-replaced').filter((status) => status.server === 'b')).toEqual([]);
  });

  test('of our own are finished as well', async () => {
    const { link, turn } = await world([basic('a'), basic('b')]);
    await turn(0);
    const call = { name: 'slow', arguments: { ms: 1_000 } };
    const outcome = await link.daemon.links[0]!.ask('a', 'tools/call', call, {
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    expect(outcome).toHaveProperty('result');
  });

  test('that a server which runs on still answers reach nobody', async () => {
    const { link, turn } = await world([basic('a'), basic('b')], { rotateBusyMs: 0, rotateKeepMs: 60_000 });
    // Both run by then, so that the next turn begins before the call is answered.
    const first = await turn(2);
    first.begin(7, 'slow', { ms: 2_000 });
    const second = await turn(3);
    await link.status('stale-reply');
    const third = await turn(4);
    for (const connection of [second, third])
      expect(connection.frames.filter((frame) => frame.includes('slept'))).toEqual([]);
  });
});

describe('a server that cannot be started', () => {
  test('is left out, and tried again on its next turn', async () => {
    const { link, turn } = await world([basic('a'), missing('b'), basic('c')], {
      minDelayMs: 10,
      maxDelayMs: 20,
    });
    for (const [index, name] of ['a', 'c', 'a', 'c'].entries())
      expect(await whoIs(await turn(index))).toBe(name);
    expect(link.all('turn-skipped').map(({ server }) => server)).toEqual(['b', 'b']);
    // Nobody knows when its next start is.
    expect(link.all('server-down').every(({ nextStartMs }) => nextStartMs === Number.POSITIVE_INFINITY)).toBe(
      true,
    );
  });

  test('gives its turn to the next one at once', async () => {
    const { link, turn } = await world([missing('a'), basic('b')], {}, 60_000);
    expect(await whoIs(await turn(0))).toBe('b');
    expect(turnsOf(link)).toEqual([
      [undefined, 'a', 'first'],
      ['a', 'b', 'failed'],
    ]);
  });

  test('leaves the connection to the one that has it, when there is no other', async () => {
    const { link, turn } = await world([basic('a'), missing('b')]);
    const connection = await turn(0);
    await link.status('turn-skipped', 1);
    expect(await whoIsNow(connection)).toBe('a');
    expect(link.all('down')).toEqual([]);
  });

  test('is waited for when none can, and nobody is dialled', async () => {
    const { link, fake } = await world([missing('a'), missing('b')], { minDelayMs: 10, maxDelayMs: 50 });
    await eventually(() => link.all('server-down').filter(({ server }) => server === 'a').length >= 3);
    await eventually(() => link.all('server-down').filter(({ server }) => server === 'b').length >= 2);
    expect(fake.dials).toEqual([]);
  });

  test('costs nothing between two tries, when none can and calls are held for less than that', async () => {
    const fake = await FakeEndpoint.start();
    onTestFinished(() => fake.close());
    const seen: Status[] = [];
    const onStatus = (status: Status) => {
      seen.push(status);
      // Without a pause nothing else of this process would ever run again.
      if (seen.length > 1_000) throw new Error('it runs hot');
    };
    const members = [missing('a'), missing('b')];
    const settings = { ...quick, minDelayMs: 10, maxDelayMs: 400, holdTimeoutMs: 20 };
    const plan = planRotate({ endpoint: fake.endpoint(), members, settings });
    startPlans([plan], () => 0.99, { onStatus });
    const all = (type: Status['type'], of: string) =>
      seen.filter((status) => status.type === type && status.server === of).length;
    await eventually(() => all('server-down', 'a') >= 8 && all('server-down', 'b') >= 4);
    expect(all('turn-skipped', 'b')).toBeLessThan(2 * (all('server-down', 'a') + all('server-down', 'b')));
  });

  test('loses its turn when it crashes again and again', async () => {
    const settings = { minDelayMs: 10, maxDelayMs: 20, stableAfterMs: 600_000 };
    const { link, turn } = await world([basic('a'), basic('b')], settings, 60_000);
    const connection = await turn(0);
    // Each one waits until the server runs again.
    for (let i = 0; i < 3; i++) await connection.call(i + 1, 'tools/call', { name: 'exit' });
    expect(await whoIs(await turn(1))).toBe('b');
    expect(turnsOf(link)[1]).toEqual(['a', 'b', 'failed']);
  });
});

describe('the endpoint', () => {
  test('that drops the connection at a switch is dialled for the next server', async () => {
    const { fake, link, turn } = await world([basic('a'), basic('b')]);
    await turn(0);
    await link.status('rotating', 1);
    fake.connections[0]!.drop();
    expect(await whoIs(await turn(1))).toBe('b');
  });

  test.each([
    [4004, 'Internal server error', 'endpoint-error'],
    [1000, '新连接替换', 'replaced'],
  ])('that closes with %i %s in a turn is waited for as a pipe does', async (code, reason, cause) => {
    const { fake, link, turn } = await world([basic('a'), basic('b')], {}, 60_000);
    await turn(0);
    fake.connections[0]!.close(code, reason);
    const { diagnosis, nextDialMs } = await link.status('down');
    expect(diagnosis.cause).toBe(cause);
    expect(nextDialMs).toBeGreaterThanOrEqual(cause === 'replaced' ? 15_000 : 0);
    expect(link.all('rotating')).toHaveLength(1);
  });

  test('that closes with 4004 right after a switch is dialled again after a pause', async () => {
    const { fake, link, turn } = await world([basic('a'), basic('b', { dwellMs: 60_000 })]);
    await turn(0);
    fake.options.onConnection = (connection, index) => {
      if (index === 1) connection.close(4004, 'Internal server error');
      else void initializeServer(connection);
    };
    expect((await link.status('down')).diagnosis.cause).toBe('endpoint-error');
    expect(await whoIs(await fake.connection(2))).toBe('b');
  });

  test('that is away keeps the turn where it is', async () => {
    const { fake, link, turn } = await world([basic('a'), basic('b'), basic('c')]);
    await turn(0);
    fake.options.refuse = () => 'cut';
    fake.connections[0]!.drop();
    // At most the server whose time was running gives way; the next one waits for a connection.
    await eventually(() => link.all('down').length >= 6);
    expect(link.all('rotating').length).toBeLessThanOrEqual(2);
    fake.options.refuse = undefined;
    await link.status('rotating', 2);
  });

  test('sees never more than one connection, and every call of a steady caller gets an answer or a code', async () => {
    const endpoint = await startEndpoint({ port: 0 });
    onTestFinished(() => endpoint.close());
    const link = startRotate({
      endpoint: new Endpoint(endpoint.selfHostedUrl('rotating')),
      members: [basic('a'), basic('b'), basic('c')],
      dwellMs: 150,
      settings: { rotateKeepMs: 60_000 },
    });
    await link.status('open');
    const caller = await openCaller(endpoint.callerUrl('rotating'));
    onTestFinished(() => caller.close());
    await caller.request('initialize', CLIENT);
    const answered = new Set<string>();
    const codes: number[] = [];
    let count = 0;
    while (link.all('rotating').length < 8) {
      count += 1;
      try {
        const args = { name: 'env', arguments: { name: 'WHO' } };
        const result = (await caller.request('tools/call', args, { timeoutMs: PATIENCE_MS })) as {
          content: [{ text: string }];
        };
        answered.add(result.content[0].text);
      } catch (error) {
        codes.push((error as JsonRpcError).code);
      }
    }
    expect(endpoint.stats.maxConcurrentPerToken).toBe(1);
    expect([...answered].sort()).toEqual(['a', 'b', 'c']);
    expect(
      codes.every((code) => typeof code === 'number'),
      String(codes),
    ).toBe(true);
    expect(count - codes.length).toBeGreaterThan(codes.length / 10);
  });
});

describe('a stop', () => {
  test('during a switch ends every server', async () => {
    const { link, turn } = await world([basic('a'), basic('b')]);
    const pid = Number(await told(await turn(0), 'pid'));
    await link.status('rotating', 1);
    await link.daemon.stop();
    const pids = link.all('server-ready').map((ready) => ready.pid!);
    expect(pids).toContain(pid);
    expect(pids.filter(isAlive)).toEqual([]);
    expect(link.daemon.links[0]!.state).toBe('closed');
  });

  test('while the next one is being started ends both', async () => {
    const { link, turn } = await world([basic('a'), { name: 'b', server: ['never-answers.mjs'] }]);
    await turn(0);
    await eventually(() => link.all('server-starting').some(({ server }) => server === 'b'));
    await link.daemon.stop();
    expect(link.daemon.links[0]!.state).toBe('closed');
    expect(link.all('rotating')).toHaveLength(1);
  });

  test('lets the calls of a turn that is over finish', async () => {
    const { link, turn } = await world([basic('a'), basic('b')]);
    const slow = (await turn(0)).tool('s', 'slow', { ms: 1_200 });
    await eventually(() => link.all('server-ready').some(({ server }) => server === 'b'));
    await link.daemon.stop();
    expect(await slow).toBe('slept 1200 ms');
  });
});

describe('a server that is asked beside the endpoint', () => {
  test('answers while it has its turn, and otherwise says when that comes', async () => {
    const { link, turn } = await world([basic('a'), basic('b')], {}, 60_000);
    await turn(0);
    const [rotate] = link.daemon.links;
    expect(rotate!.servers).toEqual(['a', 'b']);
    const ask = (server: string) =>
      rotate!.ask(server, 'tools/list', undefined, { signal: AbortSignal.timeout(PATIENCE_MS) });
    expect(await ask('a')).toHaveProperty('result');
    const outcome = await ask('b');
    expect(outcome).toMatchObject({ error: { code: ErrorCode.notItsTurn } });
    expect('error' in outcome && outcome.error.message).toMatch(
      /turn, in about ([3-5]\d|60) s; it is the turn of "a" now/,
    );
  });
});
