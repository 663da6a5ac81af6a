import type { IncomingMessage } from 'node:http';
import { SCOPE } from './client-metadata.js';
import { COOKIES } from './cookies.js';
import { OAUTH_PATHS } from './oauth-paths.js';

/** Parameters of a login that count; what others ask for, OpenID's for instance, is not there. */
const OF_LOGIN = [
  ...['response_type', 'response_mode', 'client_id', 'redirect_uri', 'state', 'code_challenge'],
  ...['code_challenge_method', 'resource', 'request', 'request_uri'],
];

/** The request with an address of its own; Koa reads both. */
type Mounted = IncomingMessage & { originalUrl?: string };

/**
 * A request as the library reads it: at the address of the issuer, whatever proxies have written, and without its session. A
 * login is for the one scope that there is, whichever it asks for (RFC 6749 §3.3).
 */
export function withOneForm(request: IncomingMessage, base: string, path: string): IncomingMessage {
  const { host, protocol, pathname } = new URL(base);
  const { headers } = request;
  for (const name of Object.keys(headers))
    if (name.startsWith('x-forwarded-') || name === 'forwarded') delete headers[name];
  Object.assign(headers, { host, 'x-forwarded-proto': protocol.slice(0, -1) });
  const cookies = (headers.cookie ?? '').split(/; */).filter((one) => !one.startsWith(`${COOKIES.session}=`));
  if (headers.cookie !== undefined) headers.cookie = cookies.join('; ');
  const query = path === OAUTH_PATHS.authorize ? loginQuery(request.url ?? '') : '';
  const mounted: Mounted = request;
  mounted.url = path + query;
  mounted.originalUrl = pathname.replace(/\/$/, '') + mounted.url;
  return mounted;
}

function loginQuery(url: string): string {
  const [, given = ''] = /\?([^#]*)/.exec(url) ?? [];
  // Whatever comes twice stays so: the library refuses it (RFC 6749 §3.1).
  const kept = [...new URLSearchParams(given)].filter(
    ([name, value]) => OF_LOGIN.includes(name) || (name === 'prompt' && value === 'none'),
  );
  return `?${new URLSearchParams([...kept, ['scope', SCOPE]])}`;
}
