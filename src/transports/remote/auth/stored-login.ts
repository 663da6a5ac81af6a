import type { ClientAuthMethod } from './oauth-options.js';

/** A login as its file has it. Times are milliseconds since 1970. */
export interface StoredLogin {
  version: 1;
  /** The server, for people: without query. */
  server: string;
  issuer: string;
  tokenEndpoint: string;
  revocationEndpoint?: string | undefined;
  resource?: string | undefined;
  client: StoredClient;
  /** The scopes that were asked for. */
  scopes: readonly string[];
  tokens?: StoredTokens | undefined;
  /** Since when a person has to log in, and why; undefined: nobody has to. */
  needed?: LoginNeeded | undefined;
  /** A renewal has begun and its end was not noted; a process that ended in between may have used the refresh token up. */
  renewing?: { since: number } | undefined;
}

/** A client at one authorization server; another one never gets its id or secret. */
export interface StoredClient {
  id: string;
  secret?: string | undefined;
  authMethod: ClientAuthMethod;
  /** Registered by mcp-pipe, and for which redirects; undefined: given by a person. */
  redirectUris?: readonly string[] | undefined;
  /** When the secret ends (RFC 7591 `client_secret_expires_at`). */
  secretExpiresAt?: number | undefined;
}

export interface StoredTokens {
  accessToken: string;
  refreshToken?: string | undefined;
  /** Undefined: the authorization server did not say. */
  expiresAt?: number | undefined;
  obtainedAt: number;
  /** The granted scopes, where they differ from those asked for. */
  scopes?: readonly string[] | undefined;
}

export interface LoginNeeded {
  since: number;
  /**
   * The renewal was refused, the server refuses the token, the token has expired and there is nothing to renew it with, or a
   * call needs more rights.
   */
  why: 'renewal-refused' | 'token-refused' | 'expired' | 'scope';
  /** For `scope`: what to ask for. */
  scopes?: readonly string[] | undefined;
}

/** Every text of a login that must never be shown. */
export function secretsOf({ client, tokens }: Pick<StoredLogin, 'client' | 'tokens'>): string[] {
  return [client.secret, tokens?.accessToken, tokens?.refreshToken].filter((text) => text !== undefined);
}

/** When the access token is renewed: before it ends, so that no call waits, by a tenth of its life and a minute at most. */
export function renewAt({ expiresAt, obtainedAt }: StoredTokens): number {
  if (expiresAt === undefined) return Number.POSITIVE_INFINITY;
  return expiresAt - Math.min(60_000, (expiresAt - obtainedAt) / 10);
}

/** How long the access token lasts, in milliseconds; infinite when that is not known. */
export function lifeOf({ expiresAt, obtainedAt }: StoredTokens): number {
  return expiresAt === undefined ? Number.POSITIVE_INFINITY : expiresAt - obtainedAt;
}
