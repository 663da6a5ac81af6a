/**
 * The tables of docs/performance.md and docs/vi/performance.md, made from what `npm run bench -- --docs` has written. `npm run schema`
 * writes them as well; what people wrote around them stays, and so does the block of what was not measured yet.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { aboveOneAgentMb } from '../bench/hub.js';
import { median } from '../bench/median.js';
import type { ProfileReport } from '../bench/profile-groups.js';
import { type PartReport, type Report, readReport } from '../bench/report.js';
import { markdown, rowsOf, type TableWords, tableOf } from '../bench/table.js';
import { boundOf, isKept, targetOf } from '../bench/targets.js';
import { LANGS, type Lang } from '../src/messages/index.js';
import { vietnameseGroup, vietnameseRow, vietnameseSubject } from './performance-words.js';

const resultFile = fileURLToPath(new URL('../bench/results/performance.json', import.meta.url));

export const performanceReport = (): Report => readReport(resultFile);

const performancePages: Readonly<Record<Lang, string>> = {
  en: fileURLToPath(new URL('../docs/performance.md', import.meta.url)),
  vi: fileURLToPath(new URL('../docs/vi/performance.md', import.meta.url)),
};

interface Words extends TableWords {
  group: (name: string) => string;
  share: string;
  kernel: string;
  kept: string;
  measured: (report: PartReport, load: readonly string[]) => string;
  /** Memory of many agents above that of one: median, least and greatest. */
  above: (mb: readonly string[]) => string;
  profiled: (profiles: readonly ProfileReport[]) => string;
}

const WORDS: Readonly<Record<Lang, Words>> = {
  en: {
    row: (name) => name || 'row',
    subject: (name) => name,
    group: (name) => name,
    number: (figure) => figure,
    ...{
      target: 'target',
      missed: 'missed',
      share: 'share of the time, %',
      kernel: 'in the kernel, all in all',
    },
    kept: 'None: all targets are met.',
    measured: ({ date, rounds, cores, cpu, node, base }, [least, most]) =>
      `Measured ${date.slice(0, 10)}, ${rounds.length} rounds in turn, medians; ${cores} cores (${cpu}), load ${least} to ${most}, Node.js ${node.slice(1)}. x: the median of the ratios to ${base} within each round; in the first column also the least and the greatest of them.`,
    above: ([middle, least, most]) =>
      `20 agents with 6 servers need ${middle} MB more than one agent with the same 6 servers (${least} to ${most}).`,
    profiled: ([first]) =>
      `Profiled ${first!.date.slice(0, 10)}, Node.js ${first!.node.slice(1)}: the time that the process worked while the row was measured, without what it waited.`,
  },
  vi: {
    row: (name) => (name === '' ? 'phép đo' : vietnameseRow(name)),
    subject: vietnameseSubject,
    group: vietnameseGroup,
    number: (figure) => figure.replace(/[.,]/g, (sign) => (sign === '.' ? ',' : '.')),
    ...{
      target: 'mục tiêu',
      missed: 'chưa đạt',
      share: 'phần thời gian, %',
      kernel: 'tổng cộng trong kernel',
    },
    kept: 'Không có: mọi mục tiêu đều đạt.',
    measured: ({ date, rounds, cores, cpu, node, base }, [least, most]) =>
      `Đo ngày ${date.slice(0, 10)}, ${rounds.length} vòng luân phiên, lấy trung vị; ${cores} nhân (${cpu}), tải ${least} đến ${most}, Node.js ${node.slice(1)}. x: trung vị của các tỷ lệ so với ${vietnameseSubject(base)} trong từng vòng; ở cột đầu kèm tỷ lệ nhỏ nhất và lớn nhất.`,
    above: ([middle, least, most]) =>
      `20 agent với 6 server cần thêm ${middle} MB so với một agent cùng 6 server đó (${least} đến ${most}).`,
    profiled: ([first]) =>
      `Lấy mẫu ngày ${first!.date.slice(0, 10)}, Node.js ${first!.node.slice(1)}: thời gian tiến trình làm việc trong lúc dòng đó được đo, không kể lúc chờ.`,
  },
};

/** Blocks that show only some rows of their part, the first of them with when it was measured; any other part has one block, of its name. */
const SOME: Readonly<Record<string, { part: string; only: RegExp; isTold: boolean }>> = {
  'pipe: one link': { part: 'pipe', only: /^(cold|one in|64 in|RSS|1 link)/, isTold: true },
  'pipe: large messages': { part: 'pipe', only: /^1 MiB/, isTold: false },
  'pipe: many links': { part: 'pipe', only: /^(\d+ links|each)/, isTold: false },
  'pipe: closes': { part: 'pipe', only: /^back/, isTold: false },
};

/** Of what one block shows, in one language; undefined where it was not measured yet. Pure. */
export function performanceBlock(name: string, report: Report, lang: Lang): string | undefined {
  const words = WORDS[lang];
  if (name === 'missed') return missed(report, words);
  if (name === 'profiles') return profilesTable(report, words);
  const { part, only = /^/, isTold = true } = SOME[name] ?? { part: name };
  const found = report.parts[part];
  if (!found) return undefined;
  const number = (one: number) => words.number(one.toFixed(1));
  const above = part === 'hub' ? aboveOneAgentMb(found.rounds) : [];
  const tail = [
    ...(isTold ? [words.measured(found, found.load.map(number))] : []),
    ...(above.length > 0
      ? [words.above([median(above), Math.min(...above), Math.max(...above)].map(number))]
      : []),
  ];
  const table = tableOf(part, found, words, only);
  return tail.length > 0 ? `${table}\n\n${tail.join(' ')}` : table;
}

