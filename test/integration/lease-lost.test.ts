import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { LockFileSlots } from '../../src/leases/lock-file.js';
import { LeaseQueue } from '../../src/leases/queue.js';
import { Endpoint } from '../../src/protocol/endpoint.js';
import { ErrorCode } from '../../src/protocol/jsonrpc.js';
import { eventually, PATIENCE_MS } from '../helpers/eventually.js';
import { FakeEndpoint } from '../helpers/fake-endpoint.js';
import { hurried } from '../helpers/hurried-clock.js';
import { startLinks } from '../helpers/link.js';
import { LosableSlots } from '../helpers/losable-slots.js';

const linkIn = (lockFile: string) => JSON.parse(readFileSync(lockFile, 'utf8')).link;

it('a link whose lock file is another process’s by now closes between two calls, says why, and comes back', async () => {
  const fake = await FakeEndpoint.start();
  onTestFinished(() => fake.close());
  const folder = mkdtempSync(join(tmpdir(), 'mcp-pipe-lost-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const shared = new LockFileSlots({
    ...{ folder, uid: process.getuid?.(), clock: hurried },
    onUnavailable: (error) => {
      throw error;
    },
  });
  const leases = new LeaseQueue({ shared });
  const server = ['basic.mjs'] as const;
  const test = startLinks([{ endpoint: fake.endpoint(), server }], undefined, { leases });
  const first = await fake.connection(0);
  await first.greet();
  await first.tool(1, 'counter');
  first.begin(2, 'hold');
  await test.daemon.links[0]!.ask(test.daemon.links[0]!.servers[0]!, 'ping', undefined, {
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  // Somebody takes the file away, and the other copy the slot.
  const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)']);
  onTestFinished(() => void other.kill('SIGKILL'));
  await once(other, 'spawn');
  const name = readdirSync(folder).find((file) => linkIn(join(folder, file)) === 'server');
  const taker = { pid: other.pid!, link: 'other', since: 1 };
  writeFileSync(join(folder, name!), JSON.stringify({ ...taker, kind: 'token', label: 'aaaaaaaa' }));
  first.begin(3, 'let_go');
  expect((await first.reply(2)).result).toBeDefined();
  const { code, reason } = await first.closed;
  expect([code, reason]).toEqual([1000, 'another mcp-pipe takes over']);
  expect(await test.status('lease-yielded')).toMatchObject({ pending: 0, newHolder: taker });
  expect(await test.status('lease-waiting')).toMatchObject({ isOwn: false, holder: taker });
  expect(fake.connections).toHaveLength(1);
  other.kill('SIGKILL');
  const second = await fake.connection(1);
  await second.greet();
  // The server has stayed.
  expect(await second.tool(4, 'counter')).toBe('2');
});

const NOT_RENEWED = { why: 'not-renewed', forMs: 36_000, spareMs: 9_000 } as const;
const OTHER = { pid: 7, link: 'far', since: 1, machine: 'far-away' };

async function startHeld() {
  const fake = await FakeEndpoint.start();
  onTestFinished(() => fake.close());
  const slots = new LosableSlots(fake.endpoint());
  const leases = new LeaseQueue({ shared: slots });
  const test = startLinks([{ endpoint: fake.endpoint(), server: ['basic.mjs'] }], undefined, { leases });
  return { fake, slots, test };
}

it('a link whose lease cannot be renewed closes at once, with an error for each call, and waits for the next', async () => {
  const { fake, slots, test } = await startHeld();
  const first = await fake.connection(0);
  await first.greet();
  first.begin(2, 'hold');
  await first.tool(1, 'counter');
  slots.refusal = { holder: OTHER };
  slots.lose(NOT_RENEWED);
  expect((await first.reply(2)).error).toMatchObject({ code: ErrorCode.turnOver });
  expect(await first.closed).toMatchObject({ code: 1000, reason: 'mcp-pipe has lost its lease' });
  expect(await test.status('lease-lost')).toMatchObject({ ...NOT_RENEWED, pending: 1 });
  expect(await test.status('lease-waiting')).toMatchObject({ isOwn: false, holder: OTHER });
  expect(test.daemon.links[0]!.state).toBe('waiting-for-lease');
  expect(fake.connections).toHaveLength(1);
  // No failure of the endpoint.
  expect(test.all('down')).toEqual([]);
  await eventually(() => slots.released === 1);
  slots.free();
  const second = await fake.connection(1);
  await second.greet();
  // The server has stayed.
  expect(await second.tool(3, 'counter')).toBe('2');
});

it('a process that was stopped for longer than its lease handles nothing that came meanwhile', async () => {
  const { fake, slots, test } = await startHeld();
  const first = await fake.connection(0);
  await first.greet();
  await first.tool(1, 'counter');
  slots.refusal = { holder: undefined };
  slots.isOver = true;
  first.begin(2, 'counter');
  await first.closed;
  expect(await test.status('lease-lost')).toMatchObject({ why: 'taken' });
  slots.free();
  const second = await fake.connection(1);
  await second.greet();
  expect(await second.tool(3, 'counter')).toBe('2');
});

it('nothing is dialled, and no server started, while the store of leases does not answer, and that is said', async () => {
  const fake = await FakeEndpoint.start();
  onTestFinished(() => fake.close());
  const slots = new LosableSlots(fake.endpoint());
  const obstacle = { why: 'store-down', store: 'redis://there', reason: 'ECONNREFUSED' } as const;
  slots.refusal = { holder: undefined, obstacle };
  const leases = new LeaseQueue({ shared: slots });
  const test = startLinks([{ endpoint: fake.endpoint(), server: ['basic.mjs'] }], undefined, { leases });
  expect(await test.status('lease-waiting')).toMatchObject({ obstacle, isOwn: false });
  expect(test.all('server-starting')).toEqual([]);
  expect(fake.connections).toEqual([]);
  slots.free();
  await (await fake.connection(0)).greet();
});

it('a dial is given up when its lease is lost', async () => {
  const silent = createServer();
  onTestFinished(() => void silent.close());
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  const accepted = once(silent, 'connection') as Promise<[Socket]>;
  silent.on('connection', (one) => one.on('error', () => {}));
  const endpoint = new Endpoint(`ws://127.0.0.1:${port}/?token=t`);
  const slots = new LosableSlots(endpoint);
  const leases = new LeaseQueue({ shared: slots });
  const test = startLinks([{ endpoint, server: ['basic.mjs'] }], undefined, { leases });
  const [socket] = await accepted;
  socket.on('error', () => {});
  socket.resume();
  const closed = new Promise((resolve) => socket.once('close', resolve));
  slots.refusal = { holder: OTHER };
  slots.lose(NOT_RENEWED);
  await closed;
  expect(await test.status('lease-lost')).toMatchObject({ pending: 0 });
  expect(await test.status('lease-waiting')).toMatchObject({ holder: OTHER });
  expect(test.all('down')).toEqual([]);
});
