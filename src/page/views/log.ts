/** The whole log: newest first, by level, name and words; held still when a person wants to read. */
import type { FeedLog } from '../../protocol/feed.js';
import { copyButton } from '../detail/log-card.js';
import { droppedOf, filtered, type LogFilter, linesOf, type NumberedLine } from '../detail/log-lines.js';
import { logList, newLogList } from '../detail/log-list.js';
import { E, type Kid, type View } from '../dom.js';
import { num } from '../format.js';
import { verdict } from '../pieces.js';
import { page, redraw } from '../state.js';
import { w } from '../words.js';

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error'] as const;

const filter: LogFilter = { level: 'info', source: '', query: '' };
let list = newLogList();
/** What is shown while the log does not follow. */
let held: readonly FeedLog[] | undefined;

export function logView(): Kid {
  const log = held ?? page.feed.log;
  const lines = filtered(linesOf(log), filter);
  const all = log.some(({ records }) => records.length > 0);
  return [
    verdict(undefined, w.tabs.log, w.log.about),
    E(
      'section.card',
      { 'aria-label': w.tabs.log },
      tools(lines),
      lines.length === 0 && E('p.empty', {}, all ? w.log.nothingFound : w.log.none),
      lines.length > 0 && logList(lines, list, { after: dropped(log) }),
    ),
  ];
}

function tools(lines: readonly NumberedLine[]): View {
  const change = () => {
    list = newLogList();
    redraw();
  };
  const names = [...(page.feed.snapshot?.servers ?? []), ...(page.feed.snapshot?.links ?? [])].map(
    ({ name }) => name,
  );
  return E(
    'div.filters',
    {},
    choice(
      w.log.level,
      filter.level,
      LEVELS,
      (level) => w.log.levels[level as (typeof LEVELS)[number]],
      (level) => {
        filter.level = level as LogFilter['level'];
        change();
      },
    ),
    choice(
      w.log.source,
      filter.source,
      ['', ...new Set(names)],
      (name) => name || w.log.everything,
      (name) => {
        filter.source = name;
        change();
      },
    ),
    E('input.input.find', {
      type: 'search',
      id: 'find',
      'aria-label': w.log.find,
      placeholder: w.log.find,
      value: filter.query,
      oninput: (event: Event) => {
        filter.query = (event.currentTarget as HTMLInputElement).value;
        change();
      },
    }),
    follow(),
    lines.length > 0 && copyButton(lines),
  );
}

function choice(
  label: string,
  value: string,
  values: readonly string[],
  textOf: (value: string) => string,
  change: (value: string) => void,
): View {
  const onchange = (event: Event) => change((event.currentTarget as HTMLSelectElement).value);
  const options = values.map((one) => E('option', { value: one, key: `of ${one}` }, textOf(one)));
  return E('select.input', { 'aria-label': label, value, onchange }, options);
}

/** Held, it says how many lines wait. */
function follow(): View {
  const count = (log: readonly FeedLog[]) => log.reduce((sum, { records }) => sum + records.length, 0);
  const n = held === undefined ? 0 : count(page.feed.log) - count(held);
  return E(
    'button.chip',
    {
      'aria-pressed': String(held === undefined),
      onclick: () => {
        held = held === undefined ? page.feed.log : undefined;
        redraw();
      },
    },
    w.log.follow,
    n > 0 && E('b', {}, ` ${w.log.waiting({ n, text: num(n) })}`),
  );
}

function dropped(log: readonly FeedLog[]): Kid {
  const n = droppedOf(log);
  return n > 0 && E('p.muted.small.end', {}, w.log.dropped({ n, text: num(n) }));
}
