import { existsSync, mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { readLock } from '../../../src/packages/lock-file.js';
import { lockPackage, resolvePackage } from '../../../src/packages/lock-package.js';
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
  const [next] = (await readLock(lockFile)).packages.values();
  // A folder where the file should be.
  mkdirSync(join(installationFolder(places.store, next!), 'node_modules/note-server/dist/notes.jsonl/x'), {
    recursive: true,
  });
  await expect(started()).rejects.toMatchObject({
    message: expect.stringContaining('cannot be carried over') as string,
  });
});
