/** The last calls, without what was said in them. */
import type { FeedCall, FeedClass } from '../../protocol/feed.js';
import { E, type Kid, keep, type View } from '../dom.js';
import { bytes, clock, duration } from '../format.js';
import { glyph } from '../pieces.js';
import { lang, w } from '../words.js';
import { showCall } from './call-dialog.js';
import { outcomeOf, shapeOfCall, whatOf } from './call-words.js';

export function callsCard(calls: readonly FeedCall[]): View {
  const words = w.detail.calls;
  const columns = words.columns;
  const heads = [columns.time, columns.tool, columns.from, columns.size, columns.took, columns.outcome];
  return E(
    'section.card',
    { 'aria-labelledby': 'h-calls' },
    E('div.head', {}, E('h2', { id: 'h-calls' }, words.title), E('span.muted.small', {}, words.note)),
    calls.length === 0
      ? E('p.empty', {}, words.none)
      : E(
          'div.scroll',
          { tabindex: 0, role: 'group', 'aria-label': words.title },
          // Roles in words: on a phone the rows are grids, which takes a table's own roles away.
          E(
            'table.calls',
            { role: 'table' },
            E(
              'thead',
              { role: 'rowgroup' },
              E(
                'tr',
                { role: 'row' },
                heads.map((head, i) =>
                  E(
                    'th',
                    { scope: 'col', role: 'columnheader', class: i === 3 || i === 4 ? 'number' : '' },
                    head,
                  ),
                ),
              ),
            ),
            E(
              'tbody',
              { role: 'rowgroup' },
              calls.map((call) => keep(String(call.key), [call.outcome, call.ms, lang], () => row(call))),
            ),
          ),
        ),
  );
}

function row(call: FeedCall): View {
  const time = clock(call.at, true);
  const cell = (name: string, ...kids: Kid[]) => E('td', { role: 'cell', class: name }, ...kids);
  return E(
    'tr',
    { role: 'row' },
    cell(
      'time',
      E(
        'button',
        {
          onclick: () => showCall(call),
        },
        time,
      ),
    ),
    cell('mono tool', E('span.cut', { title: whatOf(call) }, whatOf(call))),
    cell('from', E('span.cut', { title: call.link }, call.link)),
    cell('number size', bytes(call.requestBytes)),
    cell('number took', call.ms === undefined ? '' : duration(call.ms)),
    cell('outcome', outcome(call)),
  );
}

function outcome(call: FeedCall): View {
  const shape: FeedClass = shapeOfCall(call);
  return E('span', { class: `state-line ${shape}` }, glyph(shape), outcomeOf(call));
}
