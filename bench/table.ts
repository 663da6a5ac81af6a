import { median } from './median.js';
import type { Values } from './rows.js';
import { targetOf, verdict } from './targets.js';

/** One round: subject to its values. */
export type Measured = Record<string, Values>;

export interface Row {
  name: string;
  subjects: Record<string, { median: number; ratio: number; spread: [number, number] }>;
}

/** Medians over the rounds, and medians of the ratios within each round, which cancel what the machine does meanwhile. */
export function compare(rounds: readonly Measured[], subjects: readonly string[], base: string): Row[] {
  const names = Object.keys(rounds[0]?.[base] ?? {});
  const rows = names.map((name) => ({ name, subjects: {} as Row['subjects'] }));
  for (const row of rows) {
    for (const subject of subjects) {
      const values = rounds.flatMap((round) => round[subject]?.[row.name] ?? []);
      const ratios = rounds.flatMap((round) => {
        const [value, reference] = [round[subject]?.[row.name], round[base]?.[row.name]];
        return value === undefined || !reference ? [] : [value / reference];
      });
      if (values.length === 0) continue;
      const spread: [number, number] = [Math.min(...ratios), Math.max(...ratios)];
      row.subjects[subject] = { median: median(values), ratio: median(ratios), spread };
    }
  }
  return rows;
}

/** For a terminal, and as Markdown: the same text is both. Targets are those of the part, for its first subject. */
export function tableOf(rows: readonly Row[], base: string, part: string): string {
  const subjects = Object.keys(rows[0]?.subjects ?? {});
  const hasTargets = rows.some(({ name }) => targetOf(part, name) !== undefined);
  const header = ['row', ...subjects, ...(hasTargets ? ['target'] : [])];
  const lines = rows.map(({ name, subjects: cells }) => [
    name,
    ...subjects.map((subject) => {
      const cell = cells[subject];
      if (!cell) return '-';
      const [least, most] = cell.spread.map((ratio) => ratio.toFixed(2));
      return subject === base
        ? figure(cell.median)
        : `${figure(cell.median)} (x${cell.ratio.toFixed(2)}; ${least}..${most})`;
    }),
    ...(hasTargets ? [targetCell(part, name, cells[subjects[0]!]?.ratio)] : []),
  ]);
  const widths = header.map((_, i) => Math.max(...[header, ...lines].map((line) => line[i]!.length)));
  const format = (line: readonly string[]) =>
    `| ${line.map((text, i) => (i === 0 ? text.padEnd(widths[i]!) : text.padStart(widths[i]!))).join(' | ')} |`;
  const rule = `|${widths.map((width, i) => (i === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
  return [format(header), rule, ...lines.map(format)].join('\n');
}

function targetCell(part: string, row: string, ratio: number | undefined): string {
  const target = targetOf(part, row);
  return target && ratio !== undefined ? verdict(target, ratio) : '';
}

function figure(value: number): string {
  if (value >= 1000) return Math.round(value).toLocaleString('en');
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
