import type { FeedCharts } from '../../protocol/feed.js';

/** The size of a chart in its own units: `viewBox="0 0 width height"`. */
export interface Box {
  width: number;
  height: number;
  /** Left free at the top: the highest value ends here, under its dotted line. */
  top: number;
}

export const CHART: Box = { width: 300, height: 72, top: 8 };

/** Half an hour: what just happened, and whether it is new. */
const SHOWN_MS = 1_800_000;

/** In units of the box: a call without time, or a minute with hardly a call, is still seen. */
const LEAST_HEIGHT = 1;

/** Points of one line and where they belong: null where nothing was measured. */
type Points = readonly (number | null)[];

/** One decimal is a fifth of a pixel at most, and 180 points stay below 2 KB. */
function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function heightOf(value: number, max: number, { height, top }: Box): number {
  return height - (max > 0 ? Math.min(1, Math.max(0, value) / max) : 0) * (height - top);
}

/** Charts of all thirty minutes, also of a server that is not that old: their time is the same for all. */
export function whole(charts: FeedCharts): FeedCharts {
  const { everyMs, calls, p50, p99, memory } = charts;
  const missing = Math.max(0, Math.round(SHOWN_MS / everyMs) - calls.length);
  const none = Array.from({ length: missing }, () => null);
  return {
    ...charts,
    from: charts.from - missing * everyMs,
    calls: [...none.map(() => 0), ...calls],
    p50: [...none, ...p50],
    p99: [...none, ...p99],
    memory: [...none, ...memory],
  };
}

/** The highest of all points; 0 when there is none. */
export function highest(...lines: Points[]): number {
  let max = 0;
  for (const line of lines) for (const value of line) if (value !== null && value > max) max = value;
  return max;
}

/** Sums of `size` numbers each, counted from the end, so that the newest is whole. */
export function sums(values: readonly number[], size: number): number[] {
  const out: number[] = [];
  for (let end = values.length; end > 0; end -= size) {
    let sum = 0;
    for (let i = Math.max(0, end - size); i < end; i++) sum += values[i]!;
    out.unshift(sum);
  }
  return out;
}

/** One upright stroke for each value above 0, to be drawn as wide as `barWidth` says. */
export function barsPath(values: readonly number[], max: number, box = CHART): string {
  const step = box.width / values.length;
  return values
    .map((value, i) => {
      if (value <= 0) return '';
      const y = Math.min(heightOf(value, max, box), box.height - LEAST_HEIGHT);
      return `M${round((i + 0.5) * step)} ${box.height}V${round(y)}`;
    })
    .join('');
}

/** The positions of the points, in runs: up to `bridged` missing ones do not end a run. */
function runsOf(
  values: Points,
  max: number,
  { box = CHART, bridged = 0 }: { box?: Box; bridged?: number } = {},
): [x: number, y: number][][] {
  const step = values.length > 1 ? box.width / (values.length - 1) : 0;
  const runs: [number, number][][] = [];
  let last = Number.NEGATIVE_INFINITY;
  values.forEach((value, i) => {
    if (value === null) return;
    const point: [number, number] = [i * step, heightOf(value, max, box)];
    if (i - last - 1 > bridged) runs.push([point]);
    else runs.at(-1)!.push(point);
    last = i;
  });
  return runs;
}

/**
 * One line for each run of points; a point alone is a dot, given round caps.
 * @param options.bridged So many missing points the line crosses: between two calls there are some without any.
 */
export function linePath(values: Points, max: number, options: { box?: Box; bridged?: number } = {}): string {
  return runsOf(values, max, options)
    .map((run) => {
      const line = run.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${round(x)} ${round(y)}`).join('');
      return run.length === 1 ? `${line}h.1` : line;
    })
    .join('');
}

/** What lies below that line. */
export function areaPath(values: Points, max: number, box = CHART): string {
  return runsOf(values, max, { box })
    .filter((run) => run.length > 1)
    .map((run) => {
      const line = run.map(([x, y]) => `L${round(x)} ${round(y)}`).join('');
      return `M${round(run[0]![0])} ${box.height}${line}V${box.height}Z`;
    })
    .join('');
}
