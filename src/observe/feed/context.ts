import type { FeedWords } from '../../messages/feed/feed-words.js';
import type { FeedAction } from '../../protocol/feed.js';
import type { Asked } from '../reasons.js';
import type { FeedPlan, FeedSources } from './sources.js';

/** What the parts of one snapshot are made from. */
export interface FeedContext extends Asked {
  sources: FeedSources;
  plan: FeedPlan;
  words: FeedWords;
  /** When a person has paused the server or link of this name. */
  paused: ReadonlyMap<string, number>;
}

/** Without what cannot be done in this run. */
export function possible(actions: readonly FeedAction[], { sources }: FeedContext): readonly FeedAction[] {
  if (sources.canPause) return actions;
  return actions.filter((action) => action !== 'pause' && action !== 'resume');
}
