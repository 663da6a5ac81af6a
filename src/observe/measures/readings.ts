import type { FeedBand, FeedCharts } from '../../protocol/feed.js';
import { SEGMENT_MS, SEGMENTS, segmentOf } from './band.js';
import { POINT_MS, POINTS, pointOf } from './call-history.js';
import type { Item } from './item.js';
import type { Timeline } from './timeline.js';

/** Undefined before the first call and measurement. `since`: time of the timeline when measuring began. */
export function chartsOf(
  { history, memory }: Item,
  timeline: Timeline,
  since: number,
): FeedCharts | undefined {
  if (!history && !memory) return undefined;
  const at = timeline.now();
  const first = Math.max(pointOf(since), pointOf(at) - POINTS + 1);
  const none = () => Array.from({ length: pointOf(at) - first + 1 }, () => null);
  const calls = history?.points(at, first) ?? { calls: none().map(() => 0), p50: none(), p99: none() };
  return {
    ...{ everyMs: POINT_MS, from: timeline.wallOf(first * POINT_MS), ...calls },
    memory: memory?.points(at, first) ?? none(),
  };
}

/** The last 24 hours, those before mcp-pipe started included. */
export function bandOf(item: Item | undefined, timeline: Timeline, since: number): FeedBand {
  const at = timeline.now();
  const first = segmentOf(at) - SEGMENTS + 1;
  const known = Math.max(segmentOf(since), first);
  const { classes, wellPart } = item?.band.read(at, known) ?? { classes: [], wellPart: 1 };
  const before = new Array<null>(SEGMENTS - classes.length).fill(null);
  return {
    everyMs: SEGMENT_MS,
    from: timeline.wallOf(first * SEGMENT_MS),
    classes: [...before, ...classes],
    wellPart,
  };
}
