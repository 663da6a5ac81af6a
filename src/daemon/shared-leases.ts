import type { Plan } from '../config/plan.js';
import type { RedisPlan } from '../config/redis-section.js';
import { claimsOf } from '../leases/claims.js';
import type { Claim } from '../leases/lease.js';
import type { StoredLease } from '../leases/stored-leases.js';
import { RunRedis } from './redis.js';

/** What Redis says of the tokens and accounts of a configuration; `reason`: it does not answer. */
export type SharedLeases = { url: string; claims: readonly Claim[] } & (
  | { leases: readonly StoredLease[]; processes: number; at: number }
  | { reason: string }
);

/** Asks once, of the tokens and accounts of a plan. */
export async function readSharedLeases(redis: RedisPlan, plan: Pick<Plan, 'links'>): Promise<SharedLeases> {
  const claims = claimsOfPlan(plan);
  const run = new RunRedis(redis);
  const about = { url: run.link.shown, claims };
  try {
    const { leases, processes } = await run.leasesOf(claims);
    return { ...about, leases, processes, at: Date.now() };
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    return { ...about, reason: message || code || String(error) };
  } finally {
    await run.close();
  }
}

/** Each token and account once. */
function claimsOfPlan({ links }: Pick<Plan, 'links'>): Claim[] {
  const all = links.flatMap(({ endpoint, settings, account }) => claimsOf(endpoint, settings, account));
  return [...new Map(all.map((claim) => [`${claim.kind} ${claim.key}`, claim])).values()];
}
