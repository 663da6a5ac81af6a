import type { Messages } from '../messages/index.js';
import type { LimitFacts } from '../protocol/resource-limits.js';

const ALL = ['memory', 'cpu', 'pids'] as const;

/** What is said of a server with limits, beside its state: parts of a line. */
export function limitParts(limits: LimitFacts | undefined, words: Messages['bounds']): string[] {
  if (!limits) return [];
  const { held, unwatched: why } = limits;
  const watched = ALL.filter((of) => limits[of] !== undefined && held?.includes(of) !== true);
  const isSaid = held !== undefined && (why === undefined || held.length > 0);
  return [
    words.limits(limits),
    ...(isSaid ? [words.heldBy({ held, watched: why === undefined ? watched : [] })] : []),
    ...(why === undefined ? [] : [words.notWatched({ why })]),
  ];
}
