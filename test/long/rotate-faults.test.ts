import { describe, expect, onTestFinished, test } from 'vitest';
import { Daemon } from '../../src/daemon/daemon.js';
import { LeaseQueue } from '../../src/leases/queue.js';
import { ErrorCode } from '../../src/protocol/jsonrpc.js';
import { CLOUD_INITIALIZE } from '../../src/protocol/mcp.js';
import { eventually } from '../helpers/eventually.js';
import { type FakeConnection, FakeEndpoint } from '../helpers/fake-endpoint.js';
import { isAlive } from '../helpers/is-alive.js';
import {
  basic,
  planLink,
  planOf,
  planRotate,
  type RotateUnderTest,
  startPlans,
  type TestDaemon,
  type TurnUnderTest,
} from '../helpers/link.js';

const CLIENT = {
  protocolVersion: '2025-06-18',
  capabilities: { roots: {} },
  clientInfo: { name: 'c', version: '1' },
};
const OTHER = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'd', version: '1' } };

const KEEP = { rotateKeepMs: 60_000 };

async function endpoint(): Promise<FakeEndpoint> {
  const fake = await FakeEndpoint.start();
  onTestFinished(() => fake.close());
  return fake;
}

function rotate(fake: FakeEndpoint, options: Omit<RotateUnderTest, 'endpoint'>, random?: () => number) {
  return startPlans([planRotate({ endpoint: fake.endpoint(), dwellMs: 150, ...options })], random);
}

const who = (connection: FakeConnection, id: unknown = 'who') => connection.tool(id, 'env', { name: 'WHO' });
const pidOf = (link: TestDaemon, name: string) =>
  link.all('server-ready').findLast(({ server }) => server === name)!.pid!;

describe('what an endpoint sends to initialise', () => {
  test('is answered though a server that runs on had heard it from another caller only', async () => {
    const fake = await endpoint();
    // Long enough for two exchanges on a machine that is busy.
    const dwellMs = 2_500;
    const members = [basic('a', { dwellMs }), basic('b', { dwellMs })] as const;
    rotate(fake, { members, settings: KEEP });
    const first = await fake.connection(0);
    await first.greet();
    // A relaying endpoint has several callers.
    await first.greet(OTHER, 'other');
    const second = await fake.connection(1);
    await second.greet(OTHER);
    const third = await fake.connection(2);
    const { result } = await third.greet(OTHER);
    expect(result.protocolVersion).toBe(OTHER.protocolVersion);
    expect(await who(third)).toBe('a');
  });

  test('is not answered with what a server that was being started again had said to something else', async () => {
    const fake = await endpoint();
    const slow = (name: string): TurnUnderTest => ({
      ...basic(name, { dwellMs: 700 }),
      server: ['slow-start.mjs'],
      env: { WHO: name, START_MS: '1500' },
    });
    const link = rotate(fake, { members: [slow('a'), basic('b', { dwellMs: 700 })], settings: KEEP });
    await (await fake.connection(0)).greet();
    const second = await fake.connection(1);
    process.kill(pidOf(link, 'a'), 'SIGKILL');
    await second.greet(CLIENT);
    const { result } = await (await fake.connection(2)).greet(CLIENT);
    expect(result.protocolVersion).toBe(CLIENT.protocolVersion);
  });
});

