import { openPath } from '../../../protocol/endpoint.js';
import { decoded } from './address.js';
import type { ReachedRemote } from './facts.js';

/** Headers whose values say nothing of who sends them. */
const OPEN_HEADERS =
  /^(accept(-.*)?|user-agent|origin|referer|host|cache-control|x-requested-with|x-mcp-.*)$/i;

/** Values of a remote server that are hidden wherever they come up: those of headers and the query, keys in the path, the login of a proxy, the secret of a client. */
// D11, D177
export function secretsOfRemote({ remote: { url, headers, network, oauth } }: ReachedRemote): string[] {
  const closed = Object.entries(headers).filter(([name]) => !OPEN_HEADERS.test(name));
  const { pathname, searchParams } = new URL(url === '' ? 'http://none' : url);
  const query = [...searchParams.values()];
  const open = openPath(pathname).split('/');
  const closedParts = pathname.split('/').filter((part, i) => part !== open[i]);
  const all = [
    ...closed.flatMap(([, value]) => partsOf(value)),
    ...query.flatMap((value) => [value, encodeURIComponent(value)]),
    ...closedParts,
    ...(network.proxy?.secrets ?? []),
    ...(oauth && oauth.clientSecret !== undefined ? [oauth.clientSecret] : []),
  ];
  return [...new Set(all)].filter((value) => !PLAIN.test(value));
}

/** Values that name nothing: they stand in every log. */
const PLAIN = /^(true|false|yes|no|none|default|json|\d{1,8}|)$/i;

/** A header's value, what follows the scheme of an `Authorization`, and what that decodes to (RFC 7617). */
function partsOf(value: string): string[] {
  const [, scheme = '', credentials] = /^([a-z]+)\s+(\S+)$/i.exec(value) ?? [];
  if (credentials === undefined) return [value, ...cookies(value)];
  if (scheme.toLowerCase() !== 'basic') return [value, credentials];
  const login = Buffer.from(credentials, 'base64').toString('utf8');
  return [value, credentials, login, login.slice(login.indexOf(':') + 1)];
}

/** The values of `a=1; b=2`. */
function cookies(value: string): string[] {
  const pairs = value.split(';').map((pair) => pair.trim());
  if (!pairs.every((pair) => /^[\w.-]+=/.test(pair))) return [];
  return pairs.flatMap((pair) => {
    const one = pair.slice(pair.indexOf('=') + 1);
    return [one, decoded(one)];
  });
}
