import { describe, expect, test } from 'vitest';
import {
  areaPath,
  barsPath,
  CHART,
  highest,
  linePath,
  sums,
  whole,
} from '../../../src/page/detail/chart-paths.js';

const box = { width: 100, height: 20, top: 4 };

/** The points of a path, the feet of bars left out. */
function pointsOf(path: string): [number, number][] {
  return [...path.matchAll(/[ML]([\d.]+) ([\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)]);
}

describe('bars', () => {
  test('stand in the middle of their parts, the highest ends below the top', () => {
    expect(barsPath([1, 0, 4, 2], 4, box)).toBe('M12.5 20V16M62.5 20V4M87.5 20V12');
  });

  test('are seen however low they are', () => {
    expect(barsPath([1, 1e6], 1e6, box)).toBe('M25 20V19M75 20V4');
  });

  test('are sums of a minute, the newest of which is whole', () => {
    expect(sums([1, 1, 2, 2, 3, 3, 4], 3)).toEqual([1, 5, 10]);
    expect(sums([], 6)).toEqual([]);
  });
});

describe('a line', () => {
  test('runs from edge to edge', () => {
    expect(linePath([0, 5, 10], 10, { box })).toBe('M0 20L50 12L100 4');
  });

  test('ends where nothing was measured, and a point alone is a dot', () => {
    expect(linePath([10, null, 0, 0, null], 10, { box })).toBe('M0 4h.1M50 20L75 20');
  });

  test('crosses as many missing points as it is told to', () => {
    expect(linePath([10, null, 10, null, null, 10], 10, { box, bridged: 1 })).toBe('M0 4L40 4M100 4h.1');
  });

  test('of nothing, or of one point, is no line that breaks the chart', () => {
    expect(linePath([], 0, { box })).toBe('');
    expect(linePath([null, null], 0, { box })).toBe('');
    expect(linePath([7], 7, { box })).toBe('M0 4h.1');
    expect(linePath([0, 0], 0, { box })).toBe('M0 20L100 20');
  });

  test('of 180 points stays in its box and below 3 KB', () => {
    const values = Array.from({ length: 180 }, (_, i) => Math.sin(i / 9) * 1e9 + 1e9);
    const path = linePath(values, highest(values));
    expect(pointsOf(path)).toHaveLength(180);
    for (const [x, y] of pointsOf(path)) {
      expect(x).toBeLessThanOrEqual(CHART.width);
      expect(y).toBeGreaterThanOrEqual(CHART.top);
      expect(y).toBeLessThanOrEqual(CHART.height);
    }
    expect(path.length).toBeLessThan(3000);
  });
});

test('an area stands on the ground, and has a gap where nothing was measured', () => {
  expect(areaPath([5, 10, null, 10, 10], 10, box)).toBe('M0 20L0 12L25 4V20ZM75 20L75 4L100 4V20Z');
});

test('the highest is that of all lines', () => {
  expect(highest([1, null], [null, 7])).toBe(7);
  expect(highest([null])).toBe(0);
});

test('a server that is ten seconds old has charts of thirty minutes', () => {
  const charts = whole({ everyMs: 10_000, from: 1_800_000, calls: [3], p50: [5], p99: [null], memory: [7] });
  expect(charts).toMatchObject({ from: 10_000 });
  for (const line of [charts.calls, charts.p50, charts.p99, charts.memory]) expect(line).toHaveLength(180);
  expect([charts.calls[0], charts.p50[0], charts.calls[179], charts.memory[179]]).toEqual([0, null, 3, 7]);
  expect(whole(charts)).toEqual(charts);
});