describe('in the moment of a switch', () => {
  test('an endpoint that closes with 4004 is waited for, and the switch after that is made at once', async () => {
    const fake = await endpoint();
    const link = rotate(fake, { members: [basic('a'), basic('b', { dwellMs: 400 })], settings: KEEP });
    const first = await fake.connection(0);
    await first.greet();
    first.begin('s', 'slow', { ms: 60_000 });
    await eventually(() => link.all('server-ready').some(({ server }) => server === 'b'));
    // Its end is the end of the call that was waited for.
    first.socket.close(4004, 'Internal server error');
    const second = await fake.connection(1);
    await second.greet();
    expect(await who(second)).toBe('b');
    expect(link.all('down').map(({ diagnosis }) => diagnosis.cause)).toEqual(['endpoint-error']);
    await (await fake.connection(2)).greet();
    expect(link.all('down')).toHaveLength(1);
  });

  test('calls that a server which does not read kept waiting get an error, too', async () => {
    const fake = await endpoint();
    const settings = { ...KEEP, rotateBusyMs: 400, maxQueuedBytes: 64 * 1024 };
    const members: TurnUnderTest[] = [
      // Its turn is long enough for the calls to have come.
      { name: 'a', server: ['flood.mjs'], env: { FLOOD: 'deaf' }, dwellMs: 2_000 },
      basic('b'),
    ];
    rotate(fake, { members, settings });
    const first = await fake.connection(0);
    await first.greet();
    let received = 0;
    first.socket.on('pong', (data) => {
      received = Number(data.toString());
    });
    const text = 'x'.repeat(8 * 1024);
    for (let id = 1; id <= 60; id++) {
      first.send({ jsonrpc: '2.0', id, method: 'tools/call', params: { name: 'flood', text } });
      first.socket.ping(String(id));
    }
    expect((await first.closed).code).toBe(1000);
    const replies = first.frames.slice(1).map((frame) => JSON.parse(frame));
    expect(received).toBeGreaterThan(20);
    expect(replies.map(({ id }) => id).sort((x, y) => x - y)).toEqual(replies.map((_, i) => i + 1));
    expect(replies.length).toBeGreaterThanOrEqual(received);
    expect(new Set(replies.map(({ error }) => error.code))).toEqual(new Set([ErrorCode.turnOver]));
  });

  test('an endpoint that does not answer the close is not taken for deaf', async () => {
    const fake = await endpoint();
    // The close takes longer than deafness does; the start of b, on whatever machine, does not. The first turn has time
    // for three exchanges on a machine that is busy.
    const settings = { ...KEEP, closeTimeoutMs: 9_000, deafAfterMs: 6_000, deafFactor: 1 };
    const link = rotate(fake, { members: [basic('a', { dwellMs: 6_000 }), basic('b')], settings });
    const first = await fake.connection(0);
    await first.greet();
    // The usual silence is learned from what comes a little later than the first words.
    await first.tool('s', 'slow', { ms: 300 });
    await who(first);
    first.tcp.pause();
    expect(await who(await fake.connection(1))).toBe('b');
    expect([...link.all('deaf'), ...link.all('down')]).toEqual([]);
  });

  test('a server that crashes too often while the connection before is closed gives its turn away', async () => {
    const fake = await endpoint();
    // It is started again at once, then after a second, and then after another one.
    const settings = {
      ...KEEP,
      closeTimeoutMs: 60_000,
      stableAfterMs: 60_000,
      minDelayMs: 1_000,
      maxDelayMs: 1_000,
    };
    const members: TurnUnderTest[] = [basic('a'), { name: 'b', server: ['tiny.sh'], dwellMs: 60_000 }];
    const link = rotate(fake, { members, settings }, () => 0);
    const first = await fake.connection(0);
    await first.greet();
    // It does not answer the close.
    first.tcp.pause();
    await link.status('rotating', 1);
    for (let i = 0; i < 3; i++) {
      const pid = await eventually(() => {
        const last = link.all('server-ready').filter(({ server }) => server === 'b')[i]?.pid;
        return last !== undefined && isAlive(last) ? last : undefined;
      });
      process.kill(pid, 'SIGKILL');
    }
    await eventually(() => link.all('server-down').length === 3);
    expect(fake.connections).toHaveLength(1);
    first.tcp.resume();
    const { from, to, why } = await link.status('rotating', 2);
    expect([from, to, why]).toEqual(['b', 'a', 'failed']);
  });

  test('an endpoint that refuses the first dial each time does not make the link wait longer and longer', async () => {
    const fake = await endpoint();
    fake.options.onConnection = (connection, index) => {
      if (index % 2 === 1) connection.socket.close(4004, 'Internal server error');
      else void connection.greet().catch(() => {});
    };
    const settings = { ...KEEP, stableAfterMs: 60_000 };
    const link = rotate(fake, { members: [basic('a'), basic('b')], settings }, () => 0.99);
    await link.status('down', 4);
    expect(link.all('down').map(({ attempt }) => attempt)).toEqual([1, 1, 1, 1, 1]);
  });
});

describe('a rotation that waits for a lease', () => {
  test('gives the turn to the next server when the first one fails, and dials for that one', async () => {
    const fake = await endpoint();
    const leases = new LeaseQueue();
    const plan = planRotate({
      endpoint: fake.endpoint(),
      dwellMs: 60_000,
      members: [basic('a'), basic('b')],
    });
    const other = {
      ...planLink({ endpoint: fake.endpoint(), name: 'other', server: ['tiny.sh'] }),
      priority: 1,
    };
    const started = (links: Parameters<typeof planOf>[0]) => {
      const daemon = new Daemon(planOf(links), { onStatus: (status) => seen.push(status), leases });
      daemon.start();
      onTestFinished(async () => {
        daemon.force();
        await daemon.stop();
      });
      return daemon;
    };
    const seen: TestDaemon['statuses'] = [];
    const holder = started([other]);
    await fake.connection(0);
    const rotation = started([plan]);
    await eventually(() => rotation.links[0]!.state === 'waiting-for-lease');
    for (let crash = 1; crash <= 3; crash++) {
      const pid = await eventually(() => {
        const ready = seen.filter((status) => status.type === 'server-ready' && status.server === 'a');
        return ready.length === crash ? (ready.at(-1) as { pid: number }).pid : undefined;
      });
      process.kill(pid, 'SIGKILL');
    }
    await eventually(() => seen.some((status) => status.type === 'rotating' && status.why === 'failed'));
    await eventually(() => seen.some((status) => status.type === 'server-ready' && status.server === 'b'));
    expect(fake.connections).toHaveLength(1);
    await holder.stop();
    const connection = await fake.connection(1);
    await connection.greet({ ...CLOUD_INITIALIZE });
    expect(await who(connection)).toBe('b');
  });

  test('makes room for a higher link in the same moment in which its turn ends', async () => {
    const fake = await endpoint();
    let most = 0;
    fake.options.onConnection = () => {
      most = Math.max(most, fake.connections.filter(({ isClosed }) => !isClosed).length);
    };
    const rotation = planRotate({
      endpoint: fake.endpoint(),
      dwellMs: 200,
      members: [basic('a'), basic('b')],
      settings: KEEP,
    });
    const leases = new LeaseQueue();
    const link = startPlans([rotation], undefined, { leases });
    const first = await fake.connection(0);
    await first.greet();
    const held = first.tool('s', 'hold');
    // Its turn is over by now, but for that call.
    await eventually(() => link.all('server-ready').some(({ server }) => server === 'b'));
    const plan = planLink({ endpoint: fake.endpoint(), name: 'high', server: ['basic.mjs'] });
    const high = startPlans([{ ...plan, priority: 1 }], undefined, { leases });
    await high.status('lease-waiting');
    await first.tool('l', 'let_go');
    expect(await held).toBe('held');
    const second = await fake.connection(1);
    await second.greet();
    const { pid } = await high.status('server-ready');
    expect(await second.tool('w', 'whoami')).toBe(String(pid));
    await eventually(() => link.daemon.links[0]!.state === 'waiting-for-lease');
    expect(link.all('down')).toEqual([]);
    expect(most).toBe(1);
  });
});
