import type { IncomingMessage, ServerResponse } from 'node:http';
import { hasSeveralHosts } from '../../faces/http/headers.js';
import { type Rejection, refusal } from '../../faces/http/rejection.js';
import { clientOf } from './client-address.js';

/** Header lines of a request: browsers send some 20, proxies add some 10; all together are bounded in bytes by Node (16 KiB). */
const MAX_HEADERS = 100;
/** How long a browser that has been here by HTTPS uses nothing else, in seconds: half a year. */
const HSTS_S = 15_552_000;

/** What each response has, whatever answers; sites may set their own instead (the status page has scripts of its own). */
const SECURITY_HEADERS: readonly (readonly [string, string])[] = [
  ['x-content-type-options', 'nosniff'],
  ['x-frame-options', 'DENY'],
  ['referrer-policy', 'no-referrer'],
  ['content-security-policy', "default-src 'none'; frame-ancestors 'none'"],
];
const HSTS = ['strict-transport-security', `max-age=${HSTS_S}`] as const;

/** The headers that each response to this request has. */
export function securityHeaders(request: IncomingMessage): readonly (readonly [string, string])[] {
  return clientOf(request).isSecure ? [...SECURITY_HEADERS, HSTS] : SECURITY_HEADERS;
}

export function secure(request: IncomingMessage, response: ServerResponse): void {
  for (const [name, value] of SECURITY_HEADERS) response.setHeader(name, value);
  if (clientOf(request).isSecure) response.setHeader(...HSTS);
}

const SEVERAL_HOSTS = refusal(400, 'a request names one Host', { connection: 'close' });
const OTHER_HOST = refusal(400, 'the address of a request has the Host of its header', {
  connection: 'close',
});
const TOO_MANY_HEADERS = refusal(431, `a request has ${MAX_HEADERS} headers at most`, {
  connection: 'close',
});
const PACKED = refusal(415, 'a body is sent as it is, without Content-Encoding', {
  'accept-encoding': 'identity',
});

// D235
/** Why nothing may answer a request, whatever it asks for; undefined: sites may. Pure. */
export function refuseOutright(request: IncomingMessage): Rejection | undefined {
  const { rawHeaders, headers, url = '/' } = request;
  if (rawHeaders.length > 2 * MAX_HEADERS) return TOO_MANY_HEADERS;
  // Node reads the first of them, a proxy in front may read the last (RFC 9112 §3.2).
  if (hasSeveralHosts(request)) return SEVERAL_HOSTS;
  // The Host of an address goes before the header, for a proxy that reads it so (RFC 9112 §3.2.2).
  if (!url.startsWith('/') && hostIn(url) !== headers.host?.toLowerCase()) return OTHER_HOST;
  const encoding = headers['content-encoding'];
  // A few bytes could be packed gigabytes.
  if (encoding !== undefined && encoding.trim().toLowerCase() !== 'identity') return PACKED;
  return undefined;
}

function hostIn(url: string): string | undefined {
  return /^https?:\/\/([^/?#]*)/i.exec(url)?.[1]?.toLowerCase();
}
