import { LockFileSlots } from '../leases/lock-file.js';
import { LeaseQueue } from '../leases/queue.js';
import { systemClock } from '../time/clock.js';
import { userId } from './control-place.js';
import { leaseFolder } from './state-place.js';

/** Leases that every mcp-pipe of this user on this machine respects. `onUnavailable`: without files, this one is alone. */
export function openLeases(onUnavailable: (message: string, next: string) => void): LeaseQueue {
  const folder = leaseFolder();
  const shared = new LockFileSlots({
    folder,
    uid: userId(),
    clock: systemClock,
    onUnavailable: ({ message }) =>
      onUnavailable(
        `Lock files cannot be used in ${folder} (${message}): another mcp-pipe on this machine may dial the same token.`,
        'Name a folder that can be written with XDG_STATE_HOME, or make sure that only one runs.',
      ),
  });
  return new LeaseQueue({ shared });
}
