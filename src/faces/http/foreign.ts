import type { IncomingHttpHeaders } from 'node:http';
import { canonicalHost } from '../../protocol/host.js';

/** Under which names something is served, and for which pages. */
export interface ServedNames {
  /** @param name of `Host`, in one spelling, without its port */
  isServedAs: (name: string) => boolean;
  /** Whether pages of this origin may use it. */
  isAllowed: (origin: string, host: URL) => boolean;
}

/**
 * Whether a browser sends the request for a page of another site (D98): under a name that is not served here, as one that was
 * made to point here (DNS rebinding), or of another origin, as MCP "Streamable HTTP" requires to check. Pure.
 */
export function foreignTo(headers: IncomingHttpHeaders, names: ServedNames): 'host' | 'origin' | undefined {
  const host = urlOf(`http://${headers.host ?? ''}`);
  if (!host || !names.isServedAs(nameOf(host))) return 'host';
  return headers.origin === undefined || names.isAllowed(headers.origin, host) ? undefined : 'origin';
}

/** A host in one spelling; '' for none. */
export function nameOf(url: URL | undefined): string {
  return url ? canonicalHost(url.hostname) : '';
}

export function urlOf(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}
