/** Servers left, agents right, and a wire for each that may call the other. */
import type { FeedClass, FeedSnapshot } from '../../protocol/feed.js';
import { E, type Kid } from '../dom.js';
import { num } from '../format.js';
import { FIND_FROM, GROUP_FROM, MOST_WIRED } from '../numbers.js';
import { byClass, CLASSES, countsOf, isFound, rowsOf } from '../order.js';
import { glyph } from '../pieces.js';
import { redraw } from '../state.js';
import { w } from '../words.js';
import { agentCard } from './agent.js';
import { table } from './table.js';
import { wires } from './wires.js';

/** What a person looks for; it stays while other views are open. */
let filter: FeedClass | 'all' = 'all';
let query = '';

export function bay(snapshot: FeedSnapshot): Kid {
  const { servers, links } = snapshot;
  const counts = countsOf(servers);
  // A class that has become empty is not what a person looks for any more.
  const shownClass = filter !== 'all' && counts[filter] === 0 ? 'all' : filter;
  const shown = servers.filter(
    (server) => (shownClass === 'all' || server.class === shownClass) && isFound(server.name, query),
  );
  const isMany = servers.length >= GROUP_FROM;
  const isWired = shown.length <= MOST_WIRED && links.length <= MOST_WIRED;
  const hasAgents = links.some((link) => link.agent !== undefined);
  return E(
    'div',
    { key: 'bay', id: 'bay', class: `bay section${isMany ? ' many' : ''}${isWired ? ' wired' : ''}` },
    E(
      'section',
      { key: 'servers', 'aria-labelledby': 'h-servers' },
      E(
        'div.heading',
        {},
        E('h2', { id: 'h-servers' }, w.overview.servers),
        chips(counts, shownClass, servers.length),
        servers.length >= FIND_FROM && find(),
      ),
      shown.length === 0 && servers.length > 0
        ? E('p.empty', { key: 'none' }, w.overview.nothingFound({ query }))
        : table(rowsOf(shown, isMany), isWired),
    ),
    E(
      'section.agents-side',
      { key: 'links', 'aria-labelledby': 'h-links' },
      E('div.heading', {}, E('h2', { id: 'h-links' }, hasAgents ? w.overview.agents : w.overview.links)),
      links.length === 0
        ? E('p.empty', {}, w.overview.noLinks)
        : E(
            'ul.agents',
            {},
            byClass(links).map((link) => agentCard(link, hasAgents)),
          ),
    ),
    isWired && wires(),
  );
}

function chips(counts: Record<FeedClass, number>, chosen: FeedClass | 'all', all: number): Kid {
  const there = CLASSES.filter((one) => counts[one] > 0);
  if (there.length < 2) return null;
  const chip = (of: FeedClass | 'all', n: number, ...label: Kid[]) =>
    E(
      'button',
      {
        key: of,
        class: `chip ${of}`,
        'aria-pressed': String(chosen === of),
        onclick: () => {
          filter = of;
          redraw();
        },
      },
      label,
      ' ',
      E('b', {}, num(n)),
    );
  return E(
    'div.chips',
    { role: 'group', 'aria-label': w.overview.show },
    chip('all', all, w.overview.all),
    there.map((one) => chip(one, counts[one], glyph(one), w.overview.chips[one])),
  );
}

function find(): Kid {
  const looksFor = (next: string) => {
    query = next;
    redraw();
  };
  return E('input.input.find', {
    key: 'find',
    id: 'find',
    type: 'search',
    autocomplete: 'off',
    spellcheck: 'false',
    'aria-label': w.overview.find,
    placeholder: w.overview.find,
    value: query,
    oninput: (event: Event) => looksFor((event.currentTarget as HTMLInputElement).value),
    onkeydown: (event: KeyboardEvent) => {
      if (event.key === 'Escape') looksFor('');
    },
  });
}
