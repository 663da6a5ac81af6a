import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { canonicalHost } from '../../protocol/host.js';
import { header } from '../../protocol/http-headers.js';
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
 * Rejects requests that a browser sends for a page of another site (D98). MCP "Streamable HTTP" requires the check of
 * `Origin`; the check of `Host` finds foreign names that were made to point here (DNS rebinding). `ownHosts` are the
 * names of this server, as `host:port`; undefined when they are not known, so that `Origin` and `Host` are compared.
 * The port in `Host` may differ, because the port may be forwarded.
 */
export function refuseForeign(
  { headers }: IncomingMessage,
  ownHosts: readonly string[] | undefined,
): Rejection | undefined {
  const host = hostOf(`http://${headers.host ?? ''}`);
  const ownNames = ownHosts?.map((own) => nameOf(hostOf(`http://${own}`)));
  if (ownNames && (!host || !ownNames.includes(nameOf(host))))
    return refusal(403, 'this Host is not served here');
  if (headers.origin === undefined) return undefined;
  const origin = hostOf(headers.origin)?.host;
  const isOwn = origin !== undefined && (ownHosts ? ownHosts.includes(origin) : origin === host?.host);
  return isOwn ? undefined : refusal(403, 'this Origin is not allowed here');
}

function nameOf(url: URL | undefined): string | undefined {
  return url && canonicalHost(url.hostname);
}

function hostOf(url: string): URL | undefined {
  return URL.canParse(url) ? new URL(url) : undefined;
}
