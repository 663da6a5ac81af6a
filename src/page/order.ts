/** In which order, and which of them, servers and links are shown. Nothing here knows the document. */
import type { FeedClass, FeedItem, FeedLink, FeedServer, FeedSnapshot } from '../protocol/feed.js';

export const CLASSES: readonly FeedClass[] = ['bad', 'busy', 'ok', 'rest'];

/** By class, and in a class the newest change first. */
export function byClass<Item extends FeedItem>(items: readonly Item[]): Item[] {
  const rank = (item: Item) => CLASSES.indexOf(item.class);
  return items
    .map((item, place) => ({ item, place }))
    .sort(
      (one, other) =>
        rank(one.item) - rank(other.item) ||
        (other.item.since ?? 0) - (one.item.since ?? 0) ||
        one.place - other.place,
    )
    .map(({ item }) => item);
}

/** What needs a person. */
export function faultsOf({ servers, links }: FeedSnapshot): (FeedServer | FeedLink)[] {
  return byClass([...servers, ...links]).filter((item) => item.class === 'bad');
}

/** What mcp-pipe is on; behind them what waits for another process, for a person may wonder. */
export function onItOf({ servers, links }: FeedSnapshot): (FeedServer | FeedLink)[] {
  const all = byClass<FeedServer | FeedLink>([...servers, ...links]);
  return [
    ...all.filter((item) => item.class === 'busy'),
    ...all.filter((item) => item.class === 'rest' && item.state === 'parked'),
  ];
}

/** How many items of each class there are. */
export function countsOf(items: readonly FeedItem[]): Record<FeedClass, number> {
  const counts = { bad: 0, busy: 0, ok: 0, rest: 0 };
  for (const item of items) counts[item.class] += 1;
  return counts;
}

/** Whether a name has what was typed, whatever its case and accents: `phong` finds `Phòng khách`. */
export function isFound(name: string, query: string): boolean {
  return plain(name).includes(plain(query.trim()));
}

/** Without case and accents. */
export function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().replaceAll('đ', 'd');
}

/** One row of the table: a server, or the heading of a class. */
export type Row = { server: FeedServer } | { class: FeedClass; count: number };

/** The rows in their order. Groups have headings when there are many servers. */
export function rowsOf(servers: readonly FeedServer[], areGrouped: boolean): Row[] {
  const ordered = byClass(servers);
  if (!areGrouped) return ordered.map((server) => ({ server }));
  return CLASSES.flatMap((one): Row[] => {
    const group = ordered.filter((server) => server.class === one);
    if (group.length === 0) return [];
    return [{ class: one, count: group.length }, ...group.map((server) => ({ server }))];
  });
}

/** A server and a link are told apart by what only one has. */
export function isServer(item: FeedServer | FeedLink): item is FeedServer {
  return 'restarts' in item;
}
