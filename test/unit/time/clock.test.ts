import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/time/clock.js';
import { ManualClock } from '../../helpers/manual-clock.js';

const HOUR = 3_600_000;

test('a sleep ends early, without error, when its signal aborts, and leaves no listener behind', async () => {
  const abort = new AbortController();
  const before = systemClock.now();
  const sleep = systemClock.sleep(HOUR, abort.signal);
  abort.abort();
  await sleep;
  await systemClock.sleep(HOUR, abort.signal);
  expect(systemClock.now() - before).toBeLessThan(5_000);
  expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
});

test('a sleep that runs out leaves no listener behind', async () => {
  const { signal } = new AbortController();
  const before = systemClock.now();
  await systemClock.sleep(5, signal);
  // Node counts timers in whole milliseconds.
  expect(systemClock.now() - before).toBeGreaterThanOrEqual(4);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

test('nor does one on the clock that tests move', async () => {
  const { signal } = new AbortController();
  const clock = new ManualClock();
  const sleep = clock.sleep(5, signal);
  await clock.advance(5);
  await sleep;
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

test('what is cancelled is not called, and what is not is called once', async () => {
  const called: string[] = [];
  systemClock.after(1, () => called.push('cancelled'))();
  await new Promise<void>((resolve) => {
    systemClock.after(1, () => called.push('first'));
    systemClock.after(20, resolve);
  });
  expect(called).toEqual(['first']);
});

test('a wait longer than a timer can count does not end at once', async () => {
  let early = false;
  const cancel = systemClock.after(2 ** 40, () => {
    early = true;
  });
  const abort = new AbortController();
  const sleep = systemClock.sleep(2 ** 40, abort.signal).then(() => {
    early = true;
  });
  // Both would have ended before a timer that was set later.
  await systemClock.sleep(10);
  expect(early).toBe(false);
  cancel();
  abort.abort();
  await sleep;
});
