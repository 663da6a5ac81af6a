import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Backoff } from '../../../src/time/backoff.js';
import { runs } from '../../helpers/runs.js';

const fixed = { seed: 20_241_105, numRuns: runs(500) };
const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const delays = (backoff: Backoff, count: number): number[] =>
  Array.from({ length: count }, () => backoff.nextDelayMs());

describe('Backoff', () => {
  test('doubles its ceiling up to the highest', () => {
    const backoff = new Backoff({ minDelayMs: 1_000, maxDelayMs: 10_000, random: () => 0.999_999_9 });
    expect(delays(backoff, 6)).toEqual([1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
    expect(backoff.attempt).toBe(6);
  });

  test('may come back at once the first time, and never below the least wait again', () => {
    const backoff = new Backoff({ minDelayMs: 1_000, maxDelayMs: 10_000, random: () => 0 });
    expect(delays(backoff, 3)).toEqual([0, 1_000, 1_000]);
  });

  test('spreads evenly between the least wait and the ceiling', () => {
    const backoff = (random: number) =>
      new Backoff({ minDelayMs: 100, maxDelayMs: 1_600, random: () => random });
    expect([0, 0.25, 0.5, 0.75].map((random) => delays(backoff(random), 5)[4])).toEqual([
      100, 475, 850, 1_225,
    ]);
  });

  test('starts over after a reset', () => {
    const backoff = new Backoff({ minDelayMs: 1_000, maxDelayMs: 60_000, random: () => 0.5 });
    const first = delays(backoff, 4);
    backoff.reset();
    expect(backoff.attempt).toBe(0);
    expect(delays(backoff, 4)).toEqual(first);
  });

  test('stays within its bounds for ever, whatever chance says', () => {
    fc.assert(
      fc.property(
        fc.nat(5_000),
        fc.nat(1_000_000),
        fc.array(chance, { minLength: 1, maxLength: 8 }),
        (minDelayMs, more, draws) => {
          const maxDelayMs = minDelayMs + more;
          let drawn = 0;
          const backoff = new Backoff({
            minDelayMs,
            maxDelayMs,
            random: () => draws[drawn++ % draws.length]!,
          });
          // 1,100 doublings leave what a double can hold.
          const [first, ...later] = delays(backoff, 1_100);
          expect(first).toBeLessThanOrEqual(minDelayMs);
          for (const delay of later)
            if (!(delay >= minDelayMs && delay <= maxDelayMs)) expect.unreachable(`${delay} ms`);
        },
      ),
      fixed,
    );
  });
});
