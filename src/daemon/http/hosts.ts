import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { isOriginPattern } from '../../config/allowed-origin.js';
import type { GatewayPlan } from '../../config/gateway-plan.js';
import { foreignTo, nameOf, urlOf } from '../../faces/http/foreign.js';
import { type Rejection, refusal } from '../../faces/http/rejection.js';
import { canonicalHost, isLoopback, isPrivateHost } from '../../protocol/host.js';
import { OriginPatterns } from './origin-patterns.js';

/** What decides under which names a gateway may be addressed, and from which pages. */
export interface HostsPlan extends Pick<GatewayPlan, 'host' | 'allowedHosts' | 'allowedOrigins'> {
  /** Whether callers have to show a key or a token. */
  isAsked: boolean;
  /** See `GatewayPlan`: one of its names. */
  publicUrl?: string | undefined;
}

/**
 * Whether a browser sends the request for a page of another site: under a name that is not served here, or of another origin.
 * Pure.
 */
export function foreignIn(headers: IncomingHttpHeaders, plan: HostsPlan): 'host' | 'origin' | undefined {
  return foreignTo(headers, {
    isServedAs: (name) => isServedAs(name, plan),
    isAllowed: (origin, host) => isOwnOrigin(origin, host, plan) || allowsOrigin(origin, plan),
  });
}

/**
 * Refuses requests that a browser sends for a page of another site (D98). The check of `Host` finds names of other sites that
 * were made to point here (DNS rebinding); MCP "Streamable HTTP" requires the check of `Origin`. Pure.
 */
// D195
export function refuseForeign(headers: IncomingHttpHeaders, plan: HostsPlan): Rejection | undefined {
  const foreign = foreignIn(headers, plan);
  if (foreign === 'host')
    return refusal(
      403,
      'this Host is not served here: if it is yours, name it in "allowedHosts" of "gateway" (--allow-host)',
    );
  if (foreign === undefined) return undefined;
  return refusal(
    403,
    'pages of this Origin may not use this gateway: if it is yours, name it in "allowedOrigins" of "gateway" (--allow-origin)',
  );
}

/** Whether pages of this origin are named in the configuration. */
export function allowsOrigin(origin: string, { allowedOrigins }: Pick<HostsPlan, 'allowedOrigins'>): boolean {
  const asked = originOf(origin);
  return (
    allowedOrigins.some((one) => one === '*' || (asked !== undefined && originOf(one) === asked)) ||
    (asked !== undefined && patternsIn(allowedOrigins)?.matches(asked) === true)
  );
}

const patternsOf = new WeakMap<readonly string[], OriginPatterns>();

/** Made once for each plan; undefined when it has none. */
function patternsIn(allowedOrigins: readonly string[]): OriginPatterns | undefined {
  const texts = allowedOrigins.filter(isOriginPattern);
  const known = patternsOf.get(allowedOrigins);
  if (known || texts.length === 0) return known;
  const patterns = new OriginPatterns(texts);
  patternsOf.set(allowedOrigins, patterns);
  return patterns;
}

function isServedAs(name: string, { host, isAsked, allowedHosts, publicUrl }: HostsPlan): boolean {
  if (publicUrl !== undefined && nameOf(urlOf(publicUrl)) === name) return true;
  if (allowedHosts.some((one) => one === '*' || nameOf(urlOf(`http://${one}`)) === name)) return true;
  const own = canonicalHost(host.toLowerCase());
  if (isLoopback(name) || name === own) return true;
  const isEveryAddress = own === '0.0.0.0' || own === '::';
  if (isLoopback(own) && !isEveryAddress) return false;
  // A page cannot know a key, and no site can make an address, or a name of the local network only, its own.
  return isAsked || isIP(name) !== 0 || isPrivateHost(name);
}

/** The page was loaded from this gateway, under the name that it uses now, or that its proxy knows it by. */
function isOwnOrigin(origin: string, host: URL, { publicUrl }: HostsPlan): boolean {
  return (
    urlOf(origin)?.host === host.host || (publicUrl !== undefined && originOf(origin) === originOf(publicUrl))
  );
}

function originOf(text: string): string | undefined {
  const url = urlOf(text);
  // Schemes of apps, such as `vscode-webview://`, have no origin of their own: they are compared as they are written.
  return url && (url.origin === 'null' ? text : url.origin);
}
