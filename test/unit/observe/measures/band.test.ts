import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Band } from '../../../../src/observe/measures/band.js';
import { DayCount } from '../../../../src/observe/measures/day-count.js';
import { Timeline } from '../../../../src/observe/measures/timeline.js';
import type { FeedClass } from '../../../../src/protocol/feed.js';
import { runs } from '../../../helpers/runs.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe('a band', () => {
  it('has the worst class of each five minutes, and how long all was well', () => {
    const band = new Band(0);
    band.change(0, 'busy');
    band.change(MINUTE, 'ok');
    band.change(12 * MINUTE, 'bad');
    band.change(13 * MINUTE, 'ok');
    const { classes, wellPart } = band.read(20 * MINUTE, 0);
    expect(classes).toEqual(['busy', 'ok', 'bad', 'ok', 'ok']);
    expect(wellPart).toBeCloseTo(18 / 20, 6);
  });

  it('shows a fault that took no time at all', () => {
    const band = new Band(0);
    band.change(0, 'ok');
    band.change(10 * MINUTE, 'bad');
    band.change(10 * MINUTE, 'ok');
    expect(band.read(16 * MINUTE, 0).classes).toEqual(['ok', 'ok', 'bad', 'ok']);
  });

  it('loses nothing to rounding, however often it is read', () => {
    const band = new Band(0);
    band.change(0, 'bad');
    for (let at = 0; at <= 4 * MINUTE; at += 37) band.read(at, 0);
    band.change(4 * MINUTE, 'ok');
    for (let at = 4 * MINUTE; at <= 8 * MINUTE; at += 37) band.read(at, 0);
    expect(band.read(8 * MINUTE, 0).wellPart).toBeCloseTo(0.5, 3);
  });

  it('forgets what is older than a day, and goes on with the class of now', () => {
    const band = new Band(0);
    band.change(0, 'bad');
    band.change(HOUR, 'ok');
    const { classes, wellPart } = band.read(40 * HOUR, 40 * 12 - 287);
    expect(classes).toHaveLength(288);
    expect(new Set(classes)).toEqual(new Set(['ok']));
    expect(wellPart).toBe(1);
  });

  it('knows nothing of a time in which the machine slept', () => {
    const band = new Band(0);
    band.change(0, 'ok');
    band.skip(4 * MINUTE, 20 * MINUTE);
    expect(band.read(26 * MINUTE, 0).classes).toEqual(['ok', null, null, null, 'ok', 'ok']);
  });

  it('agrees with a list of all that happened', () => {
    const classes: (FeedClass | undefined)[] = [undefined, 'rest', 'ok', 'busy', 'bad'];
    const move = fc.record({ afterMs: fc.nat(9 * MINUTE), to: fc.constantFrom(...classes) });
    fc.assert(
      fc.property(fc.array(move, { maxLength: 60 }), (moves) => {
        const band = new Band(0);
        let at = 0;
        const held: { from: number; is: number }[] = [{ from: 0, is: 0 }];
        for (const { afterMs, to } of moves) {
          at += afterMs;
          band.change(at, to);
          held.push({ from: at, is: classes.indexOf(to) });
        }
        const last = Math.floor(at / (5 * MINUTE));
        const worst = (segment: number) => {
          const [start, end] = [segment * 5 * MINUTE, (segment + 1) * 5 * MINUTE];
          const there = held.filter(({ from }, i) => from < end && (held[i + 1]?.from ?? at) >= start);
          return Math.max(0, ...there.map(({ is }) => is));
        };
        const found = band.read(at, 0).classes;
        expect(found).toHaveLength(last + 1);
        for (let segment = 0; segment <= last; segment++) {
          const expected = worst(segment);
          expect(found[segment] ?? undefined, `segment ${segment}`).toBe(classes[expected]);
        }
      }),
      { numRuns: runs(100) },
    );
  });
});

describe('a count of a day', () => {
  it('forgets what is older', () => {
    const count = new DayCount(0);
    count.add(0);
    count.add(HOUR);
    count.add(HOUR);
    expect(count.read(2 * HOUR)).toBe(3);
    expect(count.read(24 * HOUR + 10 * MINUTE)).toBe(2);
    expect(count.read(400 * HOUR)).toBe(0);
  });
});

describe('the timeline', () => {
  function timeline() {
    const time = { mono: 500, wall: 1_000_000_000_000, gaps: [] as number[][] };
    const line = new Timeline({
      clock: { now: () => time.mono },
      wallNow: () => time.wall,
      onGap: (...gap) => time.gaps.push(gap),
    });
    const pass = (ms: number) => {
      time.mono += ms;
      time.wall += ms;
    };
    return { time, line, pass };
  }

  it('goes on with the time that a machine slept', () => {
    const { time, line, pass } = timeline();
    pass(5_000);
    expect(line.now()).toBe(5_000);
    time.wall += 3_600_000;
    pass(1_000);
    expect(line.now()).toBe(3_606_000);
    expect(time.gaps).toEqual([[6_000, 3_606_000]]);
    expect(line.wallOf(line.now() - 1_000)).toBe(time.wall - 1_000);
  });

  it('never goes back, and tells times by the wall clock of now', () => {
    const { time, line, pass } = timeline();
    pass(10_000);
    line.now();
    time.wall -= 7_200_000;
    pass(10_000);
    expect(line.now()).toBe(20_000);
    expect(time.gaps).toEqual([]);
    expect(line.wallOf(15_000)).toBe(time.wall - 5_000);
    time.wall += 7_200_000;
    pass(1_000);
    expect(line.now()).toBe(21_000);
    expect(time.gaps).toEqual([]);
    time.wall += 60_000;
    pass(1_000);
    expect(line.now()).toBe(82_000);
  });

  it('follows a wall clock that runs a little fast or slow', () => {
    const { time, line, pass } = timeline();
    for (let i = 0; i < 100; i++) {
      pass(10_000);
      time.wall += 10;
      line.now();
    }
    expect(line.now()).toBe(1_000_000);
    expect(time.gaps).toEqual([]);
  });
});
