import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { changeLock } from '../../../src/packages/lock-file.js';
import type { LockedPackage } from '../../../src/packages/locked-package.js';
import { manifestFrom, manifestOf, writeManifest } from '../../../src/packages/manifest.js';
import { removeOldInstallations } from '../../../src/packages/old-installations.js';
import { installationFolder } from '../../../src/packages/store.js';
import { installationName, writeUse } from '../../../src/packages/uses.js';

const DAY = 24 * 60 * 60_000;

function locked(version: string): LockedPackage {
  const own = {
    name: 'notes',
    version,
    integrity: [`sha512-${createHash('sha512').update(version).digest('base64')}`],
    at: 'node_modules/notes',
  };
  return {
    ...{ registry: 'npm', name: 'notes', version, integrity: own.integrity, bin: 'notes' },
    ...{ entry: 'node_modules/notes/cli.js', lockedAt: '2026-01-01T00:00:00Z', packages: [own] },
  };
}

async function world() {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-pipe-old-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const store = join(folder, 'store');
  /** As if it had been made two days ago. */
  const install = async (version: string, ...data: string[]) => {
    const at = installationFolder(store, locked(version));
    for (const file of ['node_modules/notes/cli.js', 'node_modules/notes/package.json']) {
      mkdirSync(dirname(join(at, file)), { recursive: true });
      writeFileSync(join(at, file), version);
    }
    await writeManifest(at, await manifestFrom(at));
    const then = new Date(Date.now() - 2 * DAY);
    utimesSync(manifestOf(at), then, then);
    for (const file of data) writeFileSync(join(at, 'node_modules/notes', file), version);
    return at;
  };
  const use = async (lockFile: string, version: string) => {
    await changeLock(lockFile, new Map([['npm:notes', locked(version)]]));
    const installation = installationName(store, installationFolder(store, locked(version)));
    await writeUse(store, lockFile, 'npm:notes', { installation, since: Date.now() });
  };
  return { folder, store, install, use };
}

const nothing = async () => [];

test('what no lock file names is removed; what another configuration names, what is young and what runs stays', async () => {
  const { folder, store, install, use } = await world();
  const [old, other, now, running] = [
    await install('1.0.0'),
    await install('1.1.0'),
    await install('1.2.0'),
    await install('0.9.0'),
  ];
  const young = await install('2.0.0');
  writeFileSync(manifestOf(young), '{}');
  await use(join(folder, 'mcp_lock.json'), '1.2.0');
  await use(join(folder, 'other.json'), '1.1.0');
  const lines = async () => [`node\0${running}/node_modules/notes/cli.js\0`];
  expect(await removeOldInstallations(store, Date.now(), lines)).toEqual([
    { installation: installationName(store, old) },
  ]);
  expect([old, other, now, running, young].map(existsSync)).toEqual([false, true, true, true, true]);
  expect(existsSync(manifestOf(old))).toBe(false);
  // It is locked at another version, and was not started since: its data are not carried over yet.
  await changeLock(join(folder, 'other.json'), new Map([['npm:notes', locked('3.0.0')]]));
  expect(await removeOldInstallations(store, Date.now(), lines)).toEqual([]);
  // The configuration is no more: for a month what it has started stays.
  rmSync(join(folder, 'other.json'));
  expect(await removeOldInstallations(store, Date.now(), lines)).toEqual([]);
  const later = await removeOldInstallations(store, Date.now() + 31 * DAY, lines);
  expect(later.map(({ installation }) => installation)).toEqual(
    [other, young].map((at) => installationName(store, at)),
  );
  expect(existsSync(now)).toBe(true);
});

test('what a server has written there stays, and nothing else', async () => {
  const { store, install } = await world();
  const old = await install('1.0.0', 'memory.jsonl', 'evil.js');
  const data = `${old}.data`;
  expect(await removeOldInstallations(store, Date.now(), nothing)).toEqual([
    { installation: installationName(store, old), data },
  ]);
  expect(
    readdirSync(data, { recursive: true, withFileTypes: true })
      .filter((one) => one.isFile())
      .map(({ name }) => name),
  ).toEqual(['memory.jsonl']);
  // It is no installation.
  expect(await removeOldInstallations(store, Date.now() + 90 * DAY, nothing)).toEqual([]);
  expect(existsSync(data)).toBe(true);
});

test('nothing is removed where it is not known what runs', async () => {
  const { store, install } = await world();
  const old = await install('1.0.0');
  expect(await removeOldInstallations(store, Date.now(), async () => undefined)).toEqual([]);
  expect(existsSync(old)).toBe(true);
});
