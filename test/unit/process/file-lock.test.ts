import { lutimesSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lockFile } from '../../../src/process/file-lock.js';
import { processSpace } from '../../../src/process/identity.js';
import { folder } from '../../helpers/cli.js';

const DEAD = { pid: 2 ** 30, birth: 'never', nonce: 'n' };
/** Longer than any lock is held, in seconds. */
const LONG_AGO_S = 200;

test('a lock is had by one at a time, in this process as well', async () => {
  const file = join(await folder(), 'a.json');
  let holders = 0;
  const most: number[] = [];
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      const lock = await lockFile(file);
      holders += 1;
      most.push(holders);
      await new Promise((resolve) => setTimeout(resolve, 2));
      holders -= 1;
      lock.release();
    }),
  );
  expect(most).toEqual(Array(8).fill(1));
});

test('what a dead process left behind is passed over, of another container only after its time', async () => {
  const cwd = await folder();
  const file = join(cwd, 'a.json');
  const left = join(cwd, 'a.json.7.lock');
  writeFileSync(left, JSON.stringify({ ...DEAD, space: processSpace() }));
  (await lockFile(file)).release();
  expect(readdirSync(cwd)).toEqual([]);

  writeFileSync(left, JSON.stringify({ ...DEAD, space: 'elsewhere' }));
  await expect(lockFile(file, AbortSignal.timeout(100))).rejects.toThrow();
  const longAgo = Date.now() / 1_000 - LONG_AGO_S;
  utimesSync(left, longAgo, longAgo);
  (await lockFile(file)).release();
  expect(readdirSync(cwd)).toEqual([]);
});

test('a clock that was set back, or a lock that says nothing, makes nobody wait for hours', async () => {
  const cwd = await folder();
  const file = join(cwd, 'a.json');
  const left = join(cwd, 'a.json.1.lock');
  const anHourAhead = Date.now() / 1_000 + 3_600;
  writeFileSync(left, JSON.stringify({ ...DEAD, space: 'elsewhere' }));
  utimesSync(left, anHourAhead, anHourAhead);
  (await lockFile(file, AbortSignal.timeout(2_000))).release();
  expect(readdirSync(cwd)).toEqual([]);
  symlinkSync('nowhere', left);
  lutimesSync(left, anHourAhead, anHourAhead);
  (await lockFile(file, AbortSignal.timeout(2_000))).release();
  expect(readdirSync(cwd)).toEqual([]);
});

test('one that was taken over is noticed', async () => {
  const cwd = await folder();
  const lock = await lockFile(join(cwd, 'a.json'));
  expect(lock.isHeld()).toBe(true);
  const [name] = readdirSync(cwd);
  writeFileSync(join(cwd, name!), JSON.stringify({ ...DEAD, space: 'elsewhere' }));
  expect(lock.isHeld()).toBe(false);
  lock.release();
  expect(readdirSync(cwd)).toEqual([name]);
});
