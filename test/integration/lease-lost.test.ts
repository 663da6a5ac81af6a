import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { LockFileSlots } from '../../src/leases/lock-file.js';
import { LeaseQueue } from '../../src/leases/queue.js';
import { PATIENCE_MS } from '../helpers/eventually.js';
import { FakeEndpoint } from '../helpers/fake-endpoint.js';
import { hurried } from '../helpers/hurried-clock.js';
import { startLinks } from '../helpers/link.js';

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
