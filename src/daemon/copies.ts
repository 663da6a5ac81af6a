import type { LinkPlan } from '../config/plan.js';
import { claimsOf } from '../leases/claims.js';
import type { Leases } from '../leases/lease.js';
import type { LeaseHolder } from '../protocol/status.js';

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
