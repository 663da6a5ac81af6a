/** Three charts of the last 30 minutes of a server. */
import type { FeedCharts, FeedServer } from '../../protocol/feed.js';
import { E, type Kid, type View } from '../dom.js';
import { bytes, clock, duration, num } from '../format.js';
import { w } from '../words.js';
import { areaPath, barsPath, CHART, highest, linePath, sums, whole } from './chart-paths.js';

/** Bars are minutes. */
const MINUTE_MS = 60_000;

/** Between two calls of a quiet server lie points without any: up to two minutes of them the line of latency crosses. */
const BRIDGED_MS = 2 * MINUTE_MS;

/** A bar fills so much of its place. */
const BAR_PART = 0.6;

/** What a chart says beside its drawing. */
interface Frame {
  title: string;
  value: string;
  /** Behind the value, smaller. */
  more?: string | undefined;
  max: string;
  from: number;
  legend?: Kid;
}

/** Undefined before the first call: then a sentence says what would be here. */
export function chartsView(server: FeedServer, known: FeedCharts): View | undefined {
  if (!known.calls.some((count) => count > 0)) return undefined;
  const charts = whole(known);
  return E(
    'div.charts',
    {},
    callsChart(server, charts),
    latencyChart(server, charts),
    memoryChart(server, charts),
  );
}

function callsChart(server: FeedServer, { calls, from, everyMs }: FeedCharts): View {
  const minutes = sums(calls, Math.max(1, Math.round(MINUTE_MS / everyMs)));
  const max = highest(minutes);
  const width = (CHART.width / minutes.length) * BAR_PART;
  return chart(
    { title: w.detail.charts.calls, value: num(server.perMinute, 1), max: num(max), from },
    // Not kept at its width whatever the chart's is: a bar is part of the drawing.
    E('path.bars', { d: barsPath(minutes, max), css: { 'stroke-width': String(width) } }),
  );
}

function latencyChart(server: FeedServer, { p50, p99, from, everyMs }: FeedCharts): View {
  const max = highest(p50, p99);
  const bridged = Math.round(BRIDGED_MS / everyMs);
  const text = (ms: number | undefined) => (ms === undefined ? '–' : duration(ms));
  return chart(
    {
      title: w.detail.charts.latency,
      value: text(server.p50),
      more: w.detail.charts.p99({ p99: text(server.p99) }),
      max: duration(max),
      from,
      legend: E('span.legend', {}, E('span', {}, E('i'), 'p50'), E('span.p99', {}, E('i'), 'p99')),
    },
    E('path.line', { d: linePath(p50, max, { bridged }) }),
    E('path.line.p99', { d: linePath(p99, max, { bridged }) }),
  );
}

function memoryChart(server: FeedServer, { memory, from, memoryLimitBytes: limit }: FeedCharts): Kid {
  const max = highest(memory);
  if (max === 0) return null;
  return chart(
    {
      title: w.detail.charts.memory,
      value: server.memoryBytes === undefined ? '–' : bytes(server.memoryBytes),
      more: limit === undefined ? undefined : w.detail.charts.ofLimit({ limit: bytes(limit) }),
      max: bytes(max),
      from,
    },
    E('path.area', { d: areaPath(memory, max) }),
    E('path.line', { d: linePath(memory, max) }),
  );
}

function chart({ title, value, more, max, from, legend }: Frame, ...paths: Kid[]): View {
  const { width, height, top } = CHART;
  const highestText = w.detail.charts.max({ value: max });
  const said = `${title}: ${[value, more].filter(Boolean).join(' ')}, ${highestText}`;
  return E(
    'div.card.chart',
    {},
    E('h2.muted.small', {}, title),
    E('p.figure', {}, value, more !== undefined && E('small', {}, ` ${more}`)),
    E(
      'div.plot',
      { role: 'img', 'aria-label': said },
      E('span.max', {}, highestText),
      E(
        'svg',
        { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' },
        E('path.ground', { d: `M0 ${height}H${width}` }),
        E('path.top', { d: `M0 ${top}H${width}` }),
        paths,
      ),
    ),
    E(
      'div.ticks',
      { 'aria-hidden': 'true' },
      E('span', {}, clock(from)),
      legend,
      E('span', {}, w.detail.charts.now),
    ),
  );
}
