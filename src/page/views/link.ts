/** One agent or link: its state and why, the last 24 hours, log, facts. */
import { linkFacts } from '../detail/facts.js';
import { itemHead, itemWhy, missing } from '../detail/item.js';
import { logCard } from '../detail/log-card.js';
import { E, type Kid } from '../dom.js';
import { page } from '../state.js';
import { w } from '../words.js';
import { detailOf, life } from './server.js';

export function linkView(name: string): Kid {
  const { snapshot } = page.feed;
  const link = snapshot?.links.find((one) => one.name === name);
  if (link === undefined)
    return missing(name, snapshot === undefined ? undefined : w.notFound.link({ name }));
  const detail = detailOf('link', name);
  return [
    itemHead(link),
    E(
      'div.page',
      {},
      E(
        'div.columns',
        {},
        E('div.stack', {}, itemWhy(link), life(detail), E('div', { key: 'log' }, logCard(name))),
        linkFacts(link, detail),
      ),
    ),
  ];
}
