/** The log of one server or link, on its page. */
import { copyText } from '../copy.js';
import { E, type View } from '../dom.js';
import { press } from '../pieces.js';
import { page } from '../state.js';
import { w } from '../words.js';
import { copied, linesOf, type NumberedLine } from './log-lines.js';
import { type LogListState, logList, newLogList } from './log-list.js';

const lists = new Map<string, LogListState>();

/** Copies these lines. */
export function copyButton(lines: readonly NumberedLine[]): View {
  return press(
    w.copy,
    (event) => {
      const button = event.currentTarget as HTMLElement;
      copyText(copied(lines), button, button.closest('section')?.querySelector('.log') ?? button);
    },
    'quiet',
  );
}

export function logCard(name: string): View {
  // One at a time is looked at.
  if (!lists.has(name)) lists.clear();
  const state = lists.get(name) ?? newLogList();
  lists.set(name, state);
  const lines = linesOf(page.feed.log);
  return E(
    'section.card',
    { 'aria-labelledby': 'h-log' },
    E('div.head', {}, E('h2', { id: 'h-log' }, w.tabs.log), lines.length > 0 && copyButton(lines)),
    lines.length === 0 ? E('p.empty', {}, w.log.noneOf) : logList(lines, state, { own: name }),
  );
}
