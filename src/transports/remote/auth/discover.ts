import type { AuthorizationServer } from 'oauth4webapi';
import { LAST_LEGACY_VERSION } from '../../../protocol/revisions.js';
import { shownUrl } from '../remote-server.js';
import type { BearerChallenge } from './challenge.js';
import { loginError } from './login-error.js';
import { authorizationServerUrls, coversServer, resourceMetadataUrls } from './metadata-urls.js';
import type { OAuthFetch } from './oauth-fetch.js';

/** Who gives logins for a server, and how. */
export interface Discovered {
  as: AuthorizationServer;
  /** The resource indicator (RFC 8707) that the server names itself by; undefined: it has no metadata, and knows of none. */
  resource: string | undefined;
  /** `scopes_supported` of the server's metadata. */
  scopes: readonly string[] | undefined;
  /** The authorization server has no metadata, as MCP 2025-03-26 allowed: its addresses are the default ones. */
  isGuessed: boolean;
}

interface ResourceMetadata {
  resource: string;
  authorizationServers: readonly string[];
  scopes: readonly string[] | undefined;
}

/** Sent with requests for metadata (MCP 2025-03-26 to 2025-11-25 "Protocol Version Header"). */
const HEADERS = { accept: 'application/json', 'mcp-protocol-version': LAST_LEGACY_VERSION };

/**
 * Finds the authorization server of an MCP server: by the address in its challenge, else at the well-known ones, else, as MCP
 * 2025-03-26 has it, the server's own host.
 *
 * @throws LoginError
 */
export async function discover(
  server: URL,
  challenge: BearerChallenge | undefined,
  fetch: OAuthFetch,
): Promise<Discovered> {
  const metadata = await resourceMetadata(server, challenge?.resourceMetadata, fetch);
  if (metadata && !coversServer(metadata.resource, server))
    throw loginError('login-resource', {
      resource: shownUrl(metadata.resource),
      server: shownUrl(server.href),
    });
  const { resource, scopes } = metadata ?? {};
  const named = metadata?.authorizationServers[0];
  const issuer = named ?? `${server.origin}/`;
  if (!URL.canParse(issuer))
    throw loginError('login-not-metadata', { url: shownUrl(server.href), what: 'issuer' });
  const as = await authorizationServer(issuer, fetch);
  if (as) return { as, resource, scopes, isGuessed: false };
  if (named !== undefined) throw loginError('login-no-metadata', { url: shownUrl(issuer) });
  return { as: guessed(server), resource, scopes, isGuessed: true };
}

async function resourceMetadata(
  server: URL,
  named: string | undefined,
  fetch: OAuthFetch,
): Promise<ResourceMetadata | undefined> {
  const isNamed = named !== undefined && URL.canParse(named);
  for (const url of isNamed ? [new URL(named)] : resourceMetadataUrls(server)) {
    const found = await json(url, fetch);
    if (found === undefined) continue;
    const { resource, authorization_servers: servers, scopes_supported: scopes } = found;
    if (typeof resource !== 'string')
      throw loginError('login-not-metadata', { url: shownUrl(url.href), what: 'resource' });
    return {
      resource,
      authorizationServers: texts(servers) ?? [],
      scopes: texts(scopes),
    };
  }
  return undefined;
}

async function authorizationServer(
  issuer: string,
  fetch: OAuthFetch,
): Promise<AuthorizationServer | undefined> {
  for (const url of authorizationServerUrls(new URL(issuer))) {
    const found = await json(url, fetch);
    if (found === undefined) continue;
    // Its metadata has no issuer at times, and it knows no PKCE and no registration (IndieAuth).
    if (String(found.service_documentation).startsWith('https://developers.home-assistant.io/'))
      throw loginError('login-home-assistant', { server: shownUrl(issuer) });
    const { issuer: got } = found;
    if (typeof got !== 'string')
      throw loginError('login-not-metadata', { url: shownUrl(url.href), what: 'issuer' });
    // RFC 8414 §3.3: identical; but a bare host is often written with a slash in one place and without in the other.
    if (got !== issuer && `${got}/` !== issuer && got !== `${issuer}/`)
      throw loginError('login-issuer', { expected: shownUrl(issuer), got: shownUrl(got) });
    return found as unknown as AuthorizationServer;
  }
  return undefined;
}

/** The default addresses of MCP 2025-03-26. */
function guessed({ origin }: URL): AuthorizationServer {
  return {
    issuer: origin,
    authorization_endpoint: `${origin}/authorize`,
    token_endpoint: `${origin}/token`,
    registration_endpoint: `${origin}/register`,
    code_challenge_methods_supported: ['S256'],
  };
}

/** Undefined when nothing is there. */
async function json(url: URL, fetch: OAuthFetch): Promise<Record<string, unknown> | undefined> {
  const response = await fetch(url.href, { headers: HEADERS });
  const { status } = response;
  if (status >= 500 && status !== 502)
    throw loginError('login-status', { url: shownUrl(url.href), status }, { isTemporary: true });
  if (status !== 200) return undefined;
  try {
    const value: unknown = await response.json();
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch {}
  // A web application answers every path with its page.
  if (/\bhtml\b/.test(response.headers.get('content-type') ?? '')) return undefined;
  throw loginError('login-not-metadata', { url: shownUrl(url.href), what: 'json' });
}

function texts(value: unknown): string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.filter((one): one is string => typeof one === 'string');
}
