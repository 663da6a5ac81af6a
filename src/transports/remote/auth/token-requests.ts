import {
  type AuthorizationServer,
  allowInsecureRequests,
  type Client,
  customFetch,
  genericTokenEndpointRequest,
  processGenericTokenEndpointResponse,
  ResponseBodyError,
  type TokenEndpointResponse,
} from 'oauth4webapi';
import { shownUrl } from '../remote-server.js';
import { clientAuth } from './client-auth.js';
import { LoginError, loginError } from './login-error.js';
import type { OAuthFetch } from './oauth-fetch.js';
import { scopesOf } from './scopes.js';
import type { StoredClient, StoredTokens } from './stored-login.js';

/** What every request to the token endpoint needs. */
export interface TokenContext {
  as: AuthorizationServer;
  client: StoredClient;
  privateKeyFile: string | undefined;
  resource: string | undefined;
  fetch: OAuthFetch;
}

/** The longest part of a text of the authorization server that is shown. */
const MAX_SHOWN = 300;

/**
 * Asks the token endpoint. The resource indicator is sent with each request (MCP "Resource Parameter Implementation").
 *
 * @throws LoginError
 */
export async function requestTokens(
  { as, client, privateKeyFile, resource, fetch }: TokenContext,
  grant: string,
  parameters: Readonly<Record<string, string>>,
): Promise<StoredTokens> {
  const auth = await clientAuth(client, privateKeyFile);
  const all = { ...parameters, ...(resource === undefined ? {} : { resource }) };
  const of = clientOf(client);
  const answer = await asLoginError(as, async () => {
    const response = await genericTokenEndpointRequest(as, of, auth, grant, all, fetchOptions(fetch));
    return processGenericTokenEndpointResponse(as, of, await withoutIdToken(response));
  });
  return storedTokens(answer);
}

export function clientOf({ id }: StoredClient): Client {
  return { client_id: id };
}

/** `fetch` decides itself which addresses are safe. */
export function fetchOptions(fetch: OAuthFetch) {
  return {
    [customFetch]: (url: string, request: Parameters<OAuthFetch>[1]) => fetch(url, request),
    [allowInsecureRequests]: true,
  } as object;
}

/** Runs a step with the authorization server. @throws LoginError for whatever it throws */
export async function asLoginError<T>(as: AuthorizationServer, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    if (error instanceof LoginError) throw error;
    const issuer = shownUrl(as.issuer);
    if (error instanceof ResponseBodyError) {
      const { error: code, error_description: detail } = error;
      const isTemporary =
        error.status >= 500 || code === 'temporarily_unavailable' || code === 'server_error';
      throw loginError(
        'login-refused',
        { issuer, error: shown(code), detail: shown(detail) },
        { oauthError: code, isTemporary },
      );
    }
    const status = statusOf(error);
    if (status !== undefined)
      throw loginError(
        'login-status',
        { url: issuer, status },
        { isTemporary: status >= 500 || status === 429 },
      );
    const { name, message } = error as Error;
    if (name === 'AbortError') throw error;
    throw loginError('login-odd-answer', { issuer, what: shown(message) ?? '' }, { cause: error });
  }
}

export function shown(text: string | undefined): string | undefined {
  return text === undefined || text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}…`;
}

/** An answer that is no OAuth error: a page of a proxy, for instance. */
function statusOf(error: unknown): number | undefined {
  const { cause } = error as { cause?: unknown };
  return cause instanceof Response && cause.status >= 300 ? cause.status : undefined;
}

/** Who has logged in does not matter here, so an error in the id token must not cost the login. */
async function withoutIdToken(response: Response): Promise<Response> {
  if (response.status !== 200) return response;
  const text = await response.text();
  const { status, headers } = response;
  try {
    const { id_token: _, ...rest } = JSON.parse(text);
    return new Response(JSON.stringify(rest), { status, headers });
  } catch {
    return new Response(text, { status, headers });
  }
}

function storedTokens({
  access_token,
  refresh_token,
  expires_in,
  scope,
}: TokenEndpointResponse): StoredTokens {
  const obtainedAt = Date.now();
  return {
    accessToken: access_token,
    obtainedAt,
    ...(refresh_token === undefined ? {} : { refreshToken: refresh_token }),
    ...(expires_in === undefined ? {} : { expiresAt: obtainedAt + expires_in * 1_000 }),
    ...(scope === undefined ? {} : { scopes: scopesOf(scope) }),
  };
}
