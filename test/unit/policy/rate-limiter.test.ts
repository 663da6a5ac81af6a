import { describe, expect, it } from 'vitest';
import { MAX_NAMES } from '../../../src/policy/limit-defaults.js';
import { WindowCounts } from '../../../src/policy/rate-limiter.js';

const rate = { calls: 3, perMs: 1_000 };

describe('counts of calls', () => {
  it('as many calls as the rate says are within it, and the next window has as many', () => {
    let now = 0;
    const counts = new WindowCounts(() => now);
    expect([1, 2, 3, 4].map(() => counts.take('key a', rate).isWithin)).toEqual([true, true, true, false]);
    now = 999;
    expect(counts.take('key a', rate)).toEqual({ isWithin: false, remaining: 0, resetMs: 1 });
    now = 1_000;
    expect(counts.take('key a', rate)).toEqual({ isWithin: true, remaining: 2, resetMs: 1_000 });
  });

  it('a window begins with its first call, not with a full minute', () => {
    let now = 700;
    const counts = new WindowCounts(() => now);
    counts.take('key a', rate);
    now = 1_500;
    expect(counts.take('key a', rate)).toEqual({ isWithin: true, remaining: 1, resetMs: 200 });
  });

  it('names are counted apart, and a name that looks like another one as well', () => {
    const counts = new WindowCounts(() => 0);
    for (const name of ['key a', 'key a ', 'address a', '__proto__', 'constructor'])
      expect(counts.take(name, rate)).toEqual({ isWithin: true, remaining: 2, resetMs: 1_000 });
  });

  it('a look counts nothing', () => {
    const counts = new WindowCounts(() => 0);
    for (let i = 0; i < 9; i++) expect(counts.look('key a', rate).remaining).toBe(3);
    counts.take('key a', rate);
    expect(counts.look('key a', rate)).toEqual({ isWithin: true, remaining: 2, resetMs: 1_000 });
  });

  it('a refused call does not lengthen the time', () => {
    let now = 0;
    const counts = new WindowCounts(() => now);
    for (let i = 0; i < 50; i++) counts.take('key a', rate);
    now = 1_000;
    expect(counts.take('key a', rate).isWithin).toBe(true);
  });

  it('another rate for the same name counts anew', () => {
    const counts = new WindowCounts(() => 0);
    for (let i = 0; i < 3; i++) counts.take('key a', rate);
    expect(counts.take('key a', { calls: 5, perMs: 1_000 }).remaining).toBe(1);
    expect(counts.take('key a', { calls: 5, perMs: 60_000 }).remaining).toBe(4);
  });

  it('a million addresses take no more room than the bound, and no more time than others', () => {
    let now = 0;
    const counts = new WindowCounts(() => now);
    const started = performance.now();
    for (let i = 0; i < 1_000_000; i++) counts.take(`address ${i}`, { calls: 3, perMs: 60_000 });
    expect(counts.size).toBeLessThanOrEqual(MAX_NAMES);
    // A walk over what was there before would take minutes.
    expect(performance.now() - started).toBeLessThan(30_000);
    now = 130_000;
    for (let i = 0; i < 2; i++) {
      counts.take('address new', { calls: 3, perMs: 60_000 });
      now += 60_000;
    }
    expect(counts.size).toBe(2);
  });

  it('a name is not forgotten before its window is over, however often others come and go', () => {
    let now = 0;
    const counts = new WindowCounts(() => now);
    for (let i = 0; i < 2_000; i++) {
      now = i;
      counts.take(`address ${i % 7}`, { calls: 10_000, perMs: 1_000 });
    }
    // Each of the seven has been called 142 or 143 times since its window began.
    expect(counts.look('address 0', { calls: 10_000, perMs: 1_000 }).remaining).toBe(10_000 - 143);
  });
});
