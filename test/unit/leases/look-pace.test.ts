import { expect, it } from 'vitest';
import { LookPace } from '../../../src/leases/look-pace.js';
import { STORE } from '../../../src/leases/store-defaults.js';

const SECOND = 1_000;

function paceWith(links: number, machines?: number) {
  let at = 0;
  const pace = new LookPace({ clock: { now: () => at }, random: () => 0.5 });
  pace.machines = machines;
  const names = Array.from({ length: links }, (_, i) => [`token:${i}`]);
  for (const name of names) pace.waitMs(name);
  return { pace, names, wait: (i: number) => pace.waitMs(names[i]!), pass: (ms: number) => (at += ms) };
}

it('a few links ask at once, and each time that they are woken', () => {
  const { pace, names, wait, pass } = paceWith(10, 6);
  expect(wait(3)).toBe(0);
  pace.asks(names[3]!);
  pass(4 * SECOND);
  expect(pace.due(0)).toContain('token:3');
  expect(wait(3)).toBe(0);
});

it('a thousand machines with a hundred thousand links each ask no more often than all of them may', () => {
  const { pace, names, wait, pass } = paceWith(100_000, 1_000);
  const interval = (1_000 * 100_000 * SECOND) / STORE.looksPerSecond;
  expect(wait(3)).toBe(interval / 2);
  pass(interval / 2);
  expect(wait(3)).toBe(0);
  pace.asks(names[3]!);
  expect(wait(3)).toBe(interval);
});

it('a process with many links takes itself for one of many until it knows better', () => {
  const { pace, wait } = paceWith(10_000);
  const ofOne = (10_000 * SECOND) / STORE.looksPerSecond;
  expect(wait(3)).toBe((1_000 * ofOne) / 2);
  pace.machines = 2;
  expect(wait(3)).toBe(ofOne);
});

it('what was offered may be asked for at once, also by a link that needs more', () => {
  const { pace, wait } = paceWith(10_000, 1_000);
  const several = ['token:5', 'account:a'];
  expect(pace.waitMs(several)).toBeGreaterThan(0);
  pace.hurry(new Set(['token:3', 'account:a']));
  expect(wait(3)).toBe(0);
  expect(pace.waitMs(several)).toBe(0);
  expect(wait(4)).toBeGreaterThan(0);
  expect([...pace.due(0)].sort()).toEqual(['account:a', 'token:3', 'token:5']);
});

it('links that are not heard of again when they are due do not make others slower', () => {
  const { pace, wait, pass } = paceWith(10_000, 1_000);
  const before = wait(3);
  pass(100_000 * SECOND);
  pace.due(0);
  pace.due(0);
  expect(wait(3)).toBeLessThan(before);
});
