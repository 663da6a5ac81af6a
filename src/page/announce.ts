import type { FeedItem, FeedSnapshot } from '../protocol/feed.js';
import { num } from './format.js';
import { w } from './words.js';

/** More names in one sentence are a list that only takes time. */
const MOST_NAMED = 3;

/** What a screen reader is told of a change of classes; undefined when no class has changed. */
export function changesOfClass(before: FeedSnapshot, after: FeedSnapshot): string | undefined {
  const was = new Map(keyed(before).map(([key, item]) => [key, item.class]));
  const items = keyed(after);
  const changed = items.filter(([key, item]) => (was.get(key) ?? item.class) !== item.class);
  if (changed.length === 0) return undefined;
  const n = items.filter(([, item]) => item.class === 'bad').length;
  const named = changed.slice(0, MOST_NAMED).map(([, { name, word }]) => w.overview.said({ name, word }));
  const rest = changed.length - named.length;
  return [
    ...named,
    ...(rest > 0 ? [`+${num(rest)}`] : []),
    n > 0 ? w.overview.needYou({ n, text: num(n) }) : after.verdict.text,
  ].join('; ');
}

/** A server and a link may have one name. */
function keyed({ servers, links }: FeedSnapshot): [key: string, item: FeedItem][] {
  return [
    ...servers.map((item): [string, FeedItem] => [`server ${item.name}`, item]),
    ...links.map((item): [string, FeedItem] => [`link ${item.name}`, item]),
  ];
}
