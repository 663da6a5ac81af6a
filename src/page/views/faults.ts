/** Cards of what needs a person, and rows of what mcp-pipe is on. */
import type { FeedLink, FeedServer } from '../../protocol/feed.js';
import { E, type Kid, keep, type View } from '../dom.js';
import { glue } from '../format.js';
import { isServer } from '../order.js';
import {
  actionButton,
  actionError,
  causeCode,
  cure,
  forNames,
  glyph,
  hrefTo,
  nextLine,
  stateLine,
} from '../pieces.js';
import { page } from '../state.js';
import { lang, w } from '../words.js';

export function fault(item: FeedServer | FeedLink): Kid {
  return keep(keyOf(item), depsOf(item), () => card(item));
}

export function onItRow(item: FeedServer | FeedLink): Kid {
  return keep(keyOf(item), depsOf(item), () => row(item));
}

function keyOf(item: FeedServer | FeedLink): string {
  return `${isServer(item) ? 'server' : 'link'} ${item.name}`;
}

/** All that is shown of it. */
function depsOf(item: FeedServer | FeedLink): unknown[] {
  const { feed, errors, sent } = page;
  const of = item.actions.map((action) => `${action} ${item.name}`);
  return [
    ...[item, lang, feed.status, feed.snapshot?.canWrite, ownName(item)],
    ...of.map((key) => errors.get(key)),
    ...of.map((key) => sent.has(key)),
  ];
}

function card(item: FeedServer | FeedLink): View {
  const [first] = item.actions;
  return E(
    'li',
    { class: `fault ${item.class}` },
    E(
      'header',
      {},
      glyph(item.class),
      heading(item),
      causeCode(item),
      E('div.small', {}, stateLine(item), whom(item)),
    ),
    E('div.body', {}, cure(item)),
    E(
      'div.foot',
      {},
      first !== undefined && actionButton(first, item, 'main'),
      E('a.button', { href: hrefTo(item) }, w.details),
      nextLine(item),
      actionError(item.actions, item.name),
    ),
  );
}

/** What tells a link from the server of the same name, which may have its own trouble. */
function ownName(item: FeedServer | FeedLink): string | false {
  const isAlso = !isServer(item) && page.feed.snapshot?.servers.some(({ name }) => name === item.name);
  return isAlso ? w.overview.ownLink : false;
}

function heading(item: FeedServer | FeedLink): View {
  const note = ownName(item);
  return E(
    'h3',
    {},
    E('a', { href: hrefTo(item), title: item.name }, item.name),
    note !== false && E('span.muted.small', {}, ` ${note}`),
  );
}

/** Whom it concerns: the agents of a server, the token of a link. */
function whom(item: FeedServer | FeedLink): Kid {
  if (isServer(item)) return item.links.length > 0 && ` · ${forNames(item.links)}`;
  const names = [item.fingerprint, item.endpoint].filter((one) => one !== undefined);
  return ` · ${names.join(' · ')}`;
}

function row(item: FeedServer | FeedLink): View {
  // What waits for a time can be told not to.
  const now =
    item.nextAt === undefined
      ? undefined
      : item.actions.find((one) => one === 'reconnect' || one === 'restart');
  return E(
    'li',
    { class: item.class },
    glyph(item.class),
    E('div', {}, heading(item), E('div.state', {}, stateLine(item))),
    E(
      'p.why.words',
      {},
      item.why !== undefined && `${glue(item.why)} `,
      item.do !== undefined && E('b', {}, glue(item.do)),
      ' ',
      // That it is parked is said already.
      item.cause !== item.state && causeCode(item),
    ),
    E(
      'div.acts',
      {},
      nextLine(item),
      now !== undefined && actionButton(now, item),
      actionError(item.actions, item.name),
    ),
  );
}
