import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { JumpingClock } from '../helpers/jumping-clock.js';

test('an hour passes at once, and what falls due runs in order of its time', async () => {
  const jumps: number[] = [];
  const clock = new JumpingClock((now) => jumps.push(now));
  const seen: string[] = [];
  clock.after(2_000, () => seen.push('later'));
  clock.after(1_000, () => seen.push('first'));
  clock.after(1_000, () => seen.push('second'));
  clock.after(1_500, () => seen.push('cancelled'))();
  await clock.sleep(3_600_000);
  expect(seen).toEqual(['first', 'second', 'later']);
  expect(jumps).toEqual([1_000, 2_000, 3_600_000]);
  expect(clock.now()).toBe(3_600_000);
});

test('time stands still while promises, turns of the event loop and files are under way', async () => {
  const clock = new JumpingClock();
  clock.after(1, () => {});
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
  for (let i = 0; i < 1_000; i++) await Promise.resolve();
  // Whatever the loop has looked at by now, nothing but the timer has come of it.
  const before = clock.now();
  clock.after(1, () => {});
  await readFile(import.meta.filename);
  expect(clock.now()).toBe(before);
  await clock.sleep(5);
  expect(clock.now()).toBe(before + 5);
});

test('a sleep ends early, without error, when its signal aborts', async () => {
  const clock = new JumpingClock();
  const abort = new AbortController();
  clock.after(10, () => abort.abort());
  await clock.sleep(1_000, abort.signal);
  expect(clock.now()).toBe(10);
  await clock.sleep(1_000, abort.signal);
  expect(clock.now()).toBe(10);
});
