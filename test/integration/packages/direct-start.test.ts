import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { kindOf } from '../../../src/packages/kinds.js';
import { LOCK_FILE, readLock } from '../../../src/packages/lock-file.js';
import { lockPackage, repairInstallation, resolvePackage } from '../../../src/packages/lock-package.js';
import { commandOfLocked } from '../../../src/packages/start-locked.js';
import { ensureInstalled, installationFolder } from '../../../src/packages/store.js';
import { wantedPackage } from '../../../src/packages/wanted-package.js';
import type { ServerCommand } from '../../../src/process/launch.js';
import { type NpmRegistry, npmRegistry, shownServer } from '../../helpers/npm-registry.js';

const { signal } = new AbortController();

/** A folder with a command of npx for the shown server, at a registry of its own. */
async function world(): Promise<{
  registry: NpmRegistry;
  command: ServerCommand;
  places: { lockFiles: string[]; store: string };
  lock: (isHeld?: boolean) => Promise<void>;
  started: (isHeld?: boolean) => ReturnType<typeof commandOfLocked>;
}> {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-pipe-packages-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const registry = await npmRegistry(...shownServer('1.0.0'));
  const env = {
    PATH: process.env.PATH!,
    HOME: folder,
    npm_config_registry: registry.url,
    npm_config_cache: join(folder, 'npm-cache'),
  };
  const command = { command: 'npx', args: ['-y', 'shown-server', '--flag', 'a b'], cwd: folder, env };
  const places = { lockFiles: [join(folder, LOCK_FILE)], store: join(folder, 'store') };
  const host = { cwd: folder, env, signal, inBackground: false };
  const lock = async (isHeld = false) => {
    const asked = wantedPackage(command.command, command.args)!;
    if (!('wanted' in asked)) throw new Error('not wanted');
    const held = { ...host, isHeld };
    const locked = await resolvePackage(asked.wanted, held);
    await lockPackage(asked.wanted, locked, { store: places.store, lockFile: places.lockFiles[0]! }, held);
  };
  return {
    registry,
    command,
    places,
    lock,
    started: (isHeld) => commandOfLocked(command, 'shown', places, signal, isHeld),
  };
}

/** What the server says of itself. */
async function ask({ command, args, cwd, env }: ServerCommand): Promise<Record<string, unknown>> {
  const child = spawn(command, args, { cwd, env, stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.on('error', () => {});
  child.stdin.write('{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"show"}}\n');
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  child.stdin.end();
  await once(child, 'exit');
  return { pidOfChild: child.pid, ...JSON.parse(JSON.parse(line).result.content[0].text) };
}

test('a locked server is started by its entry, without a parent and without a question to the registry', async () => {
  const { registry, command, places, lock, started } = await world();
  expect(await started()).toMatchObject({ command, start: { isDirect: false, why: 'not-locked' } });
  await lock();
  await registry.close();
  registry.asked.length = 0;
  const made = (await started())!;
  expect(made.start).toEqual({ isDirect: true, package: 'shown-server', version: '1.0.0' });
  const seen = await ask(made.command);
  expect(seen).toMatchObject({
    told: 'told',
    cwd: command.cwd,
    npm: expect.not.arrayContaining(['npm_execpath', 'npm_lifecycle_event']) as string[],
  });
  expect(seen.pid).toBe(seen.pidOfChild);
  expect(seen.ppid).toBe(process.pid);
  expect((seen.argv as string[]).slice(1)).toEqual(['--flag', 'a b']);
  expect(seen.path).toMatch(new RegExp(`^${places.store}.*node_modules/\\.bin:`));
  expect(registry.asked).toEqual([]);
});

test('an empty store is filled from the lock at the start; with the registry away as well, npx is started', async () => {
  const { registry, command, places, lock, started } = await world();
  await lock();
  rmSync(places.store, { recursive: true });
  expect((await started())?.start).toMatchObject({ isDirect: true });
  rmSync(places.store, { recursive: true });
  rmSync(command.env.npm_config_cache!, { recursive: true });
  await registry.close();
  const made = await started();
  expect(made).toMatchObject({ command, start: { isDirect: false, why: 'unreachable' } });
});

test('nothing of a package is run outside of the sandbox of its server', async () => {
  const { registry, command, places, lock, started } = await world();
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
  const { command, places, lock, started } = await world();
  await lock(true);
  expect((await started(true))?.start).toMatchObject({ isDirect: true });
  writeFileSync(join(command.cwd, '.npmrc'), 'registry=http://127.0.0.1:9/');
  await expect(lock(true)).rejects.toMatchObject({ why: 'held', said: join(command.cwd, '.npmrc') });
  rmSync(places.store, { recursive: true });
  expect((await started(true))?.start).toMatchObject({ isDirect: false, why: 'held' });
});

test('an archive that is not the locked one is refused with its integrity, and nothing is left of it', async () => {
  const { registry, command, places, lock, started } = await world();
  await lock();
  rmSync(places.store, { recursive: true });
  rmSync(command.env.npm_config_cache!, { recursive: true });
  const [other] = shownServer('6.6.6');
  registry.publish({ ...other!, version: '1.0.0', files: { 'cli.js': 'evil' } });
  const { packages } = await readLock(places.lockFiles[0]!);
  const [locked] = packages.values();
  await expect(started()).rejects.toMatchObject({
    code: 'LAUNCH_FAILED',
    reason: 'EINTEGRITY',
    message: expect.stringContaining(locked!.integrity[0]!) as string,
  });
  expect(readdirSync(join(places.store, 'npm'))).toEqual([]);
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
  const { command, places, lock, started } = await world();
  await lock();
  const [locked] = (await readLock(places.lockFiles[0]!)).packages.values();
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
  const { places, lock, started } = await world();
  await lock();
  const [locked] = (await readLock(places.lockFiles[0]!)).packages.values();
  const entry = join(installationFolder(places.store, locked!), locked!.entry);
  writeFileSync(join(dirname(entry), 'memory.jsonl'), '{}');
  writeFileSync(join(dirname(entry), 'memory.json'), '{}');
  expect((await started())?.start.isDirect).toBe(true);
});

test('four that install at once make one installation', async () => {
  const { command, places, lock } = await world();
  await lock();
  const [locked] = (await readLock(places.lockFiles[0]!)).packages.values();
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
  const { command, places, lock, started } = await world();
  await lock();
  rmSync(places.store, { recursive: true });
  // Permissions mean nothing to root: a file where the folder should be does.
  writeFileSync(places.store, '');
  expect(await started()).toMatchObject({ command, start: { isDirect: false, why: 'not-writable' } });
});

test('a package in a node_modules of the folder is what npx takes, and is not locked', async () => {
  const { command, lock, started } = await world();
  await lock();
  const here = join(command.cwd, 'node_modules/shown-server');
  mkdirSync(here, { recursive: true });
  expect(existsSync(here)).toBe(true);
  expect(await started()).toMatchObject({
    command,
    start: { isDirect: false, why: 'installed-here', word: here },
  });
});
