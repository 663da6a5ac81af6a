import type { OAuthPlan } from '../../config/oauth-plan.js';
import { SCOPE } from './client-metadata.js';
import { OAUTH_PATHS } from './oauth-paths.js';

const AUTH_METHODS = ['none', 'client_secret_basic', 'client_secret_post'];

/** What clients learn of the authorization server (RFC 8414 §2). Pure. */
export function oauthMetadata(
  issuer: string,
  { registration, clientDocuments }: Pick<OAuthPlan, 'registration' | 'clientDocuments'>,
): object {
  return {
    issuer,
    authorization_endpoint: issuer + OAUTH_PATHS.authorize,
    token_endpoint: issuer + OAUTH_PATHS.token,
    ...(registration ? { registration_endpoint: issuer + OAUTH_PATHS.register } : {}),
    revocation_endpoint: issuer + OAUTH_PATHS.revoke,
    scopes_supported: [SCOPE],
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_methods_supported: AUTH_METHODS,
    revocation_endpoint_auth_methods_supported: AUTH_METHODS,
    code_challenge_methods_supported: ['S256'],
    // RFC 9207 §3
    authorization_response_iss_parameter_supported: true,
    ...(clientDocuments ? { client_id_metadata_document_supported: true } : {}),
    ui_locales_supported: ['en', 'vi'],
  };
}

/** What OpenID Connect Discovery §3 asks for beside it. No ID token is ever issued, and no key signs anything. */
export function openidMembers(issuer: string): object {
  return {
    jwks_uri: issuer + OAUTH_PATHS.jwks,
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
  };
}
