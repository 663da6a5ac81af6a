import { fork } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { leaseFiles } from '../../../src/leases/files.js';
import { LockFileSlots } from '../../../src/leases/lock-file.js';
import { LeaseQueue } from '../../../src/leases/queue.js';
import { thisProcess } from '../../../src/process/identity.js';
import { systemClock } from '../../../src/time/clock.js';
import { eventually } from '../../helpers/eventually.js';
import { Asker, leasesContract, token } from '../../unit/leases/leases.contract.js';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'mcp-pipe-leases-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

function slots(path = folder(), errors: Error[] = []): LockFileSlots {
  return new LockFileSlots({
    folder: path,
    uid: process.getuid?.(),
    clock: systemClock,
    onUnavailable: (error) => errors.push(error),
  });
}

const queue = (path?: string) => new LeaseQueue({ shared: slots(path) });

describe('leases of one process', () => leasesContract(() => new LeaseQueue()));
describe('leases with lock files', () => {
  leasesContract(() => queue());

  it('are held apart from those of another mcp-pipe, and wake it at once when given back', async () => {
    const path = folder();
    const a = new Asker(queue(path), 'a');
    const lease = await a.has();
    const b = new Asker(queue(path), 'b');
    // No more than that: what else its file holds is for mcp-pipe alone.
    const holder = { pid: process.pid, link: 'a', since: expect.any(Number) };
    await eventually(() => b.waiting.length > 0);
    expect(b.waiting).toEqual([{ of: 'token', label: 'aaaaaaaa', slots: 1, isOwn: false, holder }]);
    lease.release();
    await b.has();
  });

  it('leave files that only this user may read, without the token, and none afterwards', async () => {
    const path = join(folder(), 'made');
    const a = new Asker(queue(path), 'a');
    const lease = await a.has();
    const [name] = readdirSync(path);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(statSync(join(path, name!)).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(join(path, name!), 'utf8'))).toEqual({
      ...{ pid: process.pid, birth: thisProcess().birth, kind: 'token', label: 'aaaaaaaa', link: 'a' },
      since: expect.any(Number),
    });
    await lease.release();
    expect(readdirSync(path)).toEqual([]);
  });

  it.each([
    ['a process that is gone', { pid: 2 ** 22 - 1, birth: 'boot.1' }],
    ['a process whose number another one has now', { pid: process.ppid, birth: 'boot.1' }],
    ['a run before the machine was started again', { pid: process.pid, birth: 'other-boot.17' }],
  ])('take over what %s has left behind', async (_, identity) => {
    const path = folder();
    const a = new Asker(queue(path), 'a');
    (await a.has()).release();
    leave(path, identity);
    await new Asker(queue(path), 'b').has();
    expect(leaseFiles(path).map(({ content }) => content?.link)).toEqual(['b']);
  });

  it('respect an empty file for as long as it may be written, and no longer', async () => {
    const path = folder();
    const name = leave(path, undefined);
    const a = new Asker(queue(path), 'a');
    await eventually(() => a.waiting.length > 0);
    expect(a.waiting).toMatchObject([{ holder: undefined, isOwn: false }]);
    utimesSync(name, new Date(0), new Date(0));
    await a.has();
  });

  it('are given without files where there can be none, and that is said once', async () => {
    const path = join(folder(), 'file');
    writeFileSync(path, '');
    const errors: Error[] = [];
    const leases = new LeaseQueue({ shared: slots(path, errors) });
    await new Asker(leases, 'a').has();
    await new Asker(leases, 'b', { claims: [token(1, 'bb'.repeat(32))] }).has();
    expect(errors).toHaveLength(1);
  });

  it('go on when the folder has been swept away', async () => {
    const path = folder();
    const leases = queue(path);
    (await new Asker(leases, 'a').has()).release();
    rmSync(path, { recursive: true });
    await new Asker(leases, 'b').has();
    expect(readdirSync(path)).toHaveLength(1);
  });

  it.each([1, 2])(
    'are never held by more processes than %i, though five take them as fast as they can and some die',
    async (allowed) => {
      const path = folder();
      const logs = join(path, 'logs');
      mkdirSync(logs);
      // What all of them find first, and only one may take over.
      for (let slot = 0; slot < allowed; slot++) leave(path, { pid: 2 ** 22 - 1, birth: 'boot.1' }, slot);
      const takers = Array.from({ length: 5 }, (_, i) => {
        const args = [path, token().key, String(allowed), '40', join(logs, String(i))];
        const child = fork(join(import.meta.dirname, '../../fixtures/lease-taker.ts'), args, {
          execArgv: ['--import', 'tsx'],
        });
        onTestFinished(() => void child.kill('SIGKILL'));
        return child;
      });
      const ready = takers.map((child) => new Promise((resolve) => child.once('message', resolve)));
      const ended = takers.map((child) => new Promise((resolve) => child.once('exit', resolve)));
      await Promise.all(ready);
      for (const child of takers) child.send('go');
      expect(await Promise.all(ended)).toEqual(takers.map(() => 0));
      const spans = readdirSync(logs).flatMap((name) =>
        readFileSync(join(logs, name), 'utf8')
          .trim()
          .split('\n')
          .map((line) => line.split(' ').map(BigInt) as [bigint, bigint]),
      );
      expect(spans).toHaveLength(5 * 40);
      expect(mostAtOnce(spans)).toBeLessThanOrEqual(allowed);
    },
    60_000,
  );
});

function mostAtOnce(spans: readonly (readonly [bigint, bigint])[]): number {
  const changes = spans.flatMap(([from, to]) => [
    { at: from, by: 1 },
    { at: to, by: -1 },
  ]);
  changes.sort((a, b) => (a.at === b.at ? a.by - b.by : a.at < b.at ? -1 : 1));
  let now = 0;
  return Math.max(...changes.map(({ by }) => (now += by)));
}

/** A lock file as another process would have left it; undefined: it wrote nothing. */
function leave(path: string, identity: { pid: number; birth: string } | undefined, slot = 0): string {
  const { key } = token();
  const name = join(path, `${key.slice(0, 32)}.${slot}.1.lease`);
  const content = { ...identity, kind: 'token', label: key.slice(0, 8), link: 'gone', since: 1 };
  writeFileSync(name, identity ? JSON.stringify(content) : '');
  return name;
}

// It looks into /proc.
it.runIf(process.platform === 'linux')(
  'a stopped process holds its lease, a killed one does not, also before it is reaped',
  async () => {
    const path = folder();
    const child = fork(join(import.meta.dirname, '../../fixtures/lease-holder.ts'), [path, token().key], {
      execArgv: ['--import', 'tsx'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    await new Promise((resolve) => child.once('message', resolve));
    child.kill('SIGSTOP');
    const files = slots(path);
    const b = new Asker(new LeaseQueue({ shared: files }), 'b');
    await eventually(() => readFileSync(`/proc/${child.pid}/stat`, 'utf8').includes(') T '));
    expect(files.take(token(), 'c')).toMatchObject({ holder: { pid: child.pid } });
    expect(b.lease).toBeUndefined();
    child.kill('SIGKILL');
    await b.has();
  },
);
