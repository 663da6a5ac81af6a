import type { FeedCall, FeedClass } from '../../protocol/feed.js';
import { w } from '../words.js';

/** The tool, or the method of what calls none. */
export function whatOf({ tool, method }: FeedCall): string {
  return tool ?? method;
}

export function isRunning({ ms }: FeedCall): boolean {
  return ms === undefined;
}

export function shapeOfCall(call: FeedCall): FeedClass {
  if (isRunning(call)) return 'busy';
  if (call.outcome === 'cancelled') return 'rest';
  return call.outcome === 'ok' ? 'ok' : 'bad';
}

/** `answered`, `running`, `error -32602`. */
export function outcomeOf(call: FeedCall): string {
  const words = w.detail.calls;
  if (isRunning(call)) return words.running;
  switch (call.outcome) {
    case 'ok':
      return words.answered;
    case 'timed-out':
      return words.timedOut;
    case 'cancelled':
      return words.cancelled;
    case 'lost':
      return words.lost;
    default:
      return call.code === undefined ? words.failed : words.error({ code: String(call.code) });
  }
}
