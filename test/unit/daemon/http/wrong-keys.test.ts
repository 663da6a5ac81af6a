import { expect, test } from 'vitest';
import { WrongKeys } from '../../../../src/daemon/http/wrong-keys.js';
import { ManualClock } from '../../../helpers/manual-clock.js';

test('each further wrong key of an address is answered later, and four wait at most', async () => {
  const clock = new ManualClock();
  const keys = new WrongKeys(clock);
  const answered: number[] = [];
  const start = clock.now();
  const wrong = (from: string) => keys.wrong(from, () => answered.push(clock.now() - start));
  for (let i = 0; i < 4; i++) {
    expect(keys.mayTry('one')).toBe(true);
    wrong('one');
  }
  expect(keys.mayTry('one')).toBe(false);
  expect(keys.mayTry('another')).toBe(true);
  for (let i = 0; i < 40; i++) await clock.advance(100);
  expect(answered).toEqual([250, 500, 1000, 2000].map((ms) => expect.closeTo(ms, -2)));
  expect(keys.mayTry('one')).toBe(true);
  wrong('one');
  for (let i = 0; i < 50; i++) await clock.advance(100);
  expect(answered).toHaveLength(5);
  // A minute without a wrong key, and the next one is a slip again.
  for (let i = 0; i < 60; i++) await clock.advance(1_000);
  wrong('one');
  await clock.advance(300);
  expect(answered).toHaveLength(6);
});
