import type { GatewayPlan } from '../../config/gateway-plan.js';
import { routeOf, type Whose } from '../gateway/routes.js';
import { pathBelow } from '../http/public-url.js';

type Paths = Pick<GatewayPlan, 'paths'>;

/** Whether a token may be for this address: the gateway itself, or where MCP is spoken below it (RFC 8707 §2). Pure. */
export function isResource(address: string, base: string, paths: Paths): boolean {
  return whoseAt(address, base, paths) !== undefined;
}

/**
 * Whether a token for `resource` is good for a request: one for the servers of an agent, or for one server, is good there only,
 * over whichever transport. Pure.
 */
export function isGoodAt(resource: string, path: string, base: string, paths: Paths): boolean {
  const whose = whoseAt(resource, base, paths);
  if (whose === undefined) return false;
  if ('all' in whose) return true;
  const route = routeOf(path, paths);
  return route !== undefined && 'speech' in route && JSON.stringify(route.whose) === JSON.stringify(whose);
}

function whoseAt(address: string, base: string, paths: Paths): Whose | undefined {
  const path = pathBelow(base, address);
  if (path === '') return { all: true };
  const route = path === undefined ? undefined : routeOf(path, paths);
  return route && 'speech' in route ? route.whose : undefined;
}
