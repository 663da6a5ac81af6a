import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CallHistory, pointOf } from '../../../../src/observe/measures/call-history.js';
import {
  BUCKETS,
  bucketOf,
  LATENCY_ERROR,
  latencyOf,
  SHORTEST_MS,
} from '../../../../src/observe/measures/latency-buckets.js';
import { runs } from '../../../helpers/runs.js';

/** From microseconds to half an hour, as many of each magnitude. */
const latency = fc.double({ min: -3, max: 6.2, noNaN: true }).map((power) => 10 ** power);

/** The smallest of the values that `part` of them do not exceed. */
function exact(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(1, Math.ceil(part * sorted.length)) - 1]!;
}

/** Adds a call that took `ms`. */
function adder(history: CallHistory) {
  return (at: number, ms: number | undefined) =>
    history.add(pointOf(at), ms === undefined ? undefined : bucketOf(ms));
}

function expectNear(found: number | undefined, value: number) {
  const rounded = Math.max(value, SHORTEST_MS);
  expect(Math.abs(found! - rounded) / rounded).toBeLessThanOrEqual(LATENCY_ERROR);
}

describe('quantiles of latencies', () => {
  it('every latency is within the error of what stands for its bucket', () => {
    fc.assert(
      fc.property(latency, (ms) => expectNear(latencyOf(bucketOf(ms)), ms)),
      { numRuns: runs(1_000) },
    );
    expect(BUCKETS).toBeLessThan(255);
    for (const odd of [Number.NaN, -1, 0]) expect(latencyOf(bucketOf(odd))).toBe(SHORTEST_MS);
    expect(bucketOf(Number.POSITIVE_INFINITY)).toBe(BUCKETS - 1);
  });

  it('p50 and p99 of half an hour are within the error of the exact ones', () => {
    const call = fc.record({ afterMs: fc.nat(20_000), ms: latency });
    fc.assert(
      fc.property(fc.array(call, { minLength: 1, maxLength: 200 }), (calls) => {
        const history = new CallHistory(0);
        const add = adder(history);
        let at = 0;
        const kept: { at: number; ms: number }[] = [];
        for (const { afterMs, ms } of calls) {
          at += afterMs;
          add(at, ms);
          kept.push({ at, ms });
          // The minute that runs, and the 29 before it.
          const from = (Math.floor(at / 60_000) - 29) * 60_000;
          const window = kept.filter((one) => one.at >= from).map((one) => one.ms);
          const { p50, p99 } = history.figures(at, 0);
          expectNear(p50, exact(window, 0.5));
          expectNear(p99, exact(window, 0.99));
        }
      }),
      { numRuns: runs(100) },
    );
  });

  it('each point of a chart has the quantiles and the number of its own ten seconds', () => {
    const call = fc.record({ afterMs: fc.nat(30_000), ms: latency });
    fc.assert(
      fc.property(fc.array(call, { minLength: 1, maxLength: 100 }), (calls) => {
        const history = new CallHistory(0);
        const add = adder(history);
        let at = 0;
        const byPoint = new Map<number, number[]>();
        for (const { afterMs, ms } of calls) {
          at += afterMs;
          add(at, ms);
          const point = Math.floor(at / 10_000);
          byPoint.set(point, [...(byPoint.get(point) ?? []), ms]);
        }
        const last = Math.floor(at / 10_000);
        const first = Math.max(0, last - 179);
        const points = history.points(at, first);
        expect(points.calls).toHaveLength(last - first + 1);
        for (let point = first; point <= last; point++) {
          const values = byPoint.get(point) ?? [];
          expect(points.calls[point - first]).toBe(values.length);
          if (values.length === 0) expect(points.p50[point - first]).toBeNull();
          else expectNear(points.p99[point - first]!, exact(values, 0.99));
        }
      }),
      { numRuns: runs(100) },
    );
  });
});

describe('the calls of half an hour', () => {
  it('are counted by minute, back from now, and forgotten after it', () => {
    const history = new CallHistory(0);
    const add = adder(history);
    add(5_000, 10);
    add(59_000, 10);
    add(61_000, undefined);
    expect(history.figures(61_000, 0)).toMatchObject({ perMinute: 2, spark: [1, 2] });
    expect(history.figures(115_000, 0)).toMatchObject({ perMinute: 1, spark: [2, 1] });
    expect(history.figures(1_200_000, 0).spark).toHaveLength(21);
    expect(history.figures(1_790_000, 0).spark).toHaveLength(30);
    const later = history.figures(1_900_000, 0);
    expect(later).toMatchObject({ perMinute: 0, p50: undefined, p99: undefined });
    expect(later.spark).toEqual(new Array(30).fill(0));
  });

  it('give the same array while nothing has changed, so that a reader need not compare numbers', () => {
    const history = new CallHistory(0);
    const add = adder(history);
    add(0, 1);
    const { spark } = history.figures(2_000_000, 0);
    expect(history.figures(2_100_000, 0).spark).toBe(spark);
    add(2_100_000, 1);
    expect(history.figures(2_100_000, 0).spark).not.toBe(spark);
  });

  it('survive a jump of any length', () => {
    const history = new CallHistory(0);
    const add = adder(history);
    for (const at of [1e3, 7e6, 7e6 + 1, 9e10, 9e10 + 30 * 60_000 - 1]) add(at, 5);
    const at = 9e10 + 30 * 60_000 - 1;
    expect(history.figures(at, 0).spark.reduce((sum, calls) => sum + calls, 0)).toBe(2);
    expect(history.figures(at + 1e12, 0)).toMatchObject({ perMinute: 0, p50: undefined });
  });
});