/** Every target that is not met, in words. */
function missed({ parts }: Report, words: Words): string | undefined {
  const lines = Object.entries(parts).flatMap(([name, part]) =>
    rowsOf(name, part).flatMap((row) => {
      const [target, cell] = [targetOf(name, row.name), row.cells[part.subjects[0]!]];
      if (!target || !cell || isKept(target, cell)) return [];
      const value = target.isAbsolute ? cell.median.toFixed(2) : `x${cell.ratio.toFixed(2)}`;
      const figures = words.number(`${value} (${words.target}: ${boundOf(target)})`);
      return [`- ${name}: ${words.row(row.name)}: ${figures}`];
    }),
  );
  if (Object.keys(parts).length === 0) return undefined;
  return lines.length === 0 ? words.kept : lines.join('\n');
}

/** Groups with less, in every profile, are left out. */
const LEAST_SHARE = 0.02;

function profilesTable({ profiles }: Report, words: Words): string | undefined {
  const rows = Object.keys(profiles);
  if (rows.length === 0) return undefined;
  const all = Object.values(profiles);
  const percent = (share: number | undefined) =>
    share === undefined ? '' : words.number((100 * share).toFixed(1));
  const most = (group: string) => Math.max(...all.map(({ groups }) => groups[group] ?? 0));
  const groups = [...new Set(all.flatMap((profile) => Object.keys(profile.groups)))]
    .filter((group) => most(group) >= LEAST_SHARE)
    .sort((a, b) => most(b) - most(a));
  const table = markdown([
    [words.share, ...rows.map(words.row)],
    ...groups.map((group) => [words.group(group), ...all.map((profile) => percent(profile.groups[group]))]),
    [words.kernel, ...all.map(({ kernel }) => percent(kernel))],
  ]);
  return `${table}\n\n${words.profiled(all)}`;
}

const MARKED = /(<!-- generated: ([^>]+) -->\n)([\s\S]*?)(<!-- end -->)/g;

/** A page with its blocks made anew. */
function performancePage(page: string, lang: Lang, report: Report): string {
  return page.replace(MARKED, (_, open: string, name: string, is: string, end: string) => {
    const block = performanceBlock(name, report, lang);
    return `${open}${block === undefined ? is : `\n${block}\n\n`}${end}`;
  });
}

/** A figure that another page quotes. */
interface Quote {
  page: string;
  /** The figure alone. */
  pattern: Readonly<Record<Lang, RegExp>>;
  part: string;
  row: string;
  /** From the median of mcp-pipe. */
  figure: (median: number) => string;
}

const GATEWAY_CALL = {
  ...{ part: 'gateway', row: 'one call at a time, p50 µs' },
  figure: (us: number) => (us / 1000).toFixed(2),
};

const QUOTES: readonly Quote[] = [
  {
    ...{ page: 'choose.md', ...GATEWAY_CALL },
    pattern: {
      en: /(?<=over the gateway of mcp-pipe takes )[\d.]+(?= ms)/,
      vi: /(?<=qua gateway của mcp-pipe mất )[\d,]+(?= ms)/,
    },
  },
  {
    ...{ page: 'practices.md', ...GATEWAY_CALL },
    pattern: {
      en: /[\d.]+(?= ms for a call over the gateway)/,
      vi: /[\d,]+(?= ms cho một lời gọi qua gateway)/,
    },
  },
  {
    ...{ page: 'choose.md', part: 'pipe', row: '1 link, idle RSS, MiB' },
    figure: (mib) => (mib * 1.048576).toFixed(0),
    // The same in three columns.
    pattern: {
      en: /(?<=^\| memory without servers \|(?: \d+ MB \|){0,2} )\d+(?= MB \|)/gm,
      vi: /(?<=^\| bộ nhớ khi chưa tính server \|(?: \d+ MB \|){0,2} )\d+(?= MB \|)/gm,
    },
  },
  {
    ...{ page: 'small-vps.md', part: 'pipe', row: 'each further link, MB' },
    figure: (mb) => mb.toFixed(2),
    pattern: { en: /[\d.]+(?= MB for each further link)/, vi: /(?<=mỗi link thêm )[\d,]+(?= MB)/ },
  },
];

/** A page with the figures that it quotes; those that were not measured yet stay. */
function quotingPage(page: string, name: string, lang: Lang, { parts }: Report): string {
  return QUOTES.filter((quote) => quote.page === name).reduce((text, { pattern, part, row, figure }) => {
    if (text.search(pattern[lang]) < 0) throw new Error(`${name} (${lang}) does not quote "${row}"`);
    const found = parts[part] && rowsOf(part, parts[part]).find((one) => one.name === row);
    const cell = found?.cells['mcp-pipe'];
    return cell ? text.replace(pattern[lang], WORDS[lang].number(figure(cell.median))) : text;
  }, page);
}

/** Every page that has such figures, as it is and as it should be. */
export function performanceFiles(
  report = performanceReport(),
): { file: string; is: string; should: string }[] {
  return LANGS.flatMap((lang) => {
    const fileOf = (name: string) => join(dirname(performancePages[lang]), name);
    const quoting = [...new Set(QUOTES.map(({ page }) => page))].map((name) => {
      const is = readFileSync(fileOf(name), 'utf8');
      return { file: fileOf(name), is, should: quotingPage(is, name, lang, report) };
    });
    const file = performancePages[lang];
    const is = readFileSync(file, 'utf8');
    return [{ file, is, should: performancePage(is, lang, report) }, ...quoting];
  });
}

export function writePerformancePages(): void {
  for (const { file, is, should } of performanceFiles()) if (is !== should) writeFileSync(file, should);
}
