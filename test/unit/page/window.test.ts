import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { windowOf } from '../../../src/page/window.js';

const rows = (n: number, height = 10) => Array.from({ length: n }, () => height);

describe('the window of a long list', () => {
  test('has the rows that are seen, some more, and the space of the others', () => {
    expect(windowOf(rows(100), { from: 500, to: 530, spare: 1 })).toEqual([
      { space: 490 },
      ...[49, 50, 51, 52, 53].map((row) => ({ row })),
      { space: 460 },
    ]);
  });

  test('keeps the row that has the focus, wherever it is', () => {
    const parts = windowOf(rows(100), { from: 500, to: 510, spare: 0, pinned: 3 });
    expect(parts).toEqual([{ space: 30 }, { row: 3 }, { space: 460 }, { row: 50 }, { space: 490 }]);
  });

  test('has the nearest end when nothing of the list is seen', () => {
    expect(windowOf(rows(5), { from: -900, to: -100, spare: 0 })).toEqual([{ row: 0 }, { space: 40 }]);
    expect(windowOf(rows(5), { from: 900, to: 1700, spare: 0 })).toEqual([{ space: 40 }, { row: 4 }]);
    expect(windowOf([], { from: 0, to: 800, spare: 3 })).toEqual([]);
  });

  test('is as high as the list, has each row once and in order, and all that are seen', () => {
    const list = fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(
        list,
        fc.integer({ min: -500, max: 3000 }),
        fc.integer({ min: 1, max: 900 }),
        (heights, from, size) => {
          const parts = windowOf(heights, { from, to: from + size, spare: 2, pinned: heights.length - 1 });
          const shown = parts.flatMap((part) => ('row' in part ? [part.row] : []));
          const height = parts.reduce(
            (sum, part) => sum + ('row' in part ? heights[part.row]! : part.space),
            0,
          );
          expect(height).toBe(heights.reduce((sum, one) => sum + one, 0));
          expect(shown).toEqual([...new Set(shown)].sort((one, other) => one - other));
          let top = 0;
          heights.forEach((one, row) => {
            if (top + one > from && top < from + size) expect(shown).toContain(row);
            top += one;
          });
        },
      ),
    );
  });
});
