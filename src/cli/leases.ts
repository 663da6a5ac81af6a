import { LockFileSlots } from '../leases/lock-file.js';
import { LeaseQueue } from '../leases/queue.js';
import { type Lang, messagesFor } from '../messages/index.js';
import { systemClock } from '../time/clock.js';
import { userId } from './control-place.js';
import { leaseFolder } from './state-place.js';

/**
 * Leases that every mcp-pipe of this user on this machine respects.
 *
 * @param lang Of what `onUnavailable` is told.
 * @param onUnavailable Hears, once, why lock files cannot be used: this process then counts its own connections only.
 */
export function openLeases(lang: Lang = 'en', onUnavailable: (text: string) => void = () => {}): LeaseQueue {
  const folder = leaseFolder();
  const shared = new LockFileSlots({
    folder,
    uid: userId(),
    clock: systemClock,
    onUnavailable: ({ message }) => onUnavailable(messagesFor(lang).leases.unavailable({ folder, message })),
  });
  return new LeaseQueue({ shared });
}
