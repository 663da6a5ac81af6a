import { appendFileSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { kindOf } from '../../../src/packages/kinds.js';
import { repairInstallation } from '../../../src/packages/lock-package.js';
import { readLock } from '../../../src/packages/read-lock.js';
import { ensureInstalled, installationFolder } from '../../../src/packages/store.js';
import { shownServer } from '../../helpers/npm-registry.js';
import { packageWorld, signal } from '../../helpers/package-world.js';

test('an empty store is filled from the lock at the start; with the registry away as well, npx is started', async () => {
  const { registry, command, places, lock, started } = await packageWorld();
  await lock();
  rmSync(places.store, { recursive: true });
  expect((await started())?.start).toMatchObject({ isDirect: true });
  rmSync(places.store, { recursive: true });
  rmSync(command.env.npm_config_cache!, { recursive: true });
  await registry.close();
  const made = await started();
  expect(made).toMatchObject({ command, start: { isDirect: false, why: 'unreachable' } });
});

test.each<[string, (entry: string) => void, string]>([
  ['a changed entry', (entry) => appendFileSync(entry, '\n// evil'), 'cli.js has other contents'],
  [
    'a changed dependency',
    (entry) => writeFileSync(join(entry, '../../told/index.js'), 'evil'),
    'told/index.js',
  ],
  ['a missing file', (entry) => rmSync(join(entry, '../../told/index.js')), 'is missing'],
  [
    'code that was added',
    (entry) => writeFileSync(join(entry, '../evil.js'), ''),
    'evil.js was not installed',
  ],
  [
    'a package that was added',
    (entry) => {
      mkdirSync(join(entry, '../node_modules/told'), { recursive: true });
    },
    'node_modules was not installed',
  ],
])('%s in the store is refused by name, until lock has installed it anew', async (_, tamper, said) => {
  const { command, places, lock, started } = await packageWorld();
  await lock();
  const [locked] = readLock(places.lockFiles[0]!).packages.values();
  tamper(join(installationFolder(places.store, locked!), locked!.entry));
  await expect(started()).rejects.toMatchObject({
    reason: 'EINTEGRITY',
    message: expect.stringContaining(said) as string,
  });
  const host = { cwd: command.cwd, env: command.env, signal, inBackground: false };
  expect(await repairInstallation(places.store, locked!, host)).toMatchObject({ was: 'changed' });
  expect((await started())?.start.isDirect).toBe(true);
});

test('data that a server keeps beside its code is no change', async () => {
  const { places, lock, started } = await packageWorld();
  await lock();
  const [locked] = readLock(places.lockFiles[0]!).packages.values();
  const entry = join(installationFolder(places.store, locked!), locked!.entry);
  writeFileSync(join(dirname(entry), 'memory.jsonl'), '{}');
  writeFileSync(join(dirname(entry), 'memory.json'), '{}');
  expect((await started())?.start.isDirect).toBe(true);
});

test('four that install at once make one installation', async () => {
  const { command, places, lock } = await packageWorld();
  await lock();
  const [locked] = readLock(places.lockFiles[0]!).packages.values();
  rmSync(places.store, { recursive: true });
  const host = { cwd: command.cwd, env: command.env, signal, inBackground: false };
  const npm = await kindOf('npm');
  const folders = await Promise.all(
    [1, 2, 3, 4].map(() => ensureInstalled(places.store, locked!, npm, host)),
  );
  expect(new Set(folders).size).toBe(1);
  const left = readdirSync(join(places.store, 'npm')).filter((name) => /part|lock$/.test(name));
  expect(left).toEqual([]);
});

test('a store that cannot be written leaves the command as it is, with the reason', async () => {
  const { command, places, lock, started } = await packageWorld();
  await lock();
  rmSync(places.store, { recursive: true });
  // Permissions mean nothing to root: a file where the folder should be does.
  writeFileSync(places.store, '');
  expect(await started()).toMatchObject({ command, start: { isDirect: false, why: 'not-writable' } });
});

test('a package in a node_modules of the folder is what npx takes, and is not locked', async () => {
  const { command, lock, started } = await packageWorld();
  await lock();
  const here = join(command.cwd, 'node_modules/shown-server');
  mkdirSync(here, { recursive: true });
  expect(existsSync(here)).toBe(true);
  expect(await started()).toMatchObject({
    command,
    start: { isDirect: false, why: 'installed-here', word: here },
  });
});

test('nothing of a package is run outside of the sandbox of its server', async () => {
  const { registry, command, places, lock, started } = await packageWorld();
  const [server] = shownServer('1.1.0');
  const scripts = { postinstall: 'touch "$HOME/has-run"' };
  registry.publish({ ...server!, scripts });
  const hasRun = () => existsSync(join(command.cwd, 'has-run'));
  await expect(lock(true)).rejects.toMatchObject({ why: 'held', said: 'install scripts (shown-server)' });
  // Another server has locked it, and the store is empty.
  await lock();
  expect(hasRun()).toBe(true);
  rmSync(join(command.cwd, 'has-run'));
  rmSync(places.store, { recursive: true });
  expect(await started(true)).toMatchObject({ command, start: { isDirect: false, why: 'held' } });
  expect(hasRun()).toBe(false);
});

test('settings of npm in the folder of a server in a sandbox, which it may have written, do not count', async () => {
  const { command, places, lock, started } = await packageWorld();
  await lock(true);
  expect((await started(true))?.start).toMatchObject({ isDirect: true });
  writeFileSync(join(command.cwd, '.npmrc'), 'registry=http://127.0.0.1:9/');
  await expect(lock(true)).rejects.toMatchObject({ why: 'held', said: join(command.cwd, '.npmrc') });
  rmSync(places.store, { recursive: true });
  expect((await started(true))?.start).toMatchObject({ isDirect: false, why: 'held' });
});
