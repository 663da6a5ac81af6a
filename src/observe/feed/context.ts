import type { FeedWords } from '../../messages/feed/feed-words.js';
import type { FeedAction, FeedLink, FeedServer } from '../../protocol/feed.js';
import type { Asked } from '../reasons.js';
import type { FeedPlan, FeedSources, PlannedFeedLink } from './sources.js';

/** What the parts of one snapshot are made from. */
export interface FeedContext extends Asked {
  sources: FeedSources;
  plan: FeedPlan;
  words: FeedWords;
  /** When a person has paused the server or link of this name. */
  paused: ReadonlyMap<string, number>;
  /** What was built before, in the same language. */
  memo: FeedMemo;
}

/**
 * Items that were built before: of hundreds that work, most are the same a second later, and not made again. The same object
 * also shows at once that nothing has changed.
 */
export class FeedMemo {
  readonly servers = new Map<string, FeedServer>();
  readonly links = new Map<
    string,
    { item: FeedLink; planned: PlannedFeedLink; changedAt: number | undefined }
  >();
}

/** Without what cannot be done in this run. */
export function possible(actions: readonly FeedAction[], { sources }: FeedContext): readonly FeedAction[] {
  if (sources.canPause) return actions;
  return actions.filter((action) => action !== 'pause' && action !== 'resume');
}
