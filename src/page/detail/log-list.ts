/** Lines of the log, newest first. */
import { E, type Kid, keep, type View } from '../dom.js';
import { clock, glue, num, when } from '../format.js';
import { glyph, press, shownNow } from '../pieces.js';
import { redraw } from '../state.js';
import { lang, w } from '../words.js';
import type { NumberedLine } from './log-lines.js';

/** Rows that are drawn at first, and more with each press: a log is long, and a phone is slow. */
const ROWS = 200;

/** Lines of another day have their date beside the clock. */
const DAY_MS = 86_400_000;

/** What a list remembers between two drawings. */
export interface LogListState {
  rows: number;
}

export function newLogList(): LogListState {
  return { rows: ROWS };
}

/** @param options.own The name whose page this is: it is not said in each line. */
export function logList(
  lines: readonly NumberedLine[],
  state: LogListState,
  options: { own?: string; after?: Kid } = {},
): View {
  const more = Math.min(ROWS, lines.length - state.rows);
  return E(
    'div.log',
    { tabindex: 0, role: 'log', 'aria-live': 'off', 'aria-label': w.tabs.log },
    E(
      'ol',
      {},
      lines
        .slice(0, state.rows)
        .map((line) =>
          keep(String(line.number), [line.at, line.text, lang, options.own], () => row(line, options.own)),
        ),
    ),
    more > 0 &&
      press(
        w.log.older({ n: num(more) }),
        () => {
          state.rows += ROWS;
          redraw();
        },
        'quiet',
      ),
    options.after,
  );
}

function row(line: NumberedLine, own: string | undefined): View {
  const source = line.server ?? line.link;
  const shape = shapeOf(line);
  const isOld = shownNow() - line.at >= DAY_MS;
  const time = isOld ? `${when(line.at, shownNow())} ${clock(line.at, true)}` : clock(line.at, true);
  return E(
    'li',
    { class: shape },
    E('time', { datetime: new Date(line.at).toISOString() }, time),
    shape === undefined ? E('i') : glyph(shape, w.log.lineLevels[shape]),
    E(
      'span.words',
      {},
      source !== undefined && source !== own && E('bdi.muted', {}, `${source} `),
      line.isStderr === true
        ? E('span.stderr', {}, 'stderr: ', E('bdi', {}, line.text))
        : E('bdi', {}, glue(line.text)),
      line.code !== undefined &&
        !line.text.includes(`[${line.code}]`) &&
        E('span.cause', {}, ` [${line.code}]`),
    ),
  );
}

function shapeOf({ level, isStderr }: NumberedLine): 'bad' | 'busy' | undefined {
  if (isStderr === true) return undefined;
  if (level === 'error' || level === 'fatal') return 'bad';
  return level === 'warn' ? 'busy' : undefined;
}
