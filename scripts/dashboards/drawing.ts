/** What a query gives over a time. */
export interface Series {
  labels: Record<string, string>;
  /** Seconds since 1970, and the value. */
  points: readonly (readonly [at: number, value: number])[];
}

interface DrawnPanel {
  type: 'row' | 'stat' | 'timeseries' | 'state-timeline';
  title: string;
  gridPos: { x: number; y: number; w: number; h: number };
  fieldConfig?: {
    defaults: {
      unit: string;
      thresholds?: { steps: { color: string; value: number | null }[] };
      custom?: { stacking?: { mode: string } };
    };
  };
  targets?: { expr: string; legendFormat: string }[];
}

/** A dashboard, as far as it is drawn here. */
export interface DrawnBoard {
  title: string;
  panels: readonly DrawnPanel[];
}

interface Range {
  from: number;
  to: number;
}

interface Line {
  name: string;
  points: Series['points'];
}

const COLUMN = 52;
const ROW = 30;
const GAP = 6;
const COLOURS = ['#3b7dd8', '#d9822b', '#3d9a50', '#b0479a', '#7a6ad8', '#b3443c', '#2a9d9d', '#8a7a2a'];
const GREEN = '#3d9a50';
const RED = '#c94040';

/** The page of a board: each panel where it lies, with what `ask` answers. */
export async function pageOf(
  board: DrawnBoard,
  range: Range,
  ask: (expr: string) => Promise<Series[]>,
): Promise<string> {
  const parts: string[] = [];
  let bottom = 0;
  for (const panel of board.panels) {
    const { x, y, w, h } = panel.gridPos;
    bottom = Math.max(bottom, y + h);
    const box = { left: x * COLUMN, top: y * ROW, width: w * COLUMN - GAP, height: h * ROW - GAP };
    const style = Object.entries(box)
      .map(([name, value]) => `${name}:${value}px`)
      .join(';');
    const title = escaped(panel.title);
    if (panel.type === 'row') {
      parts.push(`<h2 style="${style}">${title}</h2>`);
      continue;
    }
    const answers = await Promise.all(
      (panel.targets ?? []).map(async ({ expr, legendFormat }) => linesOf(await ask(expr), legendFormat)),
    );
    const inside = drawn(panel, answers.flat(), range, box);
    parts.push(`<section style="${style}"><h3>${title}</h3>${inside}</section>`);
  }
  return `<!doctype html><meta charset="utf-8"><style>
    body{margin:16px;font:12px 'Noto Sans',sans-serif;color:#222;background:#f4f5f7}
    main{position:relative;width:${24 * COLUMN}px;height:${bottom * ROW}px}
    h1{font-size:18px;margin:0 0 12px} h2,section{position:absolute;margin:0;box-sizing:border-box}
    h2{font-size:14px;padding-top:4px} h3{font-size:12px;margin:0 0 2px;font-weight:600}
    section{background:#fff;border:1px solid #dcdfe4;padding:6px 8px;overflow:hidden}
    .figure{font-size:30px;text-align:center;line-height:62px} .none{color:#888;text-align:center;padding-top:60px}
    .legend{position:absolute;bottom:4px;left:8px;right:8px;height:32px;overflow:hidden;font-size:11px;line-height:16px}
    .legend span{margin-right:10px;white-space:nowrap} i{display:inline-block;width:10px;height:3px;margin-right:4px;vertical-align:middle}
    text{font:10px 'Noto Sans',sans-serif;fill:#555}
  </style><h1>${escaped(board.title)}</h1><main>${parts.join('')}</main>`;
}

function linesOf(series: readonly Series[], legend: string): Line[] {
  return series.map(({ labels, points }) => ({
    name:
      legend === '__auto'
        ? Object.values(labels).join(' ')
        : legend.replace(/\{\{(\w+)\}\}/g, (_, label: string) => labels[label] ?? ''),
    points: points.filter(([, value]) => Number.isFinite(value)),
  }));
}

function drawn(
  panel: DrawnPanel,
  lines: readonly Line[],
  range: Range,
  box: { width: number; height: number },
) {
  const { unit, thresholds, custom } = panel.fieldConfig!.defaults;
  const filledLines = lines.filter(({ points }) => points.length > 0);
  if (panel.type === 'stat') {
    const value = filledLines[0]?.points.at(-1)?.[1];
    if (value === undefined) return '<div class="figure">–</div>';
    const step = thresholds!.steps.findLast(({ value: from }) => from === null || value >= from)!;
    return `<div class="figure" style="color:${step.color === 'red' ? RED : GREEN}">${said(value, unit)}</div>`;
  }
  if (filledLines.length === 0) return '<div class="none">No data</div>';
  if (panel.type === 'state-timeline') return strips(filledLines, range, box);
  return chart(filledLines, range, box, unit, custom?.stacking?.mode === 'normal');
}

