import type { FeedChange, FeedPatch } from '../../protocol/feed.js';
import type { FeedState } from './build.js';

/** What a change says, but for its time. */
export type FeedDifference = Omit<FeedChange, 'type' | 'at'>;

/** What has changed between two states, changed members only; undefined when nothing has. Pure. See `applyFeed`. */
export function differenceOf(before: FeedState, after: FeedState): FeedDifference | undefined {
  const machine = patchOf(before.machine, after.machine);
  const servers = differentItems(before.servers, after.servers);
  const links = differentItems(before.links, after.links);
  const order = {
    ...(servers.order ? { servers: servers.order } : {}),
    ...(links.order ? { links: links.order } : {}),
  };
  const difference: FeedDifference = {
    ...(machine ? { machine } : {}),
    ...(isSame(before.verdict, after.verdict) ? {} : { verdict: after.verdict }),
    ...(servers.patches ? { servers: servers.patches } : {}),
    ...(links.patches ? { links: links.patches } : {}),
    ...(Object.keys(order).length > 0 ? { order } : {}),
  };
  return Object.keys(difference).length > 0 ? difference : undefined;
}

interface DifferentItems<Item> {
  patches: Record<string, FeedPatch<Item> | null> | undefined;
  /** Undefined when the order follows from the patches. */
  order: string[] | undefined;
}

function differentItems<Item extends { name: string }>(
  before: readonly Item[],
  after: readonly Item[],
): DifferentItems<Item> {
  // Names are those of a configuration: `__proto__` may be one.
  const patches: [string, FeedPatch<Item> | null][] = [];
  const old = new Map(before.map((item) => [item.name, item]));
  const next = new Map(after.map((item) => [item.name, item]));
  for (const item of before) if (!next.has(item.name)) patches.push([item.name, null]);
  for (const item of after) {
    const patch = patchOf(old.get(item.name) ?? ({} as Item), item);
    if (patch) patches.push([item.name, patch]);
  }
  const derived = [
    ...before.filter(({ name }) => next.has(name)),
    ...after.filter(({ name }) => !old.has(name)),
  ];
  const isDerived = derived.every(({ name }, i) => name === after[i]?.name);
  return {
    patches: patches.length > 0 ? Object.fromEntries(patches) : undefined,
    order: isDerived ? undefined : after.map(({ name }) => name),
  };
}

function patchOf<Item extends object>(before: Item, after: Item): FeedPatch<Item> | undefined {
  if (before === after) return undefined;
  const patch: Record<string, unknown> = {};
  const [old, next] = [before as Record<string, unknown>, after as Record<string, unknown>];
  for (const key of Object.keys(next)) {
    if (isSame(old[key], next[key])) continue;
    patch[key] = next[key] === undefined ? null : next[key];
  }
  for (const key of Object.keys(old)) if (old[key] !== undefined && !(key in next)) patch[key] = null;
  return Object.keys(patch).length > 0 ? (patch as FeedPatch<Item>) : undefined;
}

/** Whether two values are the same JSON. */
function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((value, i) => isSame(value, b[i]));
  const [one, other] = [a as Record<string, unknown>, b as Record<string, unknown>];
  for (const key of Object.keys(one)) if (!isSame(one[key], other[key])) return false;
  return Object.keys(other).every((key) => other[key] === undefined || key in one);
}
