import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { header } from '../../protocol/http-headers.js';
import { foreignTo, nameOf, urlOf } from './foreign.js';
import { type Rejection, refusal } from './rejection.js';

/** Which of the two kinds of answer a client accepts. No `Accept` header means both (RFC 9110 §12.5.1). */
export interface Accepted {
  json: boolean;
  stream: boolean;
}

export function acceptedBy(headers: IncomingHttpHeaders): Accepted {
  const accept = header(headers, 'accept')?.toLowerCase();
  if (!accept) return { json: true, stream: true };
  const types = accept.split(',').map((part) => part.split(';', 1)[0]!.trim());
  const has = (...names: string[]) => names.some((name) => types.includes(name));
  return {
    json: has('application/json', 'application/*', '*/*'),
    stream: has('text/event-stream', 'text/*', '*/*'),
  };
}

/** Whether the answer may be packed (RFC 9110 §12.5.3). */
export function acceptsGzip(headers: IncomingHttpHeaders): boolean {
  const accepted = header(headers, 'accept-encoding') ?? '';
  return accepted.split(',').some((one) => /^\s*(gzip|\*)\s*(;\s*q=(?!0(\.0*)?\s*$)[\d.]+\s*)?$/i.test(one));
}

/** Whether the body is declared as JSON. Pages of other sites cannot send that type without permission (Fetch, "CORS"). */
export function isJson(headers: IncomingHttpHeaders): boolean {
  return /^application\/json\s*(;|$)/i.test(header(headers, 'content-type') ?? '');
}

/**
 * Whether the request names several hosts (RFC 9112 §3.2): Node reads the first one, a proxy in front may read the last.
 */
export function hasSeveralHosts({ rawHeaders }: IncomingMessage): boolean {
  return rawHeaders.filter((name, i) => i % 2 === 0 && name.toLowerCase() === 'host').length > 1;
}

/**
 * Rejects requests that a browser sends for a page of another site. `ownHosts` are the names of this server, as `host:port`;
 * undefined when they are not known, so that `Origin` and `Host` are compared. The port in `Host` may differ, because the port
 * may be forwarded.
 */
export function refuseForeign(
  { headers }: IncomingMessage,
  ownHosts: readonly string[] | undefined,
): Rejection | undefined {
  const ownNames = ownHosts?.map((own) => nameOf(urlOf(`http://${own}`)));
  const foreign = foreignTo(headers, {
    isServedAs: (name) => !ownNames || ownNames.includes(name),
    isAllowed: (origin, { host }) => {
      const from = urlOf(origin)?.host;
      return from !== undefined && (ownHosts ? ownHosts.includes(from) : from === host);
    },
  });
  if (foreign === undefined) return undefined;
  return refusal(
    403,
    foreign === 'host' ? 'this Host is not served here' : 'this Origin is not allowed here',
  );
}
