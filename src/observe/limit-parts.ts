import type { Messages } from '../messages/index.js';
import type { LimitFacts } from '../protocol/resource-limits.js';

/** What is said of a server with limits, beside its state: parts of a line. */
export function limitParts(limits: LimitFacts | undefined, words: Messages['bounds']): string[] {
  if (!limits) return [];
  const { unwatched: why } = limits;
  return [words.limits(limits), ...(why === undefined ? [] : [words.notWatched({ why })])];
}
