import type { LinkPlan } from '../config/plan.js';
import { claimsOf } from '../leases/claims.js';
import type { Leases } from '../leases/lease.js';
import type { LeaseHolder } from '../protocol/lease-words.js';
import { heldLeases } from './lease-folder.js';

/** Links of whose token all leases are held by other processes, each with one of the holders. */
export function takenElsewhere(
  links: readonly LinkPlan[],
  leases: Pick<Leases, 'heldElsewhere'>,
): { link: string; holder: LeaseHolder }[] {
  return links.flatMap(({ name, endpoint, settings, account }) => {
    for (const claim of claimsOf(endpoint, settings, account)) {
      const [holder, ...others] = leases.heldElsewhere(claim);
      if (holder && others.length + 1 >= claim.slots) return [{ link: name, holder }];
    }
    return [];
  });
}

/**
 * Links of whose token all leases are held, by the lock files in `folder`, each with one of the holders. For a user whose
 * files this process can only read.
 */
export function takenIn(
  folder: string,
  links: readonly LinkPlan[],
): { link: string; holder: Pick<LeaseHolder, 'pid'> | undefined }[] {
  return links.flatMap(({ name, endpoint, settings, account }) => {
    for (const { key, slots } of claimsOf(endpoint, settings, account)) {
      const held = heldLeases(folder, key).filter(({ isAlive }) => isAlive);
      if (held.length >= slots) return [{ link: name, holder: held[0]!.content }];
    }
    return [];
  });
}
