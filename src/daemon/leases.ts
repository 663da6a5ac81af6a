import { tokenClaim } from '../leases/claims.js';
import type { SharedSlots } from '../leases/lease.js';
import { LockFileSlots } from '../leases/lock-file.js';
import { LeaseQueue } from '../leases/queue.js';
import { texts } from '../messages/commands/leases.js';
import type { Lang } from '../messages/index.js';
import type { Endpoint } from '../protocol/endpoint.js';
import type { LeaseHolder } from '../protocol/lease-words.js';
import { systemClock } from '../time/clock.js';
import { userId } from './control-place.js';
import { leaseFolder } from './lease-folder.js';

/**
 * Leases that every mcp-pipe of this user on this machine respects (D6, D80).
 *
 * @param lang Language of the text for `onUnavailable`.
 * @param onUnavailable Called once with the reason when lock files cannot be used: this process then counts only its own
 * connections.
 * @param beyond Slots that other machines respect as well, around those of this one. Default: this machine is alone.
 */
export function openLeases(
  lang: Lang = 'en',
  onUnavailable: (text: string) => void = () => {},
  beyond: (here: SharedSlots) => SharedSlots = (here) => here,
): LeaseQueue {
  const folder = leaseFolder();
  const here = new LockFileSlots({
    folder,
    uid: userId(),
    clock: systemClock,
    onUnavailable: ({ message }) => onUnavailable(texts[lang].unavailable({ folder, message })),
  });
  return new LeaseQueue({ shared: beyond(here) });
}

/**
 * Takes all slots of a token, so that no other mcp-pipe of this user dials it in the meantime.
 *
 * @param onUnavailable Called with the reason when lock files cannot be used: other copies may then dial.
 * @returns `release`; or, when nothing was taken, a holder of a slot (undefined when its file does not name it).
 */
export function takeToken(
  endpoint: Endpoint,
  slots: number,
  newHolder: string,
  onUnavailable: (message: string) => void,
): { release: () => void } | { holder: LeaseHolder | undefined } {
  const taken: (() => void)[] = [];
  const release = () => {
    for (const slot of taken) slot();
  };
  const files = new LockFileSlots({
    folder: leaseFolder(),
    uid: userId(),
    clock: systemClock,
    onUnavailable: ({ message }) => onUnavailable(message),
  });
  const claim = tokenClaim(endpoint, slots);
  for (let slot = 0; slot < slots; slot++) {
    const result = files.take(claim, newHolder);
    if (!('taken' in result)) {
      release();
      return result;
    }
    taken.push(result.taken);
  }
  const [other] = files.heldElsewhere(claim);
  if (!other) return { release };
  release();
  return { holder: other };
}
