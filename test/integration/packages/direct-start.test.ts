import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readLock } from '../../../src/packages/read-lock.js';
import { shownServer } from '../../helpers/npm-registry.js';
import { ask, packageWorld } from '../../helpers/package-world.js';

test('a locked server is started by its entry, without a parent and without a question to the registry', async () => {
  const { registry, command, places, lock, started } = await packageWorld();
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

test('an archive that is not the locked one is refused with its integrity, and nothing is left of it', async () => {
  const { registry, command, places, lock, started } = await packageWorld();
  await lock();
  rmSync(places.store, { recursive: true });
  rmSync(command.env.npm_config_cache!, { recursive: true });
  const [other] = shownServer('6.6.6');
  registry.publish({ ...other!, version: '1.0.0', files: { 'cli.js': 'evil' } });
  const { packages } = readLock(places.lockFiles[0]!);
  const [locked] = packages.values();
  await expect(started()).rejects.toMatchObject({
    code: 'LAUNCH_FAILED',
    reason: 'EINTEGRITY',
    message: expect.stringContaining(locked!.integrity[0]!) as string,
  });
  expect(readdirSync(join(places.store, 'npm'))).toEqual([]);
});
