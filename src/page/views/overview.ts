import type { FeedLink, FeedServer, FeedSnapshot } from '../../protocol/feed.js';
import { E, type Kid } from '../dom.js';
import { clock, num } from '../format.js';
import { faultsOf, onItOf } from '../order.js';
import { glyph, verdict } from '../pieces.js';
import { page } from '../state.js';
import { w } from '../words.js';
import { bay } from './bay.js';
import { fault, onItRow } from './faults.js';
import { emptyRun, firstSteps } from './first-run.js';
import { heldCards } from './held.js';
import { machine } from './machine.js';

/** Who has to act, and with what; then everything. */
export function overview(): Kid {
  const { snapshot, status } = page.feed;
  if (snapshot === undefined) {
    return verdict(
      'unknown',
      status === 'blind' ? w.blind.head : w.opening,
      status === 'blind' && w.blind.keepsTrying,
    );
  }
  if (snapshot.servers.length === 0 && snapshot.links.length === 0) return [emptyRun(), machine(snapshot)];
  const faults = faultsOf(snapshot);
  // Who is asked first where all links wait for others is another machine or copy.
  const isSpare = snapshot.links.length > 0 && snapshot.links.every((link) => link.state === 'parked');
  const isFirst = !snapshot.verdict.hasBeenCalled && faults.length === 0 && !isSpare && status === 'live';
  return [
    headline(snapshot),
    heldCards(snapshot.machine.waits, snapshot.canWrite),
    isFirst && firstSteps(snapshot),
    faults.length > 0 && faultCards(faults),
    snapshot.machine.refused !== undefined && refusedEdit(snapshot.machine.refused),
    onIt(onItOf(snapshot)),
    bay(snapshot),
    machine(snapshot),
  ];
}

function headline({ verdict: said }: FeedSnapshot): Kid {
  const words = w.overview;
  const { heardAt, skewMs, status } = page.feed;
  const isBlind = status === 'blind';
  const figures = [
    part(words.ready.n({ ready: num(said.serversReady), of: num(said.servers) }), [
      words.ready.words,
      said.asleep > 0 && ` ${words.asleep({ n: num(said.asleep) })}`,
    ]),
    part(words.open({ open: num(said.linksOpen), of: num(said.links) }), words.openWords),
    part(num(said.inFlight), words.running({ n: said.inFlight })),
  ];
  return verdict(
    isBlind ? 'unknown' : said.class,
    isBlind ? w.blind.head : said.text,
    isBlind && heardAt !== undefined && `${w.blind.lastKnown({ time: clock(heardAt + skewMs, true) })} `,
    figures.flatMap((figure, i) => (i === 0 ? [figure] : [' · ', figure])),
  );
}

function part(figure: string, words: Kid): Kid {
  return E('span.part', {}, E('b', {}, figure), ' ', words);
}

function faultCards(faults: readonly (FeedServer | FeedLink)[]): Kid {
  return E(
    'section',
    { key: 'faults', 'aria-labelledby': 'h-faults' },
    E('h2.unseen', { id: 'h-faults' }, w.classes.bad),
    E('ul.faults', {}, faults.map(fault)),
  );
}

function refusedEdit(why: string): Kid {
  return E(
    'p.notice.busy',
    { key: 'refused', role: 'note' },
    glyph('busy'),
    E('span.words', {}, w.overview.machine.refused({ why })),
  );
}

function onIt(items: readonly (FeedServer | FeedLink)[]): Kid {
  if (items.length === 0) return null;
  return E(
    'section.section',
    { key: 'on it', 'aria-labelledby': 'h-on-it' },
    E(
      'div.heading',
      {},
      E('h2', { id: 'h-on-it' }, w.classes.busy, ' ', E('span.count', {}, num(items.length))),
    ),
    E('ul.on-it', {}, items.map(onItRow)),
  );
}
