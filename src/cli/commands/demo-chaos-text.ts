import { type ChaosReport, isGood } from '../../daemon/chaos/chaos.js';
import { FAULT_KINDS } from '../../daemon/chaos/fault-plan.js';
import type { DoneFault } from '../../daemon/chaos/faults.js';
import { texts } from '../../messages/commands/demo.js';
import { formatMs } from '../../messages/human.js';
import { type Lang, messagesFor } from '../../messages/index.js';
import { rpcCodeWords } from '../../messages/rpc-codes.js';
import { displayWidth, padToWidth } from '../../observe/display-width.js';

const COLUMNS = ['sent', 'answered', 'errored', 'lost', 'wrong'] as const;
/** Wrong answers that are shown; JSON has more. */
const SHOWN_WRONG = 3;

/** Columns of numbers are at least so wide, or the table is hard to read. */
const LEAST_WIDTH = 6;

type Row = Readonly<Record<(typeof COLUMNS)[number] | 'open', number>> & { link: string };

/** One line of what happens: `  3.2 s  kill  echo (pid 4711)`. */
export function faultLine({ atMs, kind, target, server, ...facts }: DoneFault, lang: Lang): string {
  const { chaos } = texts[lang];
  const { numbers } = messagesFor(lang);
  const at = (Math.round(atMs / 100) / 10).toFixed(1).replace('.', numbers.decimal);
  const kinds = Object.values(chaos.kinds).map(displayWidth);
  return [
    `${at.padStart(6)} ${numbers.units.s}`,
    padToWidth(chaos.kinds[kind], Math.max(...kinds)),
    chaos.fault({ kind, at: server ?? target, ...facts }),
  ].join('  ');
}

/** The result as text: a table of the calls, errors by code, recoveries by kind of fault, and the verdict. */
export function chaosText(report: ChaosReport, lang: Lang): string {
  const { chaos } = texts[lang];
  const { links, errors, recoveries, seed, runMs, isInterrupted, notReady, wrongAnswers } = report;
  if (notReady.length > 0) return chaos.notReady({ links: notReady.join(', ') });
  const rows: Row[] = links.map(({ wrong, duplicated, ...row }) => ({ ...row, wrong: wrong + duplicated }));
  const sum = (name: (typeof COLUMNS)[number] | 'open') => rows.reduce((all, row) => all + row[name], 0);
  const total: Row = {
    link: chaos.total,
    ...{ sent: sum('sent'), answered: sum('answered'), errored: sum('errored') },
    ...{ lost: sum('lost'), wrong: sum('wrong'), open: sum('open') },
  };
  const never = recoveries.reduce((all, one) => all + one.never, 0);
  const verdict = isGood(report)
    ? [chaos.good]
    : [`${chaos.bad({ ...total, never })}.`, chaos.report({ seed, seconds: runMs / 1_000 })];
  return [
    ...(isInterrupted ? [chaos.interrupted, ''] : []),
    ...callTable([...rows, total], lang),
    ...(errors.length > 0 ? ['', chaos.errors] : []),
    ...errors.map(({ code, times }) => {
      const { means } = rpcCodeWords(code, lang) ?? { means: '' };
      return `${String(times).padStart(6)}  ${code}  ${means}`.trimEnd();
    }),
    ...(wrongAnswers.length > 0 ? ['', chaos.wrongAnswers] : []),
    ...wrongAnswers
      .slice(0, SHOWN_WRONG)
      .map(({ link, expected, got }) => `  ${link}: ${chaos.instead({ expected, got: quoted(got) })}`),
    ...(recoveries.length > 0 ? ['', chaos.recovery] : []),
    ...recoveryTable(report, lang),
    // Whoever stops it early has not seen the recoveries.
    ...(isInterrupted ? [] : ['', ...verdict]),
  ].join('\n');
}

const quoted = (got: string | number | undefined) =>
  typeof got === 'string' ? `"${got}"` : String(got ?? '-');

function callTable(rows: readonly Row[], lang: Lang): string[] {
  const { columns } = texts[lang].chaos;
  // Open calls are there only after an interruption.
  const names = rows.some(({ open }) => open > 0) ? ([...COLUMNS, 'open'] as const) : COLUMNS;
  return aligned([
    [columns.link, ...names.map((name) => columns[name])],
    ...rows.map((row) => [row.link, ...names.map((name) => String(row[name]))]),
  ]);
}

/** The slowest recovery from each kind of fault, on each link. */
function recoveryTable({ recoveries, faults, links, isInterrupted }: ChaosReport, lang: Lang): string[] {
  const { chaos } = texts[lang];
  const { numbers } = messagesFor(lang);
  const rows = FAULT_KINDS.flatMap((kind) => {
    const times = faults.filter((fault) => fault.kind === kind && fault.wasDone).length;
    if (times === 0) return [];
    const took = links.map(({ link }) => {
      const one = recoveries.find((other) => other.kind === kind && other.link === link);
      // Whoever stops it early has not waited for the recoveries.
      if (one && one.never > 0 && !isInterrupted) return chaos.never;
      return one?.slowestMs === undefined ? '-' : formatMs(one.slowestMs, numbers);
    });
    return [[chaos.kinds[kind], String(times), ...took]];
  });
  return aligned([['', chaos.times, ...links.map(({ link }) => link)], ...rows]);
}

/** Cells in columns, the first to the left and the others to the right. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => displayWidth(row[i]!))));
  const cell = (text: string, i: number) =>
    i === 0 ? padToWidth(text, widths[0]!) : text.padStart(Math.max(widths[i]!, LEAST_WIDTH));
  return rows.map((row) => row.map(cell).join('  ').trimEnd());
}

/** The result for programs. Times are milliseconds. */
export function chaosJson(report: ChaosReport): string {
  const { lost, wrong } = report.links.reduce(
    (sum, one) => ({ lost: sum.lost + one.lost, wrong: sum.wrong + one.wrong + one.duplicated }),
    { lost: 0, wrong: 0 },
  );
  return `${JSON.stringify({ ...report, lost, wrong, isGood: isGood(report) }, null, 2)}\n`;
}
