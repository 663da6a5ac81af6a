/** The table of docs/metrics.md and docs/vi/metrics.md. `npm run schema` writes it; what people wrote around it stays. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { LANGS, type Lang } from '../src/messages/index.js';
import { type MetricName, metricMeanings } from '../src/messages/metrics.js';
import { METRICS, type MetricShape } from '../src/observe/metrics/table.js';

const metricsFiles: Readonly<Record<Lang, string>> = {
  en: fileURLToPath(new URL('../docs/metrics.md', import.meta.url)),
  vi: fileURLToPath(new URL('../docs/vi/metrics.md', import.meta.url)),
};

const WORDS = {
  en: {
    head: ['name', 'type', 'labels', 'unit', 'meaning'],
    seconds: 'seconds',
    timestamp: 'seconds since 1970',
    bytes: 'bytes',
  },
  vi: {
    head: ['tên', 'loại', 'nhãn', 'đơn vị', 'ý nghĩa'],
    seconds: 'giây',
    timestamp: 'giây từ năm 1970',
    bytes: 'byte',
  },
} satisfies Record<Lang, { head: string[]; seconds: string; timestamp: string; bytes: string }>;

const MARKED = /(<!-- generated: metrics -->\n)[\s\S]*?(<!-- end -->)/;

const code = (text: string) => `\`${text}\``;
const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;

/** The unit that the name ends with, as Prometheus has it; nothing for a number of things. */
function unitOf(name: string, lang: Lang): string {
  const { seconds, timestamp, bytes } = WORDS[lang];
  const base = name.replace(/_total$/, '');
  if (base.endsWith('_timestamp_seconds') || base === 'process_start_time_seconds') return timestamp;
  if (base.endsWith('_seconds')) return seconds;
  return base.endsWith('_bytes') ? bytes : '';
}

function table(lang: Lang): string {
  const rows = (Object.entries(METRICS) as [MetricName, MetricShape][]).map(([name, { type, labels }]) =>
    row([
      ...[code(name), type, labels.map(code).join(', '), unitOf(name, lang)],
      metricMeanings[lang][name].replaceAll('|', '\\|'),
    ]),
  );
  const { head } = WORDS[lang];
  return [row(head), row(head.map(() => '---')), ...rows].join('\n');
}

/** Both pages as they are now, and as they should be. */
export function metricsPages(): { file: string; is: string; should: string }[] {
  return LANGS.map((lang) => {
    const file = metricsFiles[lang];
    const is = readFileSync(file, 'utf8');
    if (!MARKED.test(is)) throw new Error(`${file} has no "<!-- generated: metrics -->"`);
    const should = is.replace(MARKED, (_, open: string, end: string) => `${open}\n${table(lang)}\n\n${end}`);
    return { file, is, should };
  });
}

/** Writes both pages. */
export function writeMetricsPages(): void {
  for (const { file, should } of metricsPages()) writeFileSync(file, should);
}
