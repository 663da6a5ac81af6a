import type { FeedChange, FeedPatch, FeedSnapshot } from './feed.js';

/**
 * The snapshot after a change. Pure: items that have not changed are the same objects as before, so that a page draws only those
 * that have.
 */
export function applyFeed(snapshot: FeedSnapshot, change: FeedChange): FeedSnapshot {
  const { at, machine, verdict, servers, links, order } = change;
  return {
    ...snapshot,
    at,
    ...(machine ? { machine: patched(snapshot.machine, machine) } : {}),
    ...(verdict ? { verdict } : {}),
    servers: patchedItems(snapshot.servers, servers, order?.servers),
    links: patchedItems(snapshot.links, links, order?.links),
  };
}

function patchedItems<Item extends { name: string }>(
  items: readonly Item[],
  patches: Readonly<Record<string, FeedPatch<Item> | null>> | undefined,
  order: readonly string[] | undefined,
): readonly Item[] {
  if (!patches && !order) return items;
  const byName = new Map(items.map((item) => [item.name, item]));
  for (const [name, patch] of Object.entries(patches ?? {})) {
    const known = byName.get(name);
    if (patch === null) byName.delete(name);
    // An item that is new comes whole.
    else byName.set(name, patched(known ?? ({} as Item), patch));
  }
  if (!order) return [...byName.values()];
  return order.flatMap((name) => byName.get(name) ?? []);
}

function patched<Item extends object>(item: Item, patch: FeedPatch<Item>): Item {
  const next = { ...item } as Record<string, unknown>;
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete next[key];
    else next[key] = value;
  }
  return next as Item;
}
