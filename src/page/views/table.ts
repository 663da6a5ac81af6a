import type { FeedServer } from '../../protocol/feed.js';
import { E, type Kid, keep, type View } from '../dom.js';
import { bytes, duration, num } from '../format.js';
import { WINDOW_FROM, WINDOW_SPARE } from '../numbers.js';
import type { Row } from '../order.js';
import { forNames, glyph, hrefTo, stateLine } from '../pieces.js';
import { onDrawn, page, redraw } from '../state.js';
import { windowOf } from '../window.js';
import { lang, w } from '../words.js';
import { light } from './wires.js';

/** Heights of rows that were drawn, by their keys; of others, the usual ones. They change with the width. */
const heights = new Map<string, number>();
let heightsAt = 0;
/** A guess in pixels, until rows of either kind were measured. */
const USUAL_ROW = 69;
/** The same of the heading of a group. */
const USUAL_GROUP = 40;
let body: HTMLElement | undefined;
let isWindowed = false;
/** A person wants all rows, so that the browser can find text in them. */
let areAllShown = false;

/** The servers. Of more than a hundred, only those that can be seen are in the document. */
export function table(rows: readonly Row[], isWired: boolean): Kid {
  const { columns } = w.overview;
  isWindowed = rows.length >= WINDOW_FROM && !areAllShown;
  const heads = [columns.server, columns.calls, columns.latency, columns.memory, columns.restarts];
  return [
    E(
      'div.panel',
      {
        key: 'table',
        role: 'table',
        'aria-labelledby': 'h-servers',
        'aria-rowcount': rows.length + 1,
      },
      E(
        'div',
        { role: 'rowgroup' },
        E(
          'div.row.titles',
          { role: 'row', 'aria-rowindex': 1 },
          heads.map((text, i) => E('div', { role: 'columnheader', class: i === 0 ? '' : 'number' }, text)),
        ),
      ),
      E(
        'div',
        {
          role: 'rowgroup',
          key: 'body',
          ref: (element) => {
            body = element;
          },
        },
        isWindowed ? seen(rows) : rows.map((row, i) => drawn(row, i, isWired)),
      ),
    ),
    isWindowed &&
      E(
        'button.button.quiet',
        {
          key: 'show all',
          onclick: () => {
            areAllShown = true;
            redraw();
          },
        },
        w.overview.showAll({ n: num(rows.length) }),
      ),
  ];
}

function seen(rows: readonly Row[]): Kid {
  const all = rows.map((row) => heights.get(keyOf(row)) ?? ('server' in row ? USUAL_ROW : USUAL_GROUP));
  const top = body?.isConnected ? body.getBoundingClientRect().top : innerHeight / 2;
  const focused = document.activeElement?.closest('[data-row]')?.getAttribute('data-row');
  const pinned = focused == null ? -1 : rows.findIndex((row) => keyOf(row) === focused);
  const parts = windowOf(all, {
    ...{ from: -top, to: innerHeight - top, spare: WINDOW_SPARE },
    pinned: pinned < 0 ? undefined : pinned,
  });
  return parts.map((part) =>
    'space' in part
      ? E('div', { 'aria-hidden': 'true', css: { height: `${part.space}px` } })
      : drawn(rows[part.row]!, part.row, false),
  );
}

onDrawn(() => {
  if (!isWindowed || !body?.isConnected) return;
  if (heightsAt !== innerWidth) {
    heightsAt = innerWidth;
    heights.clear();
  }
  for (const row of body.children) {
    const key = row.getAttribute('data-row');
    if (key !== null) heights.set(key, (row as HTMLElement).offsetHeight);
  }
});

let isScrolling = false;
/** Rows come and go as a person scrolls, once for each picture of the screen. */
export function followScroll(): void {
  if (!isWindowed || isScrolling) return;
  isScrolling = true;
  requestAnimationFrame(() => {
    isScrolling = false;
    redraw();
  });
}

