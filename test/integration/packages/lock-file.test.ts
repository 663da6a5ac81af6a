import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { changeLock, LOCK_FILE } from '../../../src/packages/lock-file.js';
import type { LockedPackage } from '../../../src/packages/locked-package.js';
import { readLock } from '../../../src/packages/read-lock.js';

const HASH = `sha512-${'A'.repeat(86)}==`;

function entryOf(name: string): LockedPackage {
  const one = { name, version: '1.0.0', integrity: [HASH] };
  const [bin, entry] = ['server', `node_modules/${name}/index.js`];
  const packages = [{ ...one, at: `node_modules/${name}` }];
  return { registry: 'npm', ...one, bin, entry, lockedAt: '2026-11-27T18:00:00.000Z', packages };
}

function lockIn(): string {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-pipe-lock-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, LOCK_FILE);
}

test('a file that is missing locks nothing; entries come and go, and the file is ordered by their names', async () => {
  const file = lockIn();
  expect(readLock(file)).toMatchObject({ problems: [], raw: {} });
  await changeLock(
    file,
    new Map([
      ['npm:b', entryOf('b')],
      ['npm:a', entryOf('a')],
    ]),
  );
  expect([...readLock(file).packages.keys()]).toEqual(['npm:a', 'npm:b']);
  await changeLock(file, new Map([['npm:b', undefined]]));
  expect([...readLock(file).packages.keys()]).toEqual(['npm:a']);
});

test('thirty changes at once are all kept, and nothing is left beside the file', async () => {
  const file = lockIn();
  const names = Array.from({ length: 30 }, (_, i) => `p${i}`);
  await Promise.all(names.map((name) => changeLock(file, new Map([[`npm:${name}`, entryOf(name)]]))));
  expect(readLock(file).packages.size).toBe(30);
  expect(readdirSync(join(file, '..'))).toEqual([LOCK_FILE]);
});

test('what is not known in the file stays as it is', async () => {
  const file = lockIn();
  const foreign = {
    lockVersion: 1,
    note: 'of a later mcp-pipe',
    packages: { 'cargo:x': { registry: 'cargo' } },
  };
  writeFileSync(file, JSON.stringify(foreign));
  await changeLock(file, new Map([['npm:a', entryOf('a')]]));
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject(foreign);
});

test.each(['{', '{"lockVersion":9}'])('a file that is %s is not written over', async (text) => {
  const file = lockIn();
  writeFileSync(file, text);
  await expect(changeLock(file, new Map([['npm:a', entryOf('a')]]))).rejects.toThrow('the lock file is');
  expect(readFileSync(file, 'utf8')).toBe(text);
});
