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
    expect(keys.mayTry('192.0.2.1')).toBe(true);
    wrong('192.0.2.1');
  }
  expect(keys.mayTry('192.0.2.1')).toBe(false);
  expect(keys.mayTry('192.0.2.2')).toBe(true);
  for (let i = 0; i < 40; i++) await clock.advance(100);
  expect(answered).toEqual([250, 500, 1000, 2000].map((ms) => expect.closeTo(ms, -2)));
  expect(keys.mayTry('192.0.2.1')).toBe(true);
  wrong('192.0.2.1');
  for (let i = 0; i < 50; i++) await clock.advance(100);
  expect(answered).toHaveLength(5);
  // A minute without a wrong key, and the next one is a slip again.
  for (let i = 0; i < 60; i++) await clock.advance(1_000);
  wrong('192.0.2.1');
  await clock.advance(300);
  expect(answered).toHaveLength(6);
});

test('who has a network of IPv6 has one turn with all of its addresses', () => {
  const keys = new WrongKeys(new ManualClock());
  for (let i = 1; i <= 4; i++) keys.wrong(`2001:db8:1:2::${i}`, () => {});
  expect(keys.mayTry('2001:db8:1:2:ffff::9')).toBe(false);
  expect(keys.mayTry('2001:db8:1:3::1')).toBe(true);
});