function strips(lines: readonly Line[], { from, to }: Range, box: { width: number; height: number }): string {
  const left = 150;
  const width = box.width - 20 - left;
  const height = Math.min(24, (box.height - 44) / lines.length);
  const at = (time: number) => left + ((time - from) / (to - from)) * width;
  const rows = lines.map(({ name, points }, i) => {
    const y = i * height;
    const blocks = points.map(([time, value], k) => {
      const until = points[k + 1]?.[0] ?? to;
      const w = Math.max(0.5, at(until) - at(time) + 0.3);
      return `<rect x="${at(time).toFixed(1)}" y="${y + 2}" width="${w.toFixed(1)}" height="${height - 4}" fill="${value >= 1 ? GREEN : RED}"/>`;
    });
    const short = name.length > 24 ? `${name.slice(0, 23)}…` : name;
    return `<text x="0" y="${y + height / 2 + 4}">${escaped(short)}</text>${blocks.join('')}`;
  });
  return `<svg width="${box.width - 18}" height="${box.height - 34}">${rows.join('')}</svg>`;
}

function chart(
  lines: readonly Line[],
  { from, to }: Range,
  box: { width: number; height: number },
  unit: string,
  isStacked: boolean,
): string {
  const [left, width, height] = [58, box.width - 84, box.height - 84];
  const below = new Map<number, number>();
  const areas = lines.map(({ name, points }) => ({
    name,
    points: points.map(([time, value]) => {
      const base = isStacked ? (below.get(time) ?? 0) : 0;
      if (isStacked) below.set(time, base + value);
      return { time, base, top: base + value };
    }),
  }));
  const most = roundUp(Math.max(...areas.flatMap(({ points }) => points.map(({ top }) => top))));
  const x = (time: number) => (left + ((time - from) / (to - from)) * width).toFixed(1);
  const y = (value: number) => (6 + height - (value / most) * height).toFixed(1);
  const scale = [0, 0.5, 1].map(
    (part) =>
      `<line x1="${left}" x2="${left + width}" y1="${y(most * part)}" y2="${y(most * part)}" stroke="#e4e6ea"/><text x="${left - 6}" y="${Number(y(most * part)) + 3}" text-anchor="end">${said(most * part, unit)}</text>`,
  );
  const times = [0, 1 / 3, 2 / 3, 1].map((part) => {
    const time = from + part * (to - from);
    const clock = new Date(time * 1000).toISOString().slice(11, 16);
    return `<text x="${x(time)}" y="${height + 20}" text-anchor="${part === 1 ? 'end' : 'start'}">${clock}</text>`;
  });
  const curves = areas.map(({ points }, i) => {
    const colour = COLOURS[i % COLOURS.length]!;
    const top = points.map((one) => `${x(one.time)},${y(one.top)}`);
    const base = [...points].reverse().map((one) => `${x(one.time)},${y(one.base)}`);
    const area = isStacked
      ? `<polygon points="${[...top, ...base].join(' ')}" fill="${colour}" opacity="0.35"/>`
      : '';
    return `${area}<polyline points="${top.join(' ')}" fill="none" stroke="${colour}" stroke-width="1.3"/>`;
  });
  const legend = areas.map(
    ({ name }, i) =>
      `<span><i style="background:${COLOURS[i % COLOURS.length]}"></i>${escaped(name === '' ? '–' : name)}</span>`,
  );
  return `<svg width="${box.width - 18}" height="${height + 26}">${[...scale, ...times, ...curves].join('')}</svg><div class="legend">${legend.join('')}</div>`;
}

/** The next of 1, 2, 5, 10, ... */
function roundUp(value: number): number {
  if (!(value > 0)) return 1;
  const tens = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * tens).find((step) => step >= value)!;
}

/** A value in a unit of Grafana, about as Grafana writes it. */
function said(value: number, unit: string): string {
  const rounded = (number: number) => String(Number(number.toPrecision(3)));
  if (unit === 'percentunit') return `${rounded(value * 100)}%`;
  if (unit === 's') {
    if (value > 0 && value < 1) return `${rounded(value * 1000)} ms`;
    return value >= 60 ? `${rounded(value / 60)} min` : `${rounded(value)} s`;
  }
  const scaled = (base: number, names: readonly string[]) => {
    const step = Math.min(names.length - 1, Math.max(0, Math.floor(Math.log(value || 1) / Math.log(base))));
    return `${rounded(value / base ** step)} ${names[step]}`.trim();
  };
  if (unit === 'bytes') return scaled(1024, ['B', 'KiB', 'MiB', 'GiB']);
  if (unit === 'Bps') return scaled(1000, ['B/s', 'kB/s', 'MB/s']);
  if (unit === 'reqps') return `${rounded(value)} req/s`;
  return scaled(1000, ['', 'K', 'M']);
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
