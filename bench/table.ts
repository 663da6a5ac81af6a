import { furtherLink, growthOf } from './growth.js';
import { median } from './median.js';
import type { PartReport } from './report.js';
import type { Values } from './rows.js';
import { boundOf, isKept, targetOf } from './targets.js';

/** One round: subject to its values. */
export type Measured = Record<string, Values>;

/** `ratio` and `spread` are NaN where the base has no such row. */
export interface Cell {
  median: number;
  ratio: number;
  spread: [least: number, greatest: number];
}

export interface Row {
  name: string;
  cells: Partial<Record<string, Cell>>;
}

/** Rows that follow from others of the same round. */
const DERIVED: Readonly<Record<string, (values: Values) => Values>> = { pipe: furtherLink, growth: growthOf };

/** The rows of one part, with those that follow from them. */
export function rowsOf(
  part: string,
  { rounds, subjects, base }: Pick<PartReport, 'rounds' | 'subjects' | 'base'>,
): Row[] {
  const derived = DERIVED[part] ?? (() => ({}));
  const whole = rounds.map((round) =>
    Object.fromEntries(
      Object.entries(round).map(([name, values]) => [name, { ...values, ...derived(values) }]),
    ),
  );
  return compare(whole, subjects, base);
}

/** Medians over the rounds, and medians of the ratios within each round, which cancel what the machine does meanwhile. */
function compare(rounds: readonly Measured[], subjects: readonly string[], base: string): Row[] {
  const names = new Set(subjects.flatMap((subject) => Object.keys(rounds[0]?.[subject] ?? {})));
  return [...names].map((name) => {
    const cells: Row['cells'] = {};
    for (const subject of subjects) {
      const values = rounds.flatMap((round) => round[subject]?.[name] ?? []);
      const ratios = rounds.flatMap((round) => {
        const [value, reference] = [round[subject]?.[name], round[base]?.[name]];
        return value === undefined || !reference || reference < 0 ? [] : [value / reference];
      });
      if (values.length === 0) continue;
      const sorted = ratios.sort((a, b) => a - b);
      const spread: Cell['spread'] = [sorted[0] ?? Number.NaN, sorted.at(-1) ?? Number.NaN];
      cells[subject] = { median: median(values), ratio: median(ratios), spread };
    }
    return { name, cells };
  });
}

/** The words of a table in one language. */
export interface TableWords {
  row: (name: string) => string;
  subject: (name: string) => string;
  target: string;
  missed: string;
  /** Of a figure written as in English. */
  number: (figure: string) => string;
}

const ENGLISH: TableWords = {
  row: (name) => (name === '' ? 'row' : name),
  subject: (name) => name,
  ...{ target: 'target', missed: 'missed', number: (figure) => figure },
};

/** For a terminal, and as Markdown: the same text is both. Targets are those of the part, for its first subject. */
export function tableOf(part: string, report: PartReport, words = ENGLISH, only = /^/): string {
  const rows = rowsOf(part, report).filter(({ name }) => only.test(name));
  const { base } = report;
  const subjects = report.subjects.filter((subject) => rows.some(({ cells }) => cells[subject]));
  const hasTargets = rows.some(({ name }) => targetOf(part, name) !== undefined);
  const cellOf = (cell: Cell | undefined, subject: string) => {
    if (!cell) return '';
    const value = words.number(figure(cell.median));
    if (subject === base || Number.isNaN(cell.ratio)) return value;
    // The spread of ours alone: with that of all, the table would be too wide to be read.
    const [least, most] = cell.spread.map((ratio) => words.number(ratio.toFixed(2)));
    const spread = subject === subjects[0] ? `; ${least}..${most}` : '';
    return `${value} (x${words.number(cell.ratio.toFixed(2))}${spread})`;
  };
  const targetCell = ({ name, cells }: Row) => {
    const [target, cell] = [targetOf(part, name), cells[subjects[0]!]];
    if (!target || !cell) return '';
    const bound = words.number(boundOf(target));
    return isKept(target, cell) ? bound : `${bound} ${words.missed}`;
  };
  const lines = rows.map((row) => [
    words.row(row.name),
    ...subjects.map((subject) => cellOf(row.cells[subject], subject)),
    ...(hasTargets ? [targetCell(row)] : []),
  ]);
  return markdown([
    [words.row(''), ...subjects.map(words.subject), ...(hasTargets ? [words.target] : [])],
    ...lines,
  ]);
}

/** What a table of a terminal does not say itself. */
export function legendOf({ rounds, base, quick }: PartReport): string {
  const how = `${rounds.length === 1 ? 'one round' : `medians of ${rounds.length} rounds`}; x: the median of the ratios to ${base} within each round; in the first column also the least and the greatest of them.`;
  return quick ? `${how} A short measurement (--quick) tries the bench; it judges no target.` : how;
}

/** The first line is the head; all columns but the first are figures. */
export function markdown(lines: readonly (readonly string[])[]): string {
  const widths = lines[0]!.map((_, i) => Math.max(...lines.map((line) => line[i]!.length)));
  const format = (line: readonly string[]) =>
    `| ${line.map((text, i) => (i === 0 ? text.padEnd(widths[i]!) : text.padStart(widths[i]!))).join(' | ')} |`;
  const rule = `|${widths.map((width, i) => (i === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
  return [format(lines[0]!), rule, ...lines.slice(1).map(format)].join('\n');
}

export function figure(value: number): string {
  if (value >= 1000) return Math.round(value).toLocaleString('en');
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
