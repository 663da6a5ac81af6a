import type { RedisPlan } from '../config/redis-section.js';
import { tokenClaim } from '../leases/claims.js';
import type { RefusedSlots, SharedSlots } from '../leases/lease.js';
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

/** Others have the token, or may have it. */
export type UsedToken = Pick<RefusedSlots, 'holder' | 'obstacle'>;

export interface TakeTokenOptions {
  /** How many connections others may think that the token allows. */
  slots: number;
  /** What others are told that has it. */
  who: string;
  /** The Redis that machines share: none of them dials it in the meantime. Undefined: this machine alone. */
  redis: RedisPlan | undefined;
  /** Called with the reason when lock files cannot be used: other copies may then dial. */
  onUnavailable: (message: string) => void;
}

/**
 * Takes all slots of a token, so that no other mcp-pipe of this user, or with the same Redis, dials it in the meantime.
 *
 * @returns `release`; or, when nothing was taken, a holder of a slot (undefined when it is not known), or what is in the way.
 */
export async function takeToken(
  endpoint: Endpoint,
  options: TakeTokenOptions,
): Promise<{ release: () => Promise<void> } | UsedToken> {
  const here = takeHere(endpoint, options);
  const { redis, slots, who } = options;
  if (!('release' in here) || redis === undefined) return here;
  const { RunRedis } = await import('./redis.js');
  const run = new RunRedis(redis);
  const beyond = await run.takeToken(endpoint, slots, who);
  const release = async () => {
    if ('release' in beyond) await beyond.release();
    await run.close();
    await here.release();
  };
  if ('release' in beyond) return { release };
  await release();
  return beyond;
}

function takeHere(
  endpoint: Endpoint,
  { slots, who, onUnavailable }: TakeTokenOptions,
): { release: () => Promise<void> } | { holder: LeaseHolder | undefined } {
  const taken: (() => void)[] = [];
  const release = async () => {
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
    const result = files.take(claim, who);
    if (!('taken' in result)) {
      void release();
      return result;
    }
    taken.push(result.taken);
  }
  const [other] = files.heldElsewhere(claim);
  if (!other) return { release };
  void release();
  return { holder: other };
}
