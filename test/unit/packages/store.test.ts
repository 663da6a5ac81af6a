import { chmodSync, chownSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { LockedPackage } from '../../../src/packages/locked-package.js';
import { manifestOf } from '../../../src/packages/manifest.js';
import type { PackageKind } from '../../../src/packages/package-kind.js';
import { changesIn, ensureInstalled, installationFolder } from '../../../src/packages/store.js';

const integrity = [`sha512-${'A'.repeat(86)}==`];
const locked: LockedPackage = {
  ...{ registry: 'npm', name: 'server', version: '1.0.0', integrity, bin: 'server' },
  ...{ entry: 'node_modules/server/cli.js', lockedAt: '2026-11-27T18:00:00.000Z' },
  packages: [{ name: 'server', version: '1.0.0', integrity, at: 'node_modules/server' }],
};
const host = { cwd: '/', env: {}, signal: new AbortController().signal, inBackground: false };

function store(): string {
  const made = mkdtempSync(join(tmpdir(), 'mcp-pipe-store-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

/** Node.js 20 has no Promise.withResolvers. */
function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

/** Its installations differ, as those with files that install scripts make. */
function kind(install: (folder: string) => Promise<void> | void = () => {}): PackageKind {
  return {
    ...{ isMovable: true, isOwnFile: () => false },
    resolve: () => Promise.reject(new Error('not asked')),
    runnerFolders: () => Promise.resolve([]),
    placeIn: (path) => path,
    entryCommand: () => Promise.reject(new Error('not asked')),
    async install(_, folder) {
      writeFileSync(join(folder, 'made.js'), folder);
      await install(folder);
    },
  };
}

test('an installation that takes so long that another process makes it as well stays that of the faster one', async () => {
  const root = store();
  const { promise: slowly, resolve: goOn } = withResolvers();
  const { promise: begun, resolve: begins } = withResolvers();
  const slow = ensureInstalled(
    root,
    locked,
    kind(() => {
      begins();
      return slowly;
    }),
    host,
  );
  await begun;
  const parent = dirname(installationFolder(root, locked));
  // As if minutes had passed.
  const long = new Date(Date.now() - 300_000);
  for (const name of readdirSync(parent))
    if (name.endsWith('.lock')) utimesSync(join(parent, name), long, long);
  const folder = await ensureInstalled(root, locked, kind(), host);
  goOn();
  expect(await slow).toBe(folder);
  expect(await changesIn(folder, kind())).toEqual([]);
  expect(readdirSync(parent).filter((name) => name.startsWith('.part-'))).toEqual([]);
});

test.runIf(process.platform !== 'win32')(
  'an installation that all users can write is not started',
  async () => {
    const root = store();
    const folder = await ensureInstalled(root, locked, kind(), host);
    chmodSync(folder, 0o777);
    await expect(ensureInstalled(root, locked, kind(), host)).rejects.toMatchObject({
      why: 'not-own',
      said: folder,
    });
    chmodSync(folder, 0o755);
    expect(await ensureInstalled(root, locked, kind(), host)).toBe(folder);
  },
);

test.runIf(process.getuid?.() === 0)(
  'an installation of another user, or its list of files, is not started',
  async () => {
    const root = store();
    const folder = await ensureInstalled(root, locked, kind(), host);
    for (const path of [folder, manifestOf(folder)]) {
      chownSync(path, 65_534, 65_534);
      await expect(ensureInstalled(root, locked, kind(), host)).rejects.toMatchObject({
        why: 'not-own',
        said: path,
      });
      chownSync(path, 0, 0);
    }
  },
);
