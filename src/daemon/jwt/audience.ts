import type { GatewayPlan } from '../../config/gateway-plan.js';
import { type Route, routeOf } from '../gateway/routes.js';
import { pathBelow } from '../http/public-url.js';

/** What decides which tokens are meant for an address. */
export interface Audiences extends Pick<GatewayPlan, 'paths' | 'publicUrl'> {
  /** As the configuration has them; empty: the gateway below `publicUrl`, and each of its addresses. */
  audience: readonly string[];
}

/**
 * Whether a token that was issued for `claimed` is good at this path (RFC 8707 §2, RFC 9068 §4). One that was issued for the
 * address of a server or agent is good only there, over whichever transport. Pure.
 */
// D242
export function isMeantFor(claimed: readonly string[], path: string, audiences: Audiences): boolean {
  return claimed.some((one) => isOwn(one, audiences) && isGoodAt(one, path, audiences));
}

/** Whether two audiences are one: as texts, or as addresses that differ in how they are written. */
export function isSameAudience(one: string, other: string): boolean {
  return one === other || (isAddress(one) && isAddress(other) && spelled(one) === spelled(other));
}

function isOwn(claimed: string, { audience, publicUrl, paths }: Audiences): boolean {
  if (audience.length > 0) return audience.some((one) => isSameAudience(one, claimed));
  const path = publicUrl === undefined ? undefined : pathBelow(publicUrl, claimed);
  return path === '' || (path !== undefined && isSpoken(routeOf(path, { paths })));
}

function isGoodAt(claimed: string, path: string, { publicUrl, paths }: Audiences): boolean {
  if (!isAddress(claimed)) return true;
  const at =
    (publicUrl === undefined ? undefined : pathBelow(publicUrl, claimed)) ?? new URL(claimed).pathname;
  const [issuedFor, asked] = [routeOf(at, { paths }), routeOf(path, { paths })];
  if (!isSpoken(issuedFor) || 'all' in issuedFor.whose || !isSpoken(asked)) return true;
  return JSON.stringify(issuedFor.whose) === JSON.stringify(asked.whose);
}

function isSpoken(route: Route | undefined): route is Extract<Route, { speech: unknown }> {
  return route !== undefined && 'speech' in route;
}

function isAddress(text: string): boolean {
  return /^https?:\/\//i.test(text) && URL.canParse(text);
}

/** An origin has no slash at its end (RFC 8707 §2 leaves it open, and clients add one). */
function spelled(address: string): string {
  const { origin, pathname, search, hash } = new URL(address);
  return `${origin}${pathname === '/' && search === '' ? '' : pathname}${search}${hash}`;
}
