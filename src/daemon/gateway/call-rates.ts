import type { GatewayPlan } from '../../config/gateway-plan.js';
import type { Caller } from '../../faces/accept.js';
import type { Rejection } from '../../faces/http/rejection.js';
import type { Quota, RateLimiter } from '../../policy/rate-limiter.js';
import { type Counted, countedOf, tooMany } from '../../policy/rate-stage.js';
import { networkOf } from '../../protocol/network.js';
import type { GatewayPart } from './gateway-part.js';

/**
 * Tells HTTP clients what is left of their rates, and refuses their requests, before the body is read, while nothing is. The
 * calls are counted where they are (`policy/rate-stage.ts`): a body may have any number of them.
 *
 * The headers are those of draft-ietf-httpapi-ratelimit-headers-10: `RateLimit-Policy: "key";q=100;w=60` and
 * `RateLimit: "key";r=42;t=17`, as it was when the request came.
 */
export function callRates(
  { rate, ratePerAddress, concurrent }: Pick<GatewayPlan, 'rate' | 'ratePerAddress' | 'concurrent'>,
  limiter: Pick<RateLimiter, 'look'>,
): GatewayPart {
  const isByAddress = ratePerAddress !== undefined || rate !== undefined || concurrent !== undefined;
  return {
    kind: 'rates',
    admits: ({ method }, response, caller) => {
      // Requests without a session share a client, but not what they may do.
      if (isByAddress && (caller.key === undefined || ratePerAddress)) countApart(caller);
      const counted = countedOf(caller, { rate, ratePerAddress });
      if (counted.length === 0) return undefined;
      const quotas = counted.map((one) => limiter.look(one.name, one.rate));
      response.setHeader('RateLimit-Policy', counted.map(policyItem).join(', '));
      response.setHeader('RateLimit', counted.map((one, i) => quotaItem(one, quotas[i]!)).join(', '));
      const empty = method === 'POST' ? quotas.findIndex(({ isWithin }) => !isWithin) : -1;
      return empty < 0 ? undefined : rejection(counted[empty]!, quotas[empty]!);
    },
  };
}

function countApart(caller: Caller): void {
  caller.network = networkOf(caller.address);
}

function policyItem({ name, rate }: Counted): string {
  return `"${kindOf(name)}";q=${rate.calls};w=${rate.perMs / 1_000}`;
}

function quotaItem({ name }: Counted, { remaining, resetMs }: Quota): string {
  return `"${kindOf(name)}";r=${remaining};t=${Math.ceil(resetMs / 1_000)}`;
}

/** `key`, `caller` or `address`: neither the key nor the address itself. */
function kindOf(name: string): string {
  return name.slice(0, name.indexOf(' '));
}

function rejection(counted: Counted, quota: Quota): Rejection {
  const { code, message, data } = tooMany(counted, quota);
  const retryAfter = String(Math.ceil(quota.resetMs / 1_000));
  return { status: 429, code, message, data, headers: { 'retry-after': retryAfter } };
}
