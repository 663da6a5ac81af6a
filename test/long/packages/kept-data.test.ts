import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

import { lockPackage, repairInstallation, resolvePackage } from '../../../src/packages/lock-package.js';
import { npxHash } from '../../../src/packages/npm/runner-folders.js';
import { readLock } from '../../../src/packages/read-lock.js';
import { installationFolder } from '../../../src/packages/store.js';
import { noteServer } from '../../helpers/npm-registry.js';
import { ask, packageWorld, signal } from '../../helpers/package-world.js';

test('what another server has written in both folders stays in both, and is told once', async () => {
  const { command, lock, started } = await packageWorld([noteServer('1.0.0')]);
  await ask(command);
  await lock();
  const first = (await started())!;
  await ask(first.command);
  // A second server that asks alike still runs at npx.
  await ask(command);
  const told = (await started())!.data!;
  expect(told).toMatchObject({ files: 0, left: ['node_modules/note-server/dist/notes.jsonl'] });
  expect((await started())!.data).toBeUndefined();
  expect((await ask(first.command)).notes).toHaveLength(3);
});

test('a server whose data cannot be carried over is not locked, and one that has no room for them is not started without', async () => {
  const { registry, command, places, lock, started } = await packageWorld([noteServer('1.0.0')]);
  const { dir } = await ask(command);
  const host = { cwd: command.cwd, env: command.env, signal, inBackground: false };
  const many = join(dir as string, 'large.bin');
  writeFileSync(many, '');
  // Sparse: more than a start may copy.
  truncateSync(many, 2 * 1024 ** 3);
  const wanted = {
    ...{ registry: 'npm' as const, runner: 'npx', specs: ['note-server'] as [string], bin: undefined },
    ...{ options: [], args: [] },
  };
  const locked = await resolvePackage(wanted, host);
  const lockFile = places.lockFiles[0]!;
  await expect(lockPackage(wanted, locked, { store: places.store, lockFile }, host)).rejects.toMatchObject({
    why: 'data',
    said: dirname(dir as string),
  });
  expect(existsSync(lockFile)).toBe(false);
  expect(await started()).toMatchObject({ start: { isDirect: false, why: 'not-locked' } });
  rmSync(many);
  await lock();
  await ask((await started())!.command);
  registry.publish(noteServer('1.1.0'));
  await lock();
  const [next] = readLock(lockFile).packages.values();
  // A folder where the file should be.
  mkdirSync(join(installationFolder(places.store, next!), 'node_modules/note-server/dist/notes.jsonl/x'), {
    recursive: true,
  });
  await expect(started()).rejects.toMatchObject({
    message: expect.stringContaining('cannot be carried over') as string,
  });
});

test('what a server has written beside its code is there after it was locked, after each update, and after a repair', async () => {
  const { registry, command, places, lock, started } = await packageWorld([noteServer('1.0.0')]);
  const atNpx = await ask(command);
  expect(atNpx.notes).toEqual(['1.0.0']);
  const npx = join(command.env.npm_config_cache!, '_npx', npxHash(['note-server']));
  const dir = join(npx, 'node_modules/note-server/dist');
  expect(atNpx.dir).toBe(dir);
  await lock();
  // The server runs at npx until its next start, and writes.
  await ask(command);
  writeFileSync(join(dir, 'added.js'), 'code is not carried over');
  writeFileSync(join(dir, 'run.sh'), '#!/bin/sh', { mode: 0o755 });
  writeFileSync(join(dir, 'server.pid'), '1');
  const first = (await started())!;
  expect(first.data).toEqual({ files: 1, left: [], from: npx, to: expect.any(String) as string });
  expect((await ask(first.command)).notes).toEqual(['1.0.0', '1.0.0', '1.0.0']);
  expect(existsSync(join(dir, 'notes.jsonl'))).toBe(true);
  const again = (await started())!;
  expect(again.data).toBeUndefined();

  registry.publish(noteServer('1.1.0'));
  await lock();
  const updated = (await started())!;
  expect(updated.start).toMatchObject({ isDirect: true, version: '1.1.0' });
  expect(updated.data).toMatchObject({ files: 1, left: [], from: first.data!.to });
  const seen = await ask(updated.command);
  expect(seen.notes).toEqual(['1.0.0', '1.0.0', '1.0.0', '1.1.0']);
  // What the packages have brought is theirs.
  expect(readFileSync(join(seen.dir as string, '../words.csv'), 'utf8')).toBe('words of 1.1.0');
  expect(readdirSync(seen.dir as string).sort()).toEqual(['cli.js', 'notes.jsonl']);
  // The old ones have theirs, too.
  expect(readFileSync(join(first.data!.to, 'node_modules/note-server/dist/notes.jsonl'), 'utf8')).toContain(
    '1.0.0',
  );

  const [locked] = readLock(places.lockFiles[0]!).packages.values();
  writeFileSync(join(seen.dir as string, 'evil.js'), '');
  const host = { cwd: command.cwd, env: command.env, signal, inBackground: false };
  // Nothing is taken away when it cannot be installed anew.
  const other = { ...host, env: { ...host.env, npm_config_cache: join(command.cwd, 'other-cache') } };
  registry.onArchive = () => Buffer.from('not the archive');
  await expect(repairInstallation(places.store, locked!, other)).rejects.toThrow();
  expect(existsSync(join(seen.dir as string, 'notes.jsonl'))).toBe(true);
  expect(await repairInstallation(places.store, locked!, host)).toMatchObject({ was: 'changed' });
  expect((await ask((await started())!.command)).notes).toHaveLength(5);
  expect(readdirSync(join(places.store, 'npm')).filter((name) => /old|part/.test(name))).toEqual([]);
});

test('a server in a sandbox that keeps data beside its code stays with its runner, and says where they are', async () => {
  const { command, lock, places, started, sandboxEnv } = await packageWorld([noteServer('1.0.0')]);
  const inSandbox = { ...command, env: { ...command.env, ...sandboxEnv } };
  const { dir } = await ask(inSandbox);
  const notes = join(dir as string, 'notes.jsonl');
  await expect(lock(true)).rejects.toMatchObject({ why: 'held-data', said: notes });
  expect(existsSync(places.lockFiles[0]!)).toBe(false);
  // Another server that asks alike has locked it.
  await lock();
  expect(await started(true)).toMatchObject({
    ...{ command, start: { isDirect: false, why: 'held-data', word: notes } },
  });
  expect((await ask(inSandbox)).notes).toHaveLength(2);
  rmSync(notes);
  expect((await started(true))?.start.isDirect).toBe(true);
});

test('a server in a sandbox that is started directly cannot have its runner start what it writes into its cache', async () => {
  const { command, lock, started, sandboxEnv } = await packageWorld([noteServer('1.0.0')]);
  const inSandbox = { ...command, env: { ...command.env, ...sandboxEnv } };
  await lock(true);
  expect((await started(true))?.start.isDirect).toBe(true);
  // What such a server can do: its sandbox lets it write its cache, where npx would look for its code.
  const { dir } = await ask(inSandbox);
  writeFileSync(join(dir as string, 'cli.js'), 'process.stdout.write("not the package");');
  expect(existsSync(join(dir as string, 'notes.jsonl'))).toBe(true);
  expect((await started(true))?.start).toMatchObject({ isDirect: true, version: '1.0.0' });
  // Nor can it keep its package from being updated.
  await lock(true);
});
