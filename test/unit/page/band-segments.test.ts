import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { partsOf, type Segment, segmentsOf } from '../../../src/page/detail/band-segments.js';
import type { FeedClass } from '../../../src/protocol/feed.js';
import { runs } from '../../helpers/runs.js';

const CLASS: Record<string, FeedClass | null> = { o: 'ok', b: 'bad', y: 'busy', r: 'rest', '.': null };

/** `oob`: the class of each interval. */
function band(letters: string): (FeedClass | null)[] {
  return [...letters].map((letter) => CLASS[letter]!);
}

/** `2o1b`: the segments. */
function shown(segments: readonly Segment[]): string {
  const letterOf = (one: FeedClass | null) => Object.keys(CLASS).find((key) => CLASS[key] === one);
  return segments.map(({ class: one, count }) => `${count}${letterOf(one)}`).join('');
}

describe('the last 24 hours', () => {
  test.each([
    ['....oooobyoo', '4.4o1b1y2o'],
    ['ooobobbboobooo', '3o8b3o'],
    ['boooob', '1b4o1b'],
    ['oybybyo', '1o1y3b1y1o'],
    ['yobobooy', '1y1o3b2o1y'],
    ['b..b', '4b'],
    ['orororo', '1o1r1o1r1o1r1o'],
    ['', ''],
  ])('%j is %s', (given, segments) => {
    expect(shown(segmentsOf(band(given)))).toBe(segments);
  });

  test('are at most 64 segments that cover all of it, and hide no fault', () => {
    const classes = fc.array(fc.constantFrom<FeedClass | null>('ok', 'bad', 'busy', 'rest', null), {
      minLength: 288,
      maxLength: 288,
    });
    fc.assert(
      fc.property(classes, (given) => {
        const segments = segmentsOf(given);
        expect(segments.length).toBeLessThanOrEqual(64);
        let at = 0;
        for (const { class: one, from, count } of segments) {
          expect(from).toBe(at);
          at += count;
          if (one !== 'bad') expect(given.slice(from, at)).not.toContain('bad');
        }
        expect(at).toBe(288);
      }),
      { numRuns: runs(100) },
    );
  });
});

test('the parts are those of the known time', () => {
  expect(partsOf(band('..ooob'))).toEqual([
    ['ok', 0.75],
    ['bad', 0.25],
  ]);
  expect(partsOf(band('..'))).toEqual([]);
});
