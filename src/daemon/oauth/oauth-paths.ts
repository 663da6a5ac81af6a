/**
 * Where the authorization server answers. The first three are what clients ask for that have no metadata (MCP 2025-03-26,
 * "Fallbacks"), and what Claude.ai has been seen to ask for whatever metadata say.
 */
export const OAUTH_PATHS = {
  authorize: '/authorize',
  token: '/token',
  register: '/register',
  revoke: '/revoke',
  consent: '/consent',
  jwks: '/.well-known/jwks.json',
} as const;

/** Where metadata are looked for (RFC 8414 §3, §5; OpenID Connect Discovery §4): with the path of an MCP address behind or before. */
const METADATA =
  /^(?:\/.+)?\/\.well-known\/openid-configuration$|^\/\.well-known\/(?:oauth-authorization-server|openid-configuration)(?:\/.*)?$/;

/** What a path of the authorization server is for; undefined: it is none. */
export type OAuthRoute = 'metadata' | 'keys' | 'consent' | 'authorize' | 'token' | 'register' | 'revoke';

/** Finds what is asked for. Pure. */
export function oauthRouteOf(path: string): OAuthRoute | undefined {
  if (METADATA.test(path)) return 'metadata';
  if (path === OAUTH_PATHS.jwks) return 'keys';
  if (path.startsWith(`${OAUTH_PATHS.consent}/`)) return 'consent';
  if (path === OAUTH_PATHS.authorize || path.startsWith(`${OAUTH_PATHS.authorize}/`)) return 'authorize';
  return (['token', 'register', 'revoke'] as const).find((name) => OAUTH_PATHS[name] === path);
}
