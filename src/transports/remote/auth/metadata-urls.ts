import { canonicalHost, isLoopback } from '../../../protocol/host.js';

/** Where a server says which authorization server it trusts (RFC 9728 §3.1): beside its path, then for the whole host. */
export function resourceMetadataUrls(server: URL): URL[] {
  return distinct([
    wellKnown(server, 'oauth-protected-resource', pathOf(server), server.search),
    wellKnown(server, 'oauth-protected-resource', ''),
  ]);
}

/**
 * Where an authorization server may describe itself, in the order of MCP "Authorization": RFC 8414 §3.1 with the path put in,
 * OpenID Connect Discovery with the path put in, then with the path in front.
 */
export function authorizationServerUrls(issuer: URL): URL[] {
  const path = pathOf(issuer);
  return distinct([
    wellKnown(issuer, 'oauth-authorization-server', path),
    wellKnown(issuer, 'openid-configuration', path),
    new URL(`${path}/.well-known/openid-configuration`, issuer.origin),
  ]);
}

/** Whether metadata of `resource` counts for a server: its origin, and a path that the server's path begins with. */
export function coversServer(resource: string, server: URL): boolean {
  if (!URL.canParse(resource)) return false;
  const { origin, pathname } = new URL(resource);
  if (origin !== server.origin) return false;
  const slashed = (path: string) => (path.endsWith('/') ? path : `${path}/`);
  return slashed(server.pathname).startsWith(slashed(pathname));
}

/** The server's address as resource indicators spell it (RFC 8707 §2): without fragment; a bare host without slash. */
export function resourceOf(server: URL): string {
  const { origin, pathname, search } = server;
  return `${origin}${pathname === '/' && search === '' ? '' : pathname}${search}`;
}

/** Whether login data may go there: https, or this machine when the server is on this machine as well. */
export function isSafeFor(url: URL, server: URL): boolean {
  if (url.protocol === 'https:') return true;
  return (
    url.protocol === 'http:' &&
    isLoopback(canonicalHost(url.hostname)) &&
    isLoopback(canonicalHost(server.hostname))
  );
}

function wellKnown({ origin }: URL, name: string, path: string, search = ''): URL {
  return new URL(`/.well-known/${name}${path}${search}`, origin);
}

function pathOf({ pathname }: URL): string {
  return pathname.replace(/\/+$/, '');
}

function distinct(urls: readonly URL[]): URL[] {
  return [...new Map(urls.map((url) => [url.href, url])).values()];
}
