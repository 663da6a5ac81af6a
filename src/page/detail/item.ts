/** What the pages of a server and of a link have in common. */
import type { FeedAction, FeedLink, FeedServer } from '../../protocol/feed.js';
import { act, actionKey } from '../ask.js';
import { E, type Kid, type View } from '../dom.js';
import { button, causeCode, cure, glyph, icon, nextLine, stateLine, verdict } from '../pieces.js';
import { page } from '../state.js';
import { w } from '../words.js';

/** The way back, name, state, and what can be done. */
export function itemHead(item: FeedServer | FeedLink): Kid[] {
  return [
    crumb(),
    E(
      'div',
      { class: 'title' },
      E(
        'div',
        {},
        E('h1', { id: 'h', tabindex: -1 }, item.name),
        E('p', { class: `state ${item.class}` }, glyph(item.class), E('span', {}, stateLine(item))),
      ),
      !hasFoot(item) && E('div', { class: 'actions' }, buttons(item)),
    ),
  ];
}

/** Why it is not well, what to do, and the button that does it. */
export function itemWhy(item: FeedServer | FeedLink): Kid {
  if (item.why === undefined || item.class === 'ok') return null;
  return E(
    'section',
    { class: `why ${item.class}`, 'aria-label': w.whatToDo, key: 'why' },
    cure(item),
    causeCode(item),
    hasFoot(item) && E('div', { class: 'foot' }, buttons(item, 'main'), nextLine(item)),
  );
}

/** The buttons stand below why and what to do, where there is something to do or to wait for. */
function hasFoot(item: FeedServer | FeedLink): boolean {
  return (
    item.why !== undefined && (item.class === 'bad' || (item.class === 'busy' && item.nextAt !== undefined))
  );
}

/** A button for each action; the first one is the one to press. What was refused stands below. */
function buttons(item: FeedServer | FeedLink, look = ''): Kid[] {
  if (page.feed.snapshot?.canWrite !== true) return [E('span', { class: 'muted small' }, w.readOnly)];
  const errors = item.actions.flatMap((action) => page.errors.get(actionKey(action, item.name)) ?? []);
  return [
    item.actions.map((action, i) =>
      button(labelOf(action, item), () => act(action, item), i === 0 ? look : ''),
    ),
    errors.map(({ message, code }) =>
      E('p', { class: 'refused', role: 'alert' }, message, code !== undefined && ` [${code}]`),
    ),
  ];
}

/** What is planned anyway is done now. */
function labelOf(action: FeedAction, { next }: FeedServer | FeedLink): string {
  if (action === 'restart' && next === 'start') return w.actions.start;
  return action === 'reconnect' && next === 'dial' ? w.actions.dial : w.actions[action];
}

/** It is not known yet, or not there any more. */
export function missing(name: string, text: string | undefined): Kid[] {
  return [crumb(), verdict('unknown', text ?? name, text === undefined && w.opening)];
}

function crumb(): View {
  return E('a', { class: 'crumb', href: '#/' }, icon('back'), w.tabs.overview);
}
