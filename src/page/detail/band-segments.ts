import type { FeedClass } from '../../protocol/feed.js';

/** One part of the last 24 hours that is drawn in one colour. */
export interface Segment {
  /** Null: mcp-pipe did not run, or did not know yet. */
  class: FeedClass | null;
  /** Intervals from the first one on, and how many of them. */
  from: number;
  count: number;
}

/** The worse of two wins where both are in one segment. */
const RANK: Readonly<Record<FeedClass, number>> = { bad: 3, busy: 2, ok: 1, rest: 0 };

/** So many quiet intervals (of 5 min) between two troubles do not part them: a loop is one segment. */
const LOOP_GAP = 2;

/** So many segments of at least 3 px, each with 1 px beside it, stand side by side on a screen of 320 px. */
const MOST_SEGMENTS = 64;

/** Joins equal neighbours, and what alternates quickly, to segments that can be seen. */
export function segmentsOf(classes: readonly (FeedClass | null)[]): Segment[] {
  const segments = loopsJoined(runsOf(classes));
  if (segments.length <= MOST_SEGMENTS) return segments;
  const size = Math.ceil(classes.length / MOST_SEGMENTS);
  return runsOf(classes.map((_, i) => worst(classes.slice(i - (i % size), i - (i % size) + size))));
}

/** How much of the known time was of each class, 0 to 1; of all time when none is known. */
export function partsOf(classes: readonly (FeedClass | null)[]): [FeedClass, number][] {
  const known = classes.filter((one) => one !== null);
  const counts = new Map<FeedClass, number>();
  for (const one of known) counts.set(one, (counts.get(one) ?? 0) + 1);
  return [...counts].map(([one, count]): [FeedClass, number] => [one, count / known.length]);
}

function runsOf(classes: readonly (FeedClass | null)[]): Segment[] {
  const runs: Segment[] = [];
  classes.forEach((one, from) => {
    const last = runs.at(-1);
    if (last?.class === one) last.count++;
    else runs.push({ class: one, from, count: 1 });
  });
  return runs;
}

/** Two segments of the same trouble are one when only better ones, for a short time, lie between. */
function loopsJoined(segments: readonly Segment[]): Segment[] {
  const out: Segment[] = [];
  for (const segment of segments) {
    const index = isTrouble(segment.class) ? out.findLastIndex((one) => one.class === segment.class) : -1;
    const before = out[index];
    const isLoop =
      before !== undefined &&
      segment.from - endOf(before) <= LOOP_GAP &&
      out.slice(index + 1).every((one) => rankOf(one.class) < rankOf(segment.class));
    if (isLoop) {
      out.length = index + 1;
      before.count = endOf(segment) - before.from;
    } else out.push({ ...segment });
  }
  return out;
}

function worst(classes: readonly (FeedClass | null)[]): FeedClass | null {
  return classes.reduce((one, other) => (rankOf(other) > rankOf(one) ? other : one));
}

/** Unknown time does not part a loop either: mcp-pipe was restarted in it. */
function rankOf(one: FeedClass | null): number {
  return one === null ? -1 : RANK[one];
}

function isTrouble(one: FeedClass | null): boolean {
  return one === 'bad' || one === 'busy';
}

function endOf({ from, count }: Segment): number {
  return from + count;
}
