/** The last 24 hours as a band, and its last moves as a list. */
import type { FeedClass, FeedDetail } from '../../protocol/feed.js';
import { E, type Kid, type View } from '../dom.js';
import { clock, glue, when } from '../format.js';
import { glyph } from '../pieces.js';
import { w } from '../words.js';
import { partsOf, segmentsOf } from './band-segments.js';
import { percent } from './percent.js';

/** The marks under the band: four parts of it, and now. */
const MARKS = [0, 0.25, 0.5, 0.75];

const ORDER: readonly FeedClass[] = ['ok', 'bad', 'busy', 'rest'];

export function bandCard({ of, band, moves, at }: FeedDetail): View {
  const words = w.detail.band;
  const isKnown = band.classes.some((one) => one !== null);
  const part = percent(band.wellPart);
  return E(
    'section.card',
    { 'aria-labelledby': 'h-band' },
    E(
      'div.head',
      {},
      E('h2', { id: 'h-band' }, words.title),
      isKnown &&
        E('span.muted.small', {}, of === 'server' ? words.serverWell({ part }) : words.linkWell({ part })),
    ),
    drawing({ of, band }),
    moves.length === 0
      ? E('p.muted.small', {}, words.noMoves)
      : E(
          'ol.moves',
          {},
          moves.map((move) =>
            E(
              'li',
              { class: move.class, key: `${move.at} ${move.text}` },
              E(
                'time',
                { datetime: new Date(move.at).toISOString(), title: clock(move.at, true) },
                when(move.at, at),
              ),
              glyph(move.class, w.classes[move.class]),
              E('span.words', {}, glue(move.text)),
            ),
          ),
        ),
  );
}

function drawing({ of, band: { classes, from, everyMs } }: Pick<FeedDetail, 'of' | 'band'>): Kid[] {
  const words = w.detail.band;
  const wordOf = (one: FeedClass) => words[of][one];
  const parts = new Map(partsOf(classes));
  const shown = ORDER.filter((one) => parts.has(one));
  const said = shown.map((one) => `${wordOf(one)} ${percent(parts.get(one)!)}`).join(', ');
  const length = classes.length * everyMs;
  return [
    E(
      'div.band',
      { role: 'img', 'aria-label': said || words.nothing },
      segmentsOf(classes).map(({ class: one, count }) =>
        E('span', { class: one ?? 'none', css: { 'flex-grow': String(count) } }),
      ),
    ),
    E(
      'div.ticks',
      { 'aria-hidden': 'true' },
      MARKS.map((mark) => E('span', {}, clock(from + mark * length))),
      E('span', {}, w.detail.charts.now),
    ),
    E(
      'div.key',
      { 'aria-hidden': 'true' },
      shown.map((one) => E('span', {}, E('i.band', {}, E('span', { class: one })), wordOf(one))),
      classes.includes(null) && E('span', {}, E('i.band', {}, E('span.none', {})), words.unknown),
    ),
  ];
}
