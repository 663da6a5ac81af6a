/** One call in a dialog: who asked, how much, and where its time went. */
import type { FeedCall } from '../../protocol/feed.js';
import { openDialog } from '../dialog.js';
import { E, type Kid } from '../dom.js';
import { bytes, clock, duration } from '../format.js';
import { glyph, press } from '../pieces.js';
import { w } from '../words.js';
import { isRunning, outcomeOf, shapeOfCall, whatOf } from './call-words.js';

const LEGS = ['read', 'waited', 'server', 'sent'] as const;

export function showCall(call: FeedCall): void {
  const title = [E('span.mono', {}, whatOf(call)), ` · ${clock(call.at, true)}`];
  const close = openDialog(
    title,
    callKids(call),
    E(
      'div.actions',
      {},
      press(w.close, () => close(), '', { autofocus: true }),
    ),
  );
}

function callKids(call: FeedCall): Kid[] {
  const words = w.detail.calls;
  const shape = shapeOfCall(call);
  const about = [
    call.link,
    words.id({ id: call.id }),
    words.request({ size: bytes(call.requestBytes) }),
    call.replyBytes !== undefined && call.replyBytes > 0 && words.reply({ size: bytes(call.replyBytes) }),
    call.ms !== undefined && duration(call.ms),
  ];
  return [
    E('p', { class: `state-line ${shape}` }, glyph(shape), outcomeOf(call)),
    E('p.muted.words', {}, about.filter((one) => one !== false).join(' · ')),
    call.legs === undefined
      ? E('p.empty', {}, isRunning(call) ? words.noLegs : words.unmeasured)
      : legs(call.legs),
    E('p.muted.small', {}, words.note),
  ];
}

/** A bar for each leg, from where the one before it ended. */
function legs(times: NonNullable<FeedCall['legs']>): Kid {
  const total = LEGS.reduce((sum, leg) => sum + times[leg], 0);
  const part = (ms: number) => `${total > 0 ? (ms / total) * 100 : 0}%`;
  let start = 0;
  return E(
    'ol.legs',
    {},
    LEGS.map((leg) => {
      const css = { left: part(start), width: part(times[leg]) };
      start += times[leg];
      return E(
        'li',
        { key: leg },
        E('span', {}, w.detail.calls.legs[leg]),
        E('span.number', {}, duration(times[leg])),
        E('span.bar', { 'aria-hidden': 'true' }, E('i', { css })),
      );
    }),
  );
}
