import type { IncomingMessage } from 'node:http';
import type { GatewayPlan } from '../../config/gateway-plan.js';
import { clientOf } from './client-address.js';

/**
 * Where the client of a request has the gateway, without a slash at the end: `publicUrl`, or what it has addressed.
 *
 * @param request whose `Host` was checked
 */
export function publicBaseOf(
  request: IncomingMessage,
  { publicUrl }: Pick<GatewayPlan, 'publicUrl'>,
): string {
  if (publicUrl !== undefined) return publicUrl;
  const { isSecure } = clientOf(request);
  return new URL(`${isSecure ? 'https' : 'http'}://${request.headers.host}`).origin;
}

/** What follows `base` in an address, `/mcp` for instance, and `` for the base itself; undefined when it lies elsewhere. */
export function pathBelow(base: string, address: string): string | undefined {
  if (!URL.canParse(address)) return undefined;
  const [one, other] = [new URL(base), new URL(address)];
  if (one.origin !== other.origin || other.search !== '' || other.hash !== '') return undefined;
  const prefix = one.pathname.replace(/\/$/, '');
  const { pathname } = other;
  if (pathname !== prefix && !pathname.startsWith(`${prefix}/`)) return undefined;
  const path = pathname.slice(prefix.length);
  return path === '/' ? '' : path;
}
