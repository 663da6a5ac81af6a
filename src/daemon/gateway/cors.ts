import type { IncomingHttpHeaders } from 'node:http';
import type { GatewayPlan } from '../../config/gateway-plan.js';
import { header } from '../../protocol/http-headers.js';
import { allowsOrigin } from '../http/hosts.js';

/** What clients in pages read of responses. */
const EXPOSED = [
  ...['mcp-session-id', 'mcp-protocol-version', 'www-authenticate', 'x-request-id'],
  ...['retry-after', 'ratelimit', 'ratelimit-policy'],
];
const METHODS = 'GET, POST, DELETE, OPTIONS';
/** How long a browser remembers the answer to a preflight, in seconds; short, as the configuration may change. */
const MAX_AGE_S = 600;

/** The headers that let a page of another origin read the response (Fetch, "CORS protocol"); none for a page that may not. */
export function corsHeaders(headers: IncomingHttpHeaders, plan: GatewayPlan): Record<string, string> {
  const { origin } = headers;
  if (plan.allowedOrigins.length === 0) return {};
  const vary = { vary: 'Origin' };
  if (origin === undefined || !allowsOrigin(origin, plan)) return vary;
  return {
    ...vary,
    'access-control-allow-origin': plan.allowedOrigins.includes('*') ? '*' : origin,
    'access-control-expose-headers': [...EXPOSED, ...plan.exposedHeaders].join(', '),
  };
}

/** What a preflight of a page that may use the gateway is answered with; undefined for any other request. */
export function preflight(
  method: string | undefined,
  headers: IncomingHttpHeaders,
): Record<string, string> | undefined {
  if (method !== 'OPTIONS' || headers['access-control-request-method'] === undefined) return undefined;
  const wanted = header(headers, 'access-control-request-headers');
  return {
    'access-control-allow-methods': METHODS,
    // Of the headers of a request, those of MCP and of the configuration are read, and the others are dropped.
    'access-control-allow-headers':
      wanted ?? 'content-type, accept, authorization, x-api-key, mcp-session-id, mcp-protocol-version',
    'access-control-max-age': String(MAX_AGE_S),
    ...(headers['access-control-request-private-network'] === 'true'
      ? { 'access-control-allow-private-network': 'true' }
      : {}),
  };
}
