import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { expect, it, onTestFinished } from 'vitest';
import type { Claim } from '../../../src/leases/lease.js';
import { LeasesInRedis } from '../../../src/leases/leases-in-redis.js';
import { openRedis } from '../../../src/redis/redis.js';
import { eventually } from '../../helpers/eventually.js';
import { freePort } from '../../helpers/free-port.js';

const TTL_MS = 2_000;
const claim: Claim = { kind: 'token', key: 'a'.repeat(64), label: 'a', slots: 1 };
const account: Claim = { kind: 'account', key: 'b'.repeat(64), label: 'b', slots: 2 };

const holder = (process: string) => ({
  ...{ id: `${process} link`, process, machine: process, pid: 1, link: 'link', since: 1 },
});

const withRedis = it.runIf(existsSync('/usr/bin/redis-server'));

/** A Redis that keeps its data in a file only when it is told to, and is killed with `kill`. */
async function startRedis(...more: string[]) {
  const port = await freePort();
  const dir = mkdtempSync(join(tmpdir(), 'mcp-pipe-redis-'));
  let child: ChildProcess;
  const start = () => {
    child = spawn(
      'redis-server',
      ['--bind', '127.0.0.1', '--port', `${port}`, '--save', '', '--dir', dir, ...more],
      { stdio: 'ignore' },
    );
  };
  start();
  const commands = new Redis(port, '127.0.0.1', { retryStrategy: () => 50 });
  commands.on('error', () => {});
  const link = openRedis({ url: `redis://127.0.0.1:${port}`, answeredWithinMs: 2_000 });
  const store = new LeasesInRedis(link, TTL_MS);
  onTestFinished(async () => {
    await link.close();
    commands.disconnect();
    child.kill('SIGKILL');
    rmSync(dir, { recursive: true, force: true });
  });
  const take = (process: string, claims: Claim[] = [claim]) => store.take(claims, holder(process));
  const takes = (process: string, claims: Claim[] = [claim]) =>
    eventually(
      async () => {
        const taking = await take(process, claims).catch(() => undefined);
        return taking?.is === 'taken' && taking.fences;
      },
      { what: `a lease of ${process}`, timeoutMs: 20_000 },
    );
  const restart = async () => {
    child.kill('SIGKILL');
    await once(child, 'exit');
    start();
    await eventually(async () => (await commands.ping()) === 'PONG', {
      what: 'Redis again',
      timeoutMs: 20_000,
    });
  };
  return { commands, store, take, takes, restart };
}

withRedis(
  'a Redis that comes back with old data gives nothing to others for one time to live',
  async () => {
    const { commands, store, take, takes, restart } = await startRedis();
    const [first] = await takes('a');
    await store.release([claim], holder('a'), [first!]);
    await commands.save();
    const fences = await takes('a');
    await restart();
    const refused = await eventually(() => take('b').catch(() => undefined), { what: 'an answer' });
    expect(refused).toMatchObject({ is: 'later', isEmpty: true });
    expect(await store.renew([claim], holder('a'), fences)).toBe(true);
    expect(await take('b')).toMatchObject({ is: 'full' });
    await store.release([claim], holder('a'), fences);
    expect((await takes('b'))[0]).toBeGreaterThan(fences[0]!);
  },
  60_000,
);

withRedis(
  'a Redis that may drop leases gives none',
  async () => {
    const { commands, store, take, takes } = await startRedis('--maxmemory', '64mb');
    await store.release([claim], holder('a'), await takes('a'));
    await commands.config('SET', 'maxmemory-policy', 'volatile-lru');
    await expect(take('b')).rejects.toThrow(/maxmemory-policy is volatile-lru, and has to be noeviction/);
  },
  60_000,
);

withRedis(
  'a claim is offered to one machine at a time, when it is free and when its holder is gone',
  async () => {
    const { store, takes } = await startRedis();
    const fences = await takes('a');
    expect(await store.offers({ process: 'b' })).toEqual({ claims: [], machines: 2 });
    await store.release([claim], holder('a'), fences);
    expect((await store.offers({ process: 'b' })).claims).toEqual([`token:${claim.key}`]);
    expect((await store.offers({ process: 'c' })).claims).toEqual([]);
    await takes('a');
    await pause(TTL_MS);
    const { claims } = await eventually(
      async () => {
        const offers = await store.offers({ process: 'c' });
        return offers.claims.length > 0 && offers;
      },
      { what: 'an offer' },
    );
    expect(claims).toEqual([`token:${claim.key}`]);
  },
  60_000,
);

withRedis(
  'an account has its own number of slots, whatever tokens they are for',
  async () => {
    const { store, take, takes } = await startRedis();
    const of = (key: string): Claim[] => [{ ...claim, key: key.repeat(64) }, account];
    await takes('a', of('1'));
    const fences = await takes('b', of('2'));
    expect(await take('c', of('3'))).toMatchObject({ is: 'full', claim: 1 });
    await store.release(of('2'), holder('b'), fences);
    expect(await takes('c', of('3'))).toHaveLength(2);
    expect(await take('d', of('4'))).toMatchObject({ is: 'full', claim: 1 });
  },
  60_000,
);

withRedis(
  'a process that has left is not the first choice for a slot any more',
  async () => {
    const { store, take, takes } = await startRedis();
    const [fence] = await takes('a');
    await store.release([claim], holder('a'), [fence!]);
    // For one of the two the slot is left free by the other.
    const names = ['b', 'c'];
    for (const name of names) await store.offers({ process: name });
    await store.leave({ process: 'a' });
    const asked = await Promise.all(names.map((name) => take(name)));
    const first = names[asked.findIndex(({ is }) => is === 'taken')]!;
    const [later] = names.filter((name) => name !== first);
    const taken = asked.find(({ is }) => is === 'taken') as { fences: readonly number[] };
    await store.release([claim], holder(first), taken.fences);
    // A slot is not left for the process that gave it back.
    await store.release([claim], holder(later!), await takes(later!));
    expect(await take(later!)).toMatchObject({ is: 'later', isEmpty: false });
    await store.leave({ process: first });
    expect(await take(later!)).toMatchObject({ is: 'taken' });
  },
  60_000,
);
