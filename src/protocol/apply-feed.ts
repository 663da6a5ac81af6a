import type { FeedChange, FeedItem, FeedPatch, FeedSnapshot } from './feed.js';

/** The snapshot after a change. Items that have not changed are the same objects, so that a page can tell by identity. */
export function applyFeed(snapshot: FeedSnapshot, change: FeedChange): FeedSnapshot {
  return {
    ...snapshot,
    at: change.at,
    machine: change.machine === undefined ? snapshot.machine : patched(snapshot.machine, change.machine),
    verdict: change.verdict ?? snapshot.verdict,
    servers: change.servers === undefined ? snapshot.servers : changed(snapshot.servers, change.servers),
    links: change.links === undefined ? snapshot.links : changed(snapshot.links, change.links),
  };
}

/** New items come last, in the order of the change. */
function changed<Item extends FeedItem>(
  items: readonly Item[],
  changes: Readonly<Record<string, FeedPatch<Item> | null>>,
): readonly Item[] {
  const rest = new Map(Object.entries(changes));
  const after = items.flatMap((item) => {
    const change = rest.get(item.name);
    if (change === undefined) return [item];
    rest.delete(item.name);
    return change === null ? [] : [patched(item, change)];
  });
  // An item that is new is there whole.
  for (const [name, change] of rest) if (change !== null) after.push(patched({ name } as Item, change));
  return after;
}

function patched<Item extends object>(item: Item, change: FeedPatch<Item>): Item {
  const after = { ...item };
  for (const key of Object.keys(change) as (keyof Item)[]) {
    const value = change[key];
    if (value === null || value === undefined) delete after[key];
    else after[key] = value as Item[typeof key];
  }
  return after;
}
