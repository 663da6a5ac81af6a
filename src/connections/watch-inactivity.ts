import type { OnStatus } from '../protocol/status.js';
import type { HubClient } from '../servers/hub-client.js';
import type { Clock } from '../time/clock.js';
import type { InactivityDetector } from './inactivity.js';

/** See `SuperviseOptions`. */
interface WatchOptions {
  clock: Pick<Clock, 'now' | 'after'>;
  inactivity: InactivityDetector;
  deafAfterMs: number;
  unaskedAfterMs: number;
  client: () => HubClient;
  onStatus: OnStatus;
}

/** After this much silence pending requests no longer count as a sign of life: their callers have given up by then. */
export const CALLS_GIVEN_UP_MS = 600_000;

/**
 * Checks regularly how long the endpoint has been silent. Calls `onDeaf` once, when that is too long and no request is
 * pending. The returned function ends the checks.
 */
export function watchInactivity(
  options: WatchOptions,
  client: HubClient,
  onDeaf: (why: 'deaf' | 'never-asked') => void,
): () => void {
  const { clock, inactivity, deafAfterMs, unaskedAfterMs, onStatus } = options;
  const lookMs = Math.min(deafAfterMs, unaskedAfterMs || deafAfterMs) / 4;
  let cancel = () => {};
  const look = (isSecond = false) => {
    // The connection is being closed for a switch to another client.
    if (options.client() !== client) return;
    const now = clock.now();
    const waitedFor =
      (client.pending > 0 || client.isReadPaused) && inactivity.silentMs(now) < CALLS_GIVEN_UP_MS;
    const isDeaf = inactivity.deafInMs(now) === 0 && !waitedFor;
    // After a stall, timers run before messages are read that arrived long ago. So a second check decides.
    if (!isDeaf || !isSecond) {
      cancel = clock.after(isDeaf ? 0 : lookMs, () => look(isDeaf));
      return;
    }
    const isNeverAsked = inactivity.isNeverAsked(now);
    onStatus({
      type: 'deaf',
      silentMs: Math.round(inactivity.silentMs(now)),
      usualMs: isNeverAsked ? undefined : Math.round(inactivity.usualMs ?? 0),
    });
    inactivity.redialled();
    onDeaf(isNeverAsked ? 'never-asked' : 'deaf');
  };
  look();
  return () => cancel();
}
