/** The table of docs/production.md and docs/vi/production.md. `npm run schema` writes it; what people wrote around it stays. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { POINTS, type PointId } from '../src/cli/production/points.js';
import { texts } from '../src/messages/commands/production.js';
import { LANGS, type Lang } from '../src/messages/index.js';

const files: Readonly<Record<Lang, string>> = {
  en: fileURLToPath(new URL('../docs/production.md', import.meta.url)),
  vi: fileURLToPath(new URL('../docs/vi/production.md', import.meta.url)),
};

const HEADS: Readonly<Record<Lang, readonly string[]>> = {
  en: ['point', 'what may be found'],
  vi: ['điểm', 'có thể thấy gì'],
};

const MARKED = /(<!-- generated: points -->\n)[\s\S]*?(<!-- end -->)/;

const row = (cells: readonly string[]) =>
  `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;

function tables(lang: Lang): string {
  const { points, groups } = texts[lang];
  const ids = Object.keys(POINTS) as PointId[];
  return Object.entries(groups)
    .map(([group, name]) => {
      const own = ids.filter((id) => POINTS[id].group === group);
      const rows = own.map((id) => {
        const { title, ...reasons } = points[id];
        return row([title, Object.values(reasons).join('<br>')]);
      });
      return [`### ${name}`, '', row(HEADS[lang]), row(['---', '---']), ...rows].join('\n');
    })
    .join('\n\n');
}

/** Both pages as they are now, and as they should be. */
export function productionPages(): { file: string; is: string; should: string }[] {
  return LANGS.map((lang) => {
    const file = files[lang];
    const is = readFileSync(file, 'utf8');
    if (!MARKED.test(is)) throw new Error(`${file} has no "<!-- generated: points -->"`);
    const should = is.replace(MARKED, (_, open: string, end: string) => `${open}\n${tables(lang)}\n\n${end}`);
    return { file, is, should };
  });
}

export function writeProductionPages(): void {
  for (const { file, should } of productionPages()) writeFileSync(file, should);
}
