/** How a client identifies itself at the token endpoint (RFC 8414 `token_endpoint_auth_methods_supported`). */
export const CLIENT_AUTH_METHODS = [
  ...['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'],
] as const;
export type ClientAuthMethod = 'none' | 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt';

/** How a login is given: by a person in a browser or with a code, or by the client's own secret or key. */
export const OAUTH_GRANTS = ['authorization_code', 'client_credentials'] as const;

/** What the entry of a remote server sets about its login; a part of the plan. May hold secrets. */
export interface OAuthOptions {
  /** Default: `authorization_code`. */
  grant?: (typeof OAUTH_GRANTS)[number] | undefined;
  /** A client that the authorization server knows; undefined: one is registered. */
  clientId?: string | undefined;
  clientSecret?: string | undefined;
  /** A file in PEM (PKCS #8), absolute, for `private_key_jwt`. */
  privateKeyFile?: string | undefined;
  /** Default: what the authorization server offers. */
  tokenEndpointAuthMethod?: ClientAuthMethod | undefined;
  /** Asked for instead of the server's own choice. */
  scopes?: readonly string[] | undefined;
  /** The port of `http://127.0.0.1:PORT/callback`. */
  redirectPort?: number | undefined;
  /** An https address with the client's metadata, which is its id then (Client ID Metadata Documents). */
  clientMetadataUrl?: string | undefined;
  /** Keeps several logins of one server apart. */
  account?: string | undefined;
}
