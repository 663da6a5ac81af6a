import { LockFileSlots } from '../leases/lock-file.js';
import { LeaseQueue } from '../leases/queue.js';
import { type Lang, messagesFor } from '../observe/messages/index.js';
import { systemClock } from '../time/clock.js';
import { userId } from './control-place.js';
import { leaseFolder } from './state-place.js';

/** Leases that every mcp-pipe of this user on this machine respects. `onUnavailable`: without files, this one is alone. */
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
