/** What the pages of a server and of a link have in common. */
import type { FeedLink, FeedServer } from '../../protocol/feed.js';
import { E, type Kid, type View } from '../dom.js';
import {
  actionButton,
  actionError,
  causeCode,
  cure,
  glyph,
  icon,
  nextLine,
  stateLine,
  verdict,
} from '../pieces.js';
import { page } from '../state.js';
import { w } from '../words.js';

/** The way back, name, state, and what can be done. */
export function itemHead(item: FeedServer | FeedLink): Kid[] {
  return [
    crumb(),
    E(
      'div.title',
      {},
      E(
        'div',
        {},
        E('h1', { id: 'h', tabindex: -1 }, item.name),
        E('p', { class: `state-line ${item.class}` }, glyph(item.class), E('span', {}, stateLine(item))),
      ),
      !hasFoot(item) && E('div.actions', {}, buttons(item)),
    ),
  ];
}

/** Why it is not well, what to do, and the button that does it. */
export function itemWhy(item: FeedServer | FeedLink): Kid {
  if (item.why === undefined || item.class === 'ok') return null;
  return E(
    'section',
    { class: `fault ${item.class}`, 'aria-label': w.whatToDo, key: 'why' },
    E('div.body', {}, cure(item), E('p', {}, causeCode(item))),
    hasFoot(item) && E('div.foot', {}, buttons(item, 'main'), nextLine(item)),
  );
}

/** It is not known yet, or not there any more. */
export function missing(name: string, text: string | undefined): Kid[] {
  return [crumb(), verdict('unknown', text ?? name, text === undefined && w.opening)];
}

/** The buttons stand below why and what to do, where there is something to do or to wait for. */
function hasFoot({ why, class: itemClass, nextAt }: FeedServer | FeedLink): boolean {
  return why !== undefined && (itemClass === 'bad' || (itemClass === 'busy' && nextAt !== undefined));
}

/** A button for each action; the first one is the one to press. */
function buttons(item: FeedServer | FeedLink, look = ''): Kid[] {
  const isReader = page.feed.snapshot?.canWrite === false;
  return [
    isReader && E('span.muted.small', {}, w.readOnly),
    item.actions.map((action, i) => actionButton(action, item, i === 0 ? look : '')),
    actionError(item.actions, item.name),
  ];
}

function crumb(): View {
  return E('a.crumb', { href: '#/' }, icon('back'), w.tabs.overview);
}
