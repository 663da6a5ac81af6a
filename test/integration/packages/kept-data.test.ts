import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readLock } from '../../../src/packages/lock-file.js';
import { repairInstallation } from '../../../src/packages/lock-package.js';
import { npxHash } from '../../../src/packages/npm/runner-folders.js';
import { noteServer } from '../../helpers/npm-registry.js';
import { ask, packageWorld, signal } from '../../helpers/package-world.js';

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

  const [locked] = (await readLock(places.lockFiles[0]!)).packages.values();
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
