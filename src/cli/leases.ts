import { LockFileSlots } from '../leases/lock-file.js';
import { LeaseQueue } from '../leases/queue.js';
import { texts } from '../messages/commands/leases.js';
import type { Lang } from '../messages/index.js';
import { systemClock } from '../time/clock.js';
import { userId } from './control-place.js';
import { leaseFolder } from './state-place.js';

/**
 * Leases that every mcp-pipe of this user on this machine respects.
 *
 * @param lang Language of the text for `onUnavailable`.
 * @param onUnavailable Called once with the reason when lock files cannot be used: this process then counts only its own
 * connections.
 */
export function openLeases(lang: Lang = 'en', onUnavailable: (text: string) => void = () => {}): LeaseQueue {
  const folder = leaseFolder();
  const shared = new LockFileSlots({
    folder,
    uid: userId(),
    clock: systemClock,
    onUnavailable: ({ message }) => onUnavailable(texts[lang].unavailable({ folder, message })),
  });
  return new LeaseQueue({ shared });
}