function keyOf(row: Row): string {
  return 'server' in row ? `server ${row.server.name}` : `class ${row.class}`;
}

function drawn(row: Row, i: number, isWired: boolean): Kid {
  const key = keyOf(row);
  if ('server' in row) {
    const { server } = row;
    return keep(key, [server, i, isWired, lang, page.feed.status], () =>
      serverRow(server, { key, i, isWired }),
    );
  }
  return E(
    'div',
    { key, 'data-row': key, role: 'row', class: `group ${row.class}`, 'aria-rowindex': i + 2 },
    E('div', { role: 'cell' }, `${w.classes[row.class]} · ${num(row.count)}`),
  );
}

function serverRow(
  server: FeedServer,
  { key, i, isWired }: { key: string; i: number; isWired: boolean },
): View {
  const { name, links, p50, p99, memoryBytes } = server;
  const isCalled = server.class === 'ok' || server.spark.some((calls) => calls > 0);
  const lights = light('server', name);
  return E(
    'div',
    {
      role: 'row',
      class: `row item ${server.class}`,
      'data-row': key,
      'aria-rowindex': i + 2,
      ...lights.hover,
    },
    E(
      'div.name',
      { role: 'rowheader' },
      glyph(server.class),
      E(
        'div',
        {},
        E('a', { href: hrefTo(server), title: name, ...lights.focus }, name),
        E('div.state', {}, stateLine(server)),
        links.length > 0 && E('div.to', { 'aria-hidden': 'true' }, `→ ${links.join(', ')}`),
        links.length > 0 && E('span.unseen', {}, forNames(links)),
      ),
    ),
    cell(
      'rate',
      isCalled && [
        spark(server.spark),
        E('span', {}, num(server.perMinute, 1), E('span.unseen.unit', {}, w.perMinute)),
      ],
    ),
    cell(
      'latency',
      p50 !== undefined &&
        p99 !== undefined && [E('div.p50', {}, duration(p50)), E('div.p99', {}, duration(p99))],
    ),
    cell('memory', memoryBytes !== undefined && bytes(memoryBytes)),
    cell('restarts', num(server.restarts)),
    isWired && E('i.port', { 'data-port': `server ${name}`, 'aria-hidden': 'true' }),
  );
}

function cell(name: string, kids: Kid): View {
  const isEmpty = kids === false;
  return E(
    'div',
    { role: 'cell', class: `number ${name}${isEmpty ? ' empty-cell' : ''}` },
    isEmpty ? [E('span', { 'aria-hidden': 'true' }, '–'), E('span.unseen', {}, w.none)] : kids,
  );
}

/** Width and height of a row's small chart, in pixels. */
const SPARK_WIDTH = 84;
const SPARK_HEIGHT = 24;
/** Minutes that it shows. */
const SPARK_POINTS = 30;

/** The shape of half an hour, each to its own scale: the number beside it is the measure. */
function spark(points: readonly number[]): View {
  const most = Math.max(1, ...points);
  const step = SPARK_WIDTH / SPARK_POINTS;
  const bars = points.map((calls, i) => {
    // The newest stands right, also when there are few.
    const x = (SPARK_POINTS - points.length + i + 0.5) * step;
    const height = Math.max((calls / most) * SPARK_HEIGHT, 0.6);
    return `M${x.toFixed(1)} ${SPARK_HEIGHT}V${(SPARK_HEIGHT - height).toFixed(1)}`;
  });
  return E(
    'svg',
    {
      width: SPARK_WIDTH,
      height: SPARK_HEIGHT,
      viewBox: `0 0 ${SPARK_WIDTH} ${SPARK_HEIGHT}`,
      preserveAspectRatio: 'none',
      'aria-hidden': 'true',
    },
    E('path', { d: bars.join(''), stroke: 'currentColor', 'stroke-width': 1.9, fill: 'none' }),
  );
}
