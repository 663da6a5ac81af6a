/** The whole log: newest first, by level, name and words; held still when a person wants to read. */
import type { FeedLog } from '../../protocol/feed.js';
import { copyText } from '../copy.js';
import {
  copied,
  droppedOf,
  filtered,
  type LogFilter,
  linesOf,
  type NumberedLine,
} from '../detail/log-lines.js';
import { logList, newLogList } from '../detail/log-list.js';
import { E, type Kid, type View } from '../dom.js';
import { num } from '../format.js';
import { page, redraw } from '../state.js';
import { w } from '../words.js';

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error'] as const;

const filter: LogFilter = { level: 'info', query: '' };
let list = newLogList();
/** What is shown while the log does not follow. */
let held: readonly FeedLog[] | undefined;

export function logView(): Kid {
  const log = held ?? page.feed.log;
  const lines = filtered(linesOf(log), filter);
  const all = log.some(({ records }) => records.length > 0);
  return [
    E(
      'div',
      { class: 'verdict plain' },
      E('h1', { id: 'h', tabindex: -1 }, w.tabs.log),
      E('p', {}, w.log.about),
    ),
    E(
      'section',
      { class: 'card', 'aria-label': w.tabs.log },
      tools(lines),
      lines.length === 0 && E('p', { class: 'empty' }, all ? w.log.nothingFound : w.log.none),
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
    'div',
    { class: 'filters' },
    E(
      'select',
      {
        class: 'input',
        'aria-label': w.log.level,
        value: filter.level,
        onchange: (event: Event) => {
          filter.level = (event.currentTarget as HTMLSelectElement).value as LogFilter['level'];
          change();
        },
      },
      LEVELS.map((level) => E('option', { value: level, key: level }, w.log.levels[level])),
    ),
    E(
      'select',
      {
        class: 'input',
        'aria-label': w.log.source,
        value: filter.source ?? '',
        onchange: (event: Event) => {
          filter.source = (event.currentTarget as HTMLSelectElement).value || undefined;
          change();
        },
      },
      E('option', { value: '', key: 'all ' }, w.log.everything),
      [...new Set(names)].map((name) => E('option', { value: name, key: `name ${name}` }, name)),
    ),
    E('input', {
      class: 'find',
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
    E(
      'button',
      {
        type: 'button',
        class: 'button quiet',
        disabled: lines.length === 0,
        onclick: (event: Event) => {
          const button = event.currentTarget as HTMLElement;
          copyText(copied(lines), button, button.closest('section')?.querySelector('.log') ?? button);
        },
      },
      w.copy,
    ),
  );
}

/** Held, it says how many lines wait. */
function follow(): View {
  const count = (log: readonly FeedLog[]) => log.reduce((sum, { records }) => sum + records.length, 0);
  const n = held === undefined ? 0 : count(page.feed.log) - count(held);
  return E(
    'button',
    {
      type: 'button',
      class: 'chip',
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
  return n > 0 && E('p', { class: 'muted small end' }, w.log.dropped({ n, text: num(n) }));
}
