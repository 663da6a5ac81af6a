import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readUses, writeUse } from '../../../src/packages/uses.js';

const LOCK = '/home/mcp/.mcp-pipe/0123456789ab/mcp_lock.json';

/** A store that containers before this one have used. */
function storeOf(...records: { at: number; lockFile?: string; by: Record<string, string> }[]): string {
  const store = mkdtempSync(join(tmpdir(), 'mcp-pipe-uses-'));
  onTestFinished(() => rmSync(store, { recursive: true, force: true }));
  mkdirSync(join(store, 'uses'));
  for (const [i, { at, lockFile = LOCK, by }] of records.entries()) {
    const file = join(store, 'uses', `${i}.json`);
    const uses = Object.entries(by).map(([key, installation]) => [key, { installation, since: at }]);
    writeFileSync(file, JSON.stringify({ lockFile, space: `space${i}`, by: Object.fromEntries(uses) }));
    utimesSync(file, at, at);
  }
  return store;
}

test('a new container goes on from the newest record of its lock file, key by key', async () => {
  const store = storeOf(
    { at: 2, by: { a: 'npm/a-2' } },
    { at: 1, by: { a: 'npm/a-1', b: 'npm/b-1' } },
    { at: 3, by: { a: 'npm/a-9' }, lockFile: '/elsewhere/mcp_lock.json' },
  );
  const { by } = await readUses(store, LOCK);
  expect(by).toEqual({
    a: { installation: 'npm/a-2', since: 2 },
    b: { installation: 'npm/b-1', since: 1 },
  });
});

test('once it has a record of its own, what other containers use is theirs', async () => {
  const store = storeOf({ at: Date.now() / 1_000 + 60, by: { a: 'npm/a-1', b: 'npm/b-1' } });
  const own = { installation: 'npm/a-2', since: 5 };
  await writeUse(store, LOCK, 'a', own);
  writeFileSync(join(store, 'uses/0.json'), JSON.stringify({ lockFile: LOCK, space: 'x', by: { c: own } }));
  const { by } = await readUses(store, LOCK);
  expect(by.a).toEqual(own);
  expect(by.b?.installation).toBe('npm/b-1');
  expect(by.c).toBeUndefined();
});

test('servers that are started at the same time keep a record each', async () => {
  const store = storeOf();
  const keys = ['a', 'b', 'c', 'd', 'e', 'f'];
  await Promise.all(
    keys.map((key) => writeUse(store, LOCK, key, { installation: `npm/${key}-1`, since: 1 })),
  );
  expect(Object.keys((await readUses(store, LOCK)).by).sort()).toEqual(keys);
});
