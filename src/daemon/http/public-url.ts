import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { GatewayPlan } from '../../config/gateway-plan.js';

/**
 * Where the client of a request has the gateway, without a slash at the end: `publicUrl`, or what it has addressed.
 *
 * @param request whose `Host` was checked
 */
export function publicBaseOf(
  { headers, socket }: Pick<IncomingMessage, 'headers' | 'socket'>,
  { publicUrl }: Pick<GatewayPlan, 'publicUrl'>,
): string {
  if (publicUrl !== undefined) return publicUrl;
  const scheme = (socket as Partial<TLSSocket>).encrypted ? 'https' : 'http';
  return new URL(`${scheme}://${headers.host}`).origin;
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
