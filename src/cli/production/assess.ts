import type { Evidence } from './evidence.js';
import { type Group, POINTS, type PointId, type Verdict } from './points.js';

/** One point, judged. `why` names the sentence of `messages/commands/production`. */
export interface JudgedPoint {
  id: PointId;
  group: Group;
  verdict: Verdict;
  why: string;
}

export interface Score {
  met: number;
  /** Points that this setup needs. */
  of: number;
  missing: number;
  unseen: number;
  notNeeded: number;
}

/** Judges every point. */
export function assess(evidence: Evidence): JudgedPoint[] {
  return (Object.keys(POINTS) as PointId[]).map((id) => {
    const { group, judge } = POINTS[id];
    const [verdict, why] = judge(evidence);
    return { id, group, verdict, why };
  });
}

/** Counts points; those that are not needed are no part of the whole. */
export function scoreOf(points: readonly JudgedPoint[]): Score {
  const count = (verdict: Verdict) => points.filter((point) => point.verdict === verdict).length;
  const notNeeded = count('notNeeded');
  return {
    met: count('met'),
    of: points.length - notNeeded,
    missing: count('missing'),
    unseen: count('unseen'),
    notNeeded,
  };
}
