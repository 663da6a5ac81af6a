import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RateLimit } from '../../../src/observe/rate-limit.js';
import { ManualClock } from '../../helpers/manual-clock.js';

function limit(burst = 100, perSecond = 20) {
  const clock = new ManualClock();
  const reports: number[] = [];
  const made = new RateLimit({
    burst,
    perSecond,
    reportEveryMs: 10_000,
    clock,
    onDropped: (count) => reports.push(count),
  });
  const takeMany = (count: number) => Array.from({ length: count }, () => made.take()).filter(Boolean).length;
  return { clock, reports, made, takeMany };
}

describe('RateLimit', () => {
  it('lets a burst pass, then so many each second', async () => {
    const { clock, takeMany } = limit();
    expect(takeMany(500)).toBe(100);
    await clock.advance(1_000);
    expect(takeMany(500)).toBe(20);
    await clock.advance(50);
    expect(takeMany(500)).toBe(1);
  });

  it('never saves up more than one burst', async () => {
    const { clock, takeMany } = limit();
    await clock.advance(3_600_000);
    expect(takeMany(500)).toBe(100);
  });

  it('tells the count every ten seconds while the flood lasts', async () => {
    const { clock, reports, takeMany } = limit();
    takeMany(1_100);
    expect(reports).toEqual([]);
    await clock.advance(10_000);
    expect(reports).toEqual([1_000]);
  });

  it('tells the count before the first line after a pause, and not again', async () => {
    const { clock, reports, made, takeMany } = limit();
    takeMany(150);
    await clock.advance(3_000);
    expect(made.take()).toBe(true);
    expect(reports).toEqual([50]);
    expect(clock.pending).toBe(0);
    await clock.advance(60_000);
    expect(reports).toEqual([50]);
  });

  it('does not put a count between every two lines of a steady flood', async () => {
    const { clock, reports, takeMany } = limit();
    for (let i = 0; i < 50; i++) {
      takeMany(100);
      await clock.advance(100);
    }
    expect(reports).toEqual([]);
  });

  it('accounts for every line, whatever the rhythm', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat({ max: 400 }), fc.nat({ max: 20_000 })), { maxLength: 30 }),
        async (rhythm) => {
          const { clock, reports, made, takeMany } = limit();
          let offered = 0;
          let passed = 0;
          for (const [count, pauseMs] of rhythm) {
            offered += count;
            passed += takeMany(count);
            await clock.advance(pauseMs);
          }
          made.report();
          expect(passed + reports.reduce((sum, count) => sum + count, 0)).toBe(offered);
          expect(clock.pending).toBe(0);
        },
      ),
    );
  });
});
