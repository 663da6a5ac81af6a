import type { FeedAction, FeedLink, FeedServer } from '../protocol/feed.js';
import { list, num } from './format.js';
import { isServer } from './order.js';
import { w } from './words.js';

/** What a person should know before: sentences; none when nothing is lost. */
export function lossOf(action: FeedAction, item: FeedServer | FeedLink): string[] {
  // A server that works on a call is not put to sleep.
  if (action === 'resume' || action === 'wake' || action === 'sleep') return [];
  const words = w.overview.confirm;
  const { inFlight } = item;
  // Who calls it now and then would miss it soon.
  const isUsed = inFlight > 0 || (action === 'pause' && item.perMinute > 0);
  if (!isUsed) return [];
  const running = inFlight > 0 ? [words.running({ n: inFlight, text: num(inFlight) })] : [];
  if (!isServer(item)) return [...running, action === 'pause' ? words.linkPaused : words.linkDown];
  const users = { names: list(item.links), n: item.links.length };
  if (users.n === 0) return running;
  return [...running, action === 'pause' ? words.loseUntilResumed(users) : words.lose(users)];
}
