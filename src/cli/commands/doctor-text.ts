import { styleText } from 'node:util';
import { type Item, SECTIONS, type Severity } from '../../daemon/doctor/item.js';
import { nextSteps } from '../../daemon/doctor/next-steps.js';
import { texts } from '../../messages/commands/doctor.js';
import { wordDoctor } from '../../messages/doctor-words.js';
import { escapeControls } from '../../messages/human.js';
import type { Lang } from '../../messages/index.js';
import { displayWidth, padToWidth, wrapWords } from '../../observe/display-width.js';

export interface DoctorTextOptions {
  lang: Lang;
  colours: boolean;
  /** Width of the terminal; undefined: lines are not broken. */
  columns: number | undefined;
  redact: (text: string) => string;
  /** The command line that starts what was examined. */
  run: string;
  isRunning: boolean;
  /** The whole run was ended after this many seconds; undefined: it came to its end. */
  endedAfterS: number | undefined;
}

const COLOURS = { ok: 'green', warning: 'yellow', error: 'red', skipped: 'dim' } as const;

export function countItems(items: readonly Item[]): { errors: number; warnings: number } {
  const count = (severity: Severity) => items.filter((item) => item.severity === severity).length;
  return { errors: count('error'), warnings: count('warning') };
}

/** The report for people: sections, one line of summary, and what to do next. */
export function doctorText(items: readonly Item[], options: DoctorTextOptions): string {
  const { lang, colours, columns = Number.POSITIVE_INFINITY, redact } = options;
  const words = texts[lang];
  const paint = (style: Parameters<typeof styleText>[0], text: string) =>
    colours ? styleText(style, text, { validateStream: false }) : text;
  const clean = (text: string) => escapeControls(redact(text));
  const width = Math.max(...Object.values(words.severities).map(displayWidth));
  const indent = ' '.repeat(width + 4);
  const line = ({ severity, about, id, params }: Item): string => {
    const { found, next } = wordDoctor({ id, params }, lang);
    const isWrong = severity === 'warning' || severity === 'error';
    const said = `${about === '' ? '' : `${about}: `}${found}${isWrong ? ` [${codeOf({ id, params })}]` : ''}`;
    const wrap = (text: string) => wrapWords(clean(text), columns, indent.length, indent);
    const label = paint(COLOURS[severity], padToWidth(words.severities[severity], width));
    const fix = isWrong && next !== undefined ? [`${indent}${wrap(`${words.fix}: ${next}`)}`] : [];
    return [`  ${label}  ${wrap(said)}`, ...fix].join('\n');
  };
  const blocks = SECTIONS.flatMap((section) => {
    const own = items.filter((item) => item.section === section);
    return own.length === 0 ? [] : [[paint('bold', words.sections[section]), ...own.map(line)].join('\n')];
  });
  if (options.endedAfterS !== undefined)
    blocks.push(wrapWords(words.late({ seconds: options.endedAfterS }), columns, 0, ''));
  const { errors, warnings } = countItems(items);
  const summary = errors + warnings === 0 ? words.allWell : `${words.summary({ errors, warnings })}.`;
  const steps = stepsOf(items, lang);
  const all =
    steps.length > 0 ? steps : [options.isRunning ? words.isRunning : words.start({ run: options.run })];
  const shown = all.map((step, i) => `  ${i + 1}. ${wrapWords(clean(step), columns, 5, '     ')}`);
  blocks.push([paint('bold', summary), `${words.next}:`, ...shown].join('\n'));
  return `${blocks.join('\n\n')}\n`;
}

/** The code of a finding or of a cause, which the documentation explains; else the id of the line. */
function codeOf({ id, params }: Pick<Item, 'id' | 'params'>): string {
  const { finding, diagnosis } = params as { finding?: { code: string }; diagnosis?: { cause: string } };
  return finding?.code ?? diagnosis?.cause ?? id;
}

/** The next steps in words: what each is about, and what to do. */
export function stepsOf(items: readonly Item[], lang: Lang): string[] {
  const adviceOf = ({ id, params }: Item) => wordDoctor({ id, params }, lang).next;
  return nextSteps(items, adviceOf).map(({ item, about }) => {
    const named = about.length > 3 ? [...about.slice(0, 3), '…'] : about;
    return `${named.length === 0 ? '' : `${named.join(', ')}: `}${adviceOf(item)!}`;
  });
}

/** Raised when a field changes its meaning or is removed; new fields may come at any time. */
const JSON_VERSION = 1;

/** The report for programs: ids are stable, texts follow the language. */
export function doctorJson(
  items: readonly Item[],
  { lang, redact }: Pick<DoctorTextOptions, 'lang' | 'redact'>,
): string {
  const { errors, warnings } = countItems(items);
  const report = {
    version: JSON_VERSION,
    ok: errors === 0,
    summary: { errors, warnings },
    next: stepsOf(items, lang),
    items: items.map(({ section, about, severity, id, params }) => {
      const { found, next } = wordDoctor({ id, params }, lang);
      const isWrong = severity === 'warning' || severity === 'error';
      return {
        section,
        about,
        severity,
        id,
        found,
        next: (isWrong ? next : undefined) ?? null,
        facts: params,
      };
    }),
  };
  return `${JSON.stringify(report, (_, value: unknown) => (typeof value === 'string' ? redact(value) : value), 2)}\n`;
}
