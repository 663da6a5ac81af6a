import { createHash } from 'node:crypto';
import type { Endpoint } from '../protocol/endpoint.js';
import type { Claim } from './lease.js';

/** The leases needed before an endpoint is dialled: one for its token, and one for its account when that has a cap. */
export function claimsOf(
  endpoint: Endpoint,
  { connectionsPerToken }: { connectionsPerToken: number },
  account: { name: string; connections: number } | undefined,
): Claim[] {
  const token = tokenClaim(endpoint, Math.max(1, Math.floor(connectionsPerToken)));
  if (!account) return [token];
  const { name, connections } = account;
  const key = createHash('sha256').update(`account\n${name}`).digest('hex');
  return [token, { kind: 'account', key, label: name, slots: connections }];
}

export function tokenClaim({ identity, fingerprint }: Endpoint, slots: number): Claim {
  return { kind: 'token', key: identity, label: fingerprint, slots };
}

/** Identifies a claim among all. */
export function nameOf({ kind, key }: Pick<Claim, 'kind' | 'key'>): string {
  return `${kind}:${key}`;
}
