import { styleText } from 'node:util';
import { texts } from '../../messages/commands/production.js';
import { escapeControls } from '../../messages/human.js';
import type { Lang } from '../../messages/index.js';
import { displayWidth, padToWidth, wrapWords } from '../../observe/display-width.js';
import { type JudgedPoint, scoreOf } from './assess.js';
import type { Verdict } from './points.js';

export interface ReportContext {
  lang: Lang;
  colours: boolean;
  /** Width of the terminal; undefined: lines are not broken. */
  columns: number | undefined;
  /** What was looked at, as it is shown. */
  config: string;
  compose: string | undefined;
}

const COLOURS = {
  met: 'green',
  missing: 'red',
  unseen: 'yellow',
  notNeeded: 'dim',
} as const satisfies Record<Verdict, string>;

/** The report for people: each group with its score, each point with what shows it or what to do; the whole at the end. */
export function reportText(points: readonly JudgedPoint[], context: ReportContext): string {
  const { lang, colours, columns = Number.POSITIVE_INFINITY } = context;
  const words = texts[lang];
  const paint = (style: Parameters<typeof styleText>[0], text: string) =>
    colours ? styleText(style, text, { validateStream: false }) : text;
  const width = Math.max(...Object.values(words.verdicts).map(displayWidth));
  const indent = ' '.repeat(width + 4);
  const line = (point: JudgedPoint) => {
    const { title, why } = wordsOf(point, lang);
    const mark = paint(COLOURS[point.verdict], padToWidth(words.verdicts[point.verdict], width));
    return `  ${mark}  ${paint('bold', title)}\n${indent}${wrapWords(why, columns, indent.length, indent)}`;
  };
  const blocks = Object.keys(words.groups).map((group) => {
    const own = points.filter((point) => point.group === group);
    const name = words.groups[group as keyof typeof words.groups];
    return [paint('bold', `${name}  ${words.score(scoreOf(own))}`), ...own.map(line)].join('\n');
  });
  const score = scoreOf(points);
  const ends = [
    escapeControls(words.looked(context)),
    `${words.total(score)}${words.notNeeded({ count: score.notNeeded })}`,
  ];
  return `${[...blocks, ends.map((text) => wrapWords(text, columns, 0, '')).join('\n')].join('\n\n')}\n`;
}

/** Raised when a field changes its meaning or is removed; new fields may come at any time. */
const JSON_VERSION = 1;

/** The report for programs: ids are stable, texts follow the language. */
export function reportJson(points: readonly JudgedPoint[], { lang, config, compose }: ReportContext): object {
  return {
    version: JSON_VERSION,
    config,
    compose: compose ?? null,
    score: scoreOf(points),
    points: points.map((point) => ({ ...point, ...wordsOf(point, lang), reason: point.why })),
  };
}

function wordsOf({ id, why }: JudgedPoint, lang: Lang): { title: string; why: string } {
  const words: Readonly<Record<string, string>> = texts[lang].points[id];
  return { title: words.title!, why: words[why]! };
}
