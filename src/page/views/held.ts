/** Cards of what waits for a person. */
import type { FeedWaits } from '../../protocol/feed.js';
import type { DiffLine, ShownChange, WaitingCall } from '../../protocol/held.js';
import { E, type Kid, keep, type View } from '../dom.js';
import { clock, countdown, num } from '../format.js';
import { decide, held } from '../held.js';
import { glyph, press } from '../pieces.js';
import { isBlind, now, page } from '../state.js';
import { lang, w } from '../words.js';

/** What a person has typed, by the id of the call: the card may be drawn again before it is sent. */
const reasons = new Map<string, string>();
const HOUR_MS = 3_600_000;

export function heldCards(waits: FeedWaits | undefined, canWrite: boolean): Kid {
  if (waits === undefined) return null;
  const { calls, changes } = waits;
  if (!canWrite)
    return (
      calls + changes > 0 &&
      E(
        'p.notice.busy',
        { key: 'held', role: 'note' },
        glyph('busy'),
        E('span', {}, w.held.readOnly({ calls: num(calls), changes: num(changes) })),
      )
    );
  if (held === undefined || held.calls.length + held.changes.length + held.ahead.length === 0) return null;
  return E(
    'section',
    { key: 'held', 'aria-labelledby': 'h-held' },
    E('div.heading', {}, E('h2', { id: 'h-held' }, w.held.head)),
    E(
      'ul.faults',
      {},
      held.calls.map((call) => keep(`call ${call.id}`, depsOf(call), () => callCard(call))),
      held.changes.map((change) => keep(`change ${change.id}`, depsOf(change), () => changeCard(change))),
    ),
    held.ahead.map(({ id, caller, until, ...of }) =>
      E(
        'p.ahead',
        { key: id },
        w.held.until({ what: w.held.call(of), caller, time: clock(until) }),
        ' ',
        press(w.held.end, () => void decide('decline', id)),
      ),
    ),
  );
}

function depsOf(item: WaitingCall | ShownChange): unknown[] {
  return [item, lang, page.feed.status, page.errors.get(item.id), page.sent.has(item.id)];
}

function card(item: WaitingCall | ShownChange, small: Kid, body: Kid, foot: Kid): View {
  const error = page.errors.get(item.id);
  return E(
    'li',
    { class: 'fault busy held' },
    E('header', {}, glyph('busy'), E('h3', {}, w.held.call(item)), E('div.small', {}, small)),
    E('div.body', {}, body),
    E('div.foot', {}, foot, error !== undefined && E('p.refused', { role: 'alert' }, error.message)),
  );
}

function callCard(call: WaitingCall): View {
  const words = w.held;
  const { id, at, until, key, agent, link } = call;
  const caller = key ?? agent ?? link;
  return card(
    call,
    [
      words.from({ caller, time: clock(at, true) }),
      E('br'),
      `${words.left} `,
      E('b', { tick: () => countdown(Math.max(until, now()), now()) }),
    ],
    E(
      'div.said',
      { tabindex: 0, role: 'group', 'aria-label': words.arguments },
      E('span.label', { 'aria-hidden': 'true' }, words.arguments),
      call.arguments || words.noArguments,
    ),
    [
      button(words.approve, 'main', id, () => decide('approve', id)),
      button(words.ahead, '', id, () => decide('approve', id, { aheadMs: HOUR_MS })),
      button(words.decline, 'danger', id, () => decide('decline', id, { reason: reasons.get(id) ?? '' })),
      E('input.input', {
        ...{ type: 'text', maxlength: 300, placeholder: words.reason, 'aria-label': words.reason },
        oninput: (event: Event) => {
          reasons.set(id, (event.currentTarget as HTMLInputElement).value);
        },
      }),
    ],
  );
}

function changeCard(change: ShownChange): View {
  const words = w.held;
  const { id, lines } = change;
  return card(
    change,
    [
      change.change === 'new' ? words.added : words.changed,
      '; ',
      change.isHeld ? words.isHeld : words.isUsed,
    ],
    lines === undefined
      ? E('p', {}, words.tooLong)
      : E('div.said', { tabindex: 0, role: 'group', 'aria-label': words.changed }, lines.map(diffLine)),
    button(words.approveChange, 'main', id, () => decide('approve', id)),
  );
}

const LOOKS = { '-': 'bad', '+': 'ok', ' ': '', '…': '' } as const;

function diffLine({ mark, text, part }: DiffLine): View {
  if (mark === '…') return E('div', {}, w.held.more({ lines: text }));
  const [from, to] = part ?? [0, 0];
  const label = { '-': w.held.removed, '+': w.held.now, ' ': undefined }[mark];
  return E(
    'div.diff',
    { class: `diff ${LOOKS[mark]}` },
    label !== undefined && E('span.unseen', {}, `${label}: `),
    E('span', { 'aria-hidden': 'true' }, `${mark} `),
    text.slice(0, from),
    to > from && E('mark', {}, text.slice(from, to)),
    text.slice(Math.max(from, to)),
  );
}

function button(label: string, look: string, id: string, go: () => Promise<void>): View {
  return press(label, () => void go(), look, { disabled: isBlind() || page.sent.has(id) });
}
