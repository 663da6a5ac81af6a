/**
 * The tables of docs/small-vps.md and docs/vi/small-vps.md, made from what `npm run bench -- --part footprint` has written. `npm run
 * schema` writes them; what people wrote around them stays.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { FootprintReport } from '../bench/footprint-report.js';
import type { WholeWay } from '../bench/footprint-whole.js';
import { LANGS, type Lang } from '../src/messages/index.js';

const resultFile = fileURLToPath(new URL('../bench/results/footprint.json', import.meta.url));

export const footprintPages: Readonly<Record<Lang, string>> = {
  en: fileURLToPath(new URL('../docs/small-vps.md', import.meta.url)),
  vi: fileURLToPath(new URL('../docs/vi/small-vps.md', import.meta.url)),
};

const WORDS = {
  en: {
    decimal: '.',
    whole: [
      'mcp-pipe with all six',
      'resident MB',
      'proportional MB',
      'processes',
      'all tools are there after, s',
      'first call, s',
    ],
    ways: {
      written: 'by npx and uvx',
      direct: 'started directly',
      demand: 'started directly, on demand: before the first call',
    } satisfies Record<WholeWay, string>,
    awake: 'the same, one server has been called',
    servers: ['server', 'resident MB by npx or uvx', 'directly', 'start by npx or uvx, s', 'directly, s'],
    sum: 'the six together',
    others: 'other servers',
    all: (count: number) => `all ${count} together`,
    measured: ({ date, cpu, cores, node, npm, uv, python, rounds, least, most }: Measured) =>
      `Measured ${date}, ${rounds} rounds in turn, medians; ${cores} cores (${cpu}) that others were using (load ${least} to ${most}), Node.js ${node}, npm ${npm}, uv ${uv}, Python ${python}; caches were warm. x: the median of the ratios within each round.`,
  },
  vi: {
    decimal: ',',
    whole: [
      'mcp-pipe với cả sáu server',
      'bộ nhớ thường trú, MB',
      'phần chia theo tỷ lệ, MB',
      'số tiến trình',
      'có đủ mọi tool sau, giây',
      'lời gọi đầu tiên, giây',
    ],
    ways: {
      written: 'qua npx và uvx',
      direct: 'khởi động trực tiếp',
      demand: 'khởi động trực tiếp, khi có lời gọi: trước lời gọi đầu tiên',
    } satisfies Record<WholeWay, string>,
    awake: 'như trên, một server đã được gọi',
    servers: [
      'server',
      'bộ nhớ thường trú qua npx hay uvx, MB',
      'trực tiếp',
      'khởi động qua npx hay uvx, giây',
      'trực tiếp, giây',
    ],
    sum: 'cả sáu server',
    others: 'server khác',
    all: (count: number) => `cả ${count} server`,
    measured: ({ date, cpu, cores, node, npm, uv, python, rounds, least, most }: Measured) =>
      `Đo ngày ${date}, ${rounds} vòng luân phiên, lấy trung vị; ${cores} nhân (${cpu}) mà chương trình khác cũng đang dùng (tải ${least} đến ${most}), Node.js ${node}, npm ${npm}, uv ${uv}, Python ${python}; mọi thứ đã được tải về từ trước. x: trung vị của các tỷ lệ trong từng vòng.`,
  },
} satisfies Record<Lang, object>;

interface Measured {
  date: string;
  cpu: string;
  cores: string;
  node: string;
  npm: string;
  uv: string;
  python: string;
  rounds: string;
  least: string;
  most: string;
}

const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
const rule = (cells: readonly string[]) => row(cells.map((_, i) => (i === 0 ? '---' : '---:')));

/** The tables of one language. Pure. */
export function footprintTables(report: FootprintReport, lang: Lang): string {
  const words = WORDS[lang];
  const number = (value: number, digits: number) => value.toFixed(digits).replace('.', words.decimal);
  const mb = (value: number) => number(value, 0);
  const seconds = (ms: number) => number(ms / 1_000, ms < 950 ? 2 : ms < 9_950 ? 1 : 0);
  const times = (ratio: number) => `x${number(ratio, 2)}`;
  const { machine, six, whole } = report;
  const ways = (Object.keys(words.ways) as WholeWay[]).flatMap((way) => {
    const { readyMs, rssMb, pssMb, processes, firstCallMs, awake } = whole[way];
    return [
      row([words.ways[way], mb(rssMb), mb(pssMb), mb(processes), seconds(readyMs), seconds(firstCallMs)]),
      ...(awake ? [row([words.awake, mb(awake.rssMb), mb(awake.pssMb), mb(awake.processes), '', ''])] : []),
    ];
  });
  const lineOf = (name: string, { written, direct, ratios }: FootprintReport['six']) =>
    row([
      ...[name, mb(written.rssMb), `${mb(direct.rssMb)} (${times(ratios.rssMb[0])})`],
      ...[seconds(written.startMs), `${seconds(direct.startMs)} (${times(ratios.startMs[0])})`],
    ]);
  const otherHead = [words.others, ...words.servers.slice(1)];
  const [least, most] = report.load.map((load) => number(load, 1));
  const [common, others] = [true, false].map((is) =>
    report.servers
      .filter((server) => server.common === is)
      .map((server) => lineOf(`${server.name} ${server.version}`, server)),
  );
  return [
    ...[row(words.whole), rule(words.whole), ...ways, ''],
    ...[row(words.servers), rule(words.servers)],
    ...[...common!, lineOf(words.sum, six), ''],
    ...(report.all
      ? [
          ...[row(otherHead), rule(otherHead), ...others!],
          ...[lineOf(words.all(report.servers.length), report.all), ''],
        ]
      : []),
    words.measured({
      ...{ date: report.date.slice(0, 10), rounds: String(report.rounds), cores: String(machine.cores) },
      ...{ cpu: String(machine.cpu), node: String(machine.node).replace('v', ''), npm: String(machine.npm) },
      ...{
        uv: String(machine.uv).replace(/ .*/, ''),
        python: String(machine.python),
        least: least!,
        most: most!,
      },
    }),
  ].join('\n');
}

const MARKED = /(<!-- generated: footprint -->\n)[\s\S]*?(<!-- end -->)/;

/** A page with its tables made anew. */
export function footprintPage(page: string, lang: Lang): string {
  if (!MARKED.test(page)) throw new Error('docs/small-vps.md has no "<!-- generated: footprint -->"');
  const report = JSON.parse(readFileSync(resultFile, 'utf8')) as FootprintReport;
  return page.replace(
    MARKED,
    (_, open: string, end: string) => `${open}\n${footprintTables(report, lang)}\n\n${end}`,
  );
}

export function writeFootprintPages(): void {
  for (const lang of LANGS) {
    const file = footprintPages[lang];
    writeFileSync(file, footprintPage(readFileSync(file, 'utf8'), lang));
  }
}
