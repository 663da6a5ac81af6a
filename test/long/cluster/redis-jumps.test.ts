import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { Claim } from '../../../src/leases/lease.js';
import type { StoredHolder } from '../../../src/leases/lease-store.js';
import { LeasesInRedis } from '../../../src/leases/leases-in-redis.js';
import { openRedis } from '../../../src/redis/redis.js';
import { eventually } from '../../helpers/eventually.js';
import { freePort } from '../../helpers/free-port.js';
import { RedisServer } from '../../proof/redis.js';

const TTL_MS = 3_000;
const DAY_MS = 86_400_000;
const CLAIMS: readonly Claim[] = [{ kind: 'token', key: 'a'.repeat(64), label: 'a', slots: 1 }];
const isHere = existsSync('/usr/bin/redis-server');

const holder = (process: string): StoredHolder => ({
  ...{ id: `${process} link`, process, machine: process, pid: 1, link: 'link', since: 0 },
});
const [first, second] = [holder('first'), holder('second')] as const;

async function startRedis(master?: number): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-pipe-redis-'));
  const redis = new RedisServer(await freePort(), folder);
  onTestFinished(async () => {
    await redis.kill();
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  });
  await redis.start(master);
  return redis;
}

function storeOn({ port }: RedisServer): LeasesInRedis {
  const link = openRedis({ url: `redis://127.0.0.1:${port}`, answeredWithinMs: 20_000 });
  onTestFinished(() => link.close());
  return new LeasesInRedis(link, TTL_MS);
}

/** Resolves with the fence as soon as the store, which is new, gives a lease. */
async function taken(store: LeasesInRedis, by: StoredHolder): Promise<number> {
  let fence = 0;
  await eventually(
    async () => {
      const taking = await store.take(CLAIMS, by);
      if (taking.is === 'taken') fence = taking.fences[0]!;
      return taking.is === 'taken';
    },
    { what: 'a lease', timeoutMs: 60_000 },
  );
  return fence;
}

it.runIf(isHere)(
  'when the clock of Redis jumps ahead by a year, which makes it forget all leases, holders keep theirs',
  async () => {
    const redis = await startRedis();
    const store = storeOn(redis);
    const fence = await taken(store, first);
    // As if it had been so much earlier at the step before.
    await redis.ask('HINCRBY', 'mcp-pipe:past', 'clock', `${-365 * DAY_MS}`);
    for (const what of ['holders', 'fence', 'about'])
      await redis.ask('DEL', `mcp-pipe:token:${CLAIMS[0]!.key}:${what}`);
    expect(await store.take(CLAIMS, second)).toMatchObject({ is: 'later', isEmpty: true });
    expect(await store.renew(CLAIMS, first, [fence])).toBe(true);
    expect(await store.take(CLAIMS, second)).toMatchObject({ is: 'full' });
  },
);

it.runIf(isHere)('a jump of the clock of Redis by a minute ends no lease, ahead or back', async () => {
  const redis = await startRedis();
  const store = storeOn(redis);
  const fence = await taken(store, first);
  for (const seconds of [-60, 60]) {
    expect(await store.renew(CLAIMS, first, [fence])).toBe(true);
    await redis.ask('HINCRBY', 'mcp-pipe:past', 'clock', `${seconds * 1_000}`);
    expect(await store.take(CLAIMS, second)).toMatchObject({ is: 'full' });
  }
  // What holds no more is free after one TTL all the same.
  expect(await taken(store, second)).toBeGreaterThan(fence);
});

it.runIf(isHere)('a replica that has missed a lease gives nobody another one for a TTL', async () => {
  const redis = await startRedis();
  const store = storeOn(redis);
  await store.release(CLAIMS, first, [await taken(store, first)]);
  const replica = await startRedis(redis.port);
  await eventually(
    async () => String(await replica.ask('INFO', 'replication')).includes('master_link_status:up'),
    { what: 'a copy', timeoutMs: 60_000 },
  );
  await replica.ask('REPLICAOF', 'NO', 'ONE');
  const fence = await taken(store, first);
  const promoted = storeOn(replica);
  expect(await promoted.take(CLAIMS, second)).toMatchObject({ is: 'later', isEmpty: true });
  expect(await promoted.renew(CLAIMS, first, [fence])).toBe(true);
  expect(await promoted.take(CLAIMS, second)).toMatchObject({ is: 'full' });
});
