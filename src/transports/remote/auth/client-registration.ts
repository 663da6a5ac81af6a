import {
  type AuthorizationServer,
  dynamicClientRegistrationRequest,
  processDynamicClientRegistrationResponse,
} from 'oauth4webapi';
import { shownUrl } from '../remote-server.js';
import { chooseAuthMethod } from './client-auth.js';
import { loginError } from './login-error.js';
import type { OAuthFetch } from './oauth-fetch.js';
import type { ClientAuthMethod, OAuthOptions } from './oauth-options.js';
import type { StoredClient } from './stored-login.js';
import { asLoginError, fetchOptions } from './token-requests.js';

export interface ClientRequest {
  as: AuthorizationServer;
  /** See `Discovered`. */
  isGuessed: boolean;
  options: OAuthOptions;
  /** A client that was registered here before, at this authorization server. */
  former: StoredClient | undefined;
  redirectUri: string;
  scopes: readonly string[];
  fetch: OAuthFetch;
}

/**
 * The client for a login, in the order of MCP "Client Registration": the one that a person has given, the one with a metadata
 * document, one that was registered before, a new one.
 *
 * @throws LoginError
 */
export async function clientFor(request: ClientRequest): Promise<StoredClient> {
  const { as, options, former, redirectUri } = request;
  const given = givenClient(as, options);
  if (given) return given;
  const { clientMetadataUrl } = options;
  if (clientMetadataUrl !== undefined && as.client_id_metadata_document_supported === true)
    return { id: clientMetadataUrl, authMethod: 'none' };
  if (former?.redirectUris?.includes(redirectUri) && !hasExpired(former)) return former;
  return register(request);
}

/** The client of the configuration, or of `--client-id`. */
export function givenClient(as: AuthorizationServer, options: OAuthOptions): StoredClient | undefined {
  const { clientId, clientSecret, privateKeyFile, tokenEndpointAuthMethod } = options;
  if (clientId === undefined) return undefined;
  const wanted = tokenEndpointAuthMethod ?? (privateKeyFile === undefined ? undefined : 'private_key_jwt');
  return {
    id: clientId,
    ...(clientSecret === undefined ? {} : { secret: clientSecret }),
    authMethod: wanted ?? chooseAuthMethod(as, undefined, clientSecret !== undefined),
  };
}

/** A client with the secret that the configuration has for it now. */
export function withSecret(client: StoredClient, { clientId, clientSecret }: OAuthOptions): StoredClient {
  return clientSecret === undefined || clientId !== client.id ? client : { ...client, secret: clientSecret };
}

/** A client as it is stored: what the configuration has is not copied. */
export function withoutCopy(
  { secret, ...client }: StoredClient,
  { clientSecret }: OAuthOptions,
): StoredClient {
  return secret === undefined || secret === clientSecret ? client : { ...client, secret };
}

function hasExpired({ secretExpiresAt }: StoredClient): boolean {
  return secretExpiresAt !== undefined && secretExpiresAt <= Date.now();
}

async function register({ as, isGuessed, redirectUri, scopes, fetch }: ClientRequest): Promise<StoredClient> {
  const issuer = shownUrl(as.issuer);
  if (as.registration_endpoint === undefined) throw loginError('login-no-client', { issuer, redirectUri });
  const method = wantedMethod(as);
  const hasDevice = as.device_authorization_endpoint !== undefined;
  const metadata = {
    client_name: 'mcp-pipe',
    application_type: 'native',
    redirect_uris: [redirectUri],
    grant_types: [
      ...['authorization_code', 'refresh_token'],
      ...(hasDevice ? ['urn:ietf:params:oauth:grant-type:device_code'] : []),
    ],
    response_types: ['code'],
    ...(method === undefined ? {} : { token_endpoint_auth_method: method }),
    ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') }),
  };
  const registered = await asLoginError(as, async () => {
    const response = await dynamicClientRegistrationRequest(as, metadata as object, fetchOptions(fetch));
    if (isGuessed && (response.status === 404 || response.status === 405))
      throw loginError('login-no-oauth', { server: issuer });
    return processDynamicClientRegistrationResponse(await tolerated(response));
  });
  const { client_id: id, client_secret: secret, client_secret_expires_at: expires } = registered;
  const { token_endpoint_auth_method: answered } = registered;
  return {
    id,
    ...(typeof secret === 'string' ? { secret } : {}),
    authMethod: chooseAuthMethod(
      as,
      typeof answered === 'string' ? answered : method,
      typeof secret === 'string',
    ),
    redirectUris: [redirectUri],
    ...(typeof expires === 'number' && expires > 0 ? { secretExpiresAt: expires * 1_000 } : {}),
  };
}

/** A client on the machine of its user keeps no secret from that user: it needs none where the server agrees. */
function wantedMethod({
  token_endpoint_auth_methods_supported: offered,
}: AuthorizationServer): ClientAuthMethod | undefined {
  const inOrder = ['none', 'client_secret_basic', 'client_secret_post'] as const;
  return inOrder.find((method) => offered?.includes(method));
}

/** Some servers answer 200 instead of 201 (RFC 7591 §3.2.1), and name no end of the secret. */
async function tolerated(response: Response): Promise<Response> {
  if (response.status !== 200 && response.status !== 201) return response;
  const text = await response.text();
  const headers = response.headers;
  try {
    const body = { client_secret_expires_at: 0, ...JSON.parse(text) };
    return new Response(JSON.stringify(body), { status: 201, headers });
  } catch {
    return new Response(text, { status: 201, headers });
  }
}
