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
import { isToken } from './login-store.js';
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
/** A token that is said to last longer has no end that is known, in seconds: ten years. */
const LONGEST_LIFE_S = 10 * 366 * 86_400;
/** Codes that say nothing about the login, but about the moment. */
const MOMENTARY: ReadonlySet<string> = new Set([
  ...['temporarily_unavailable', 'server_error', 'slow_down', 'rate_limit_exceeded', 'too_many_requests'],
]);
/** RFC 6749 §5.2, RFC 8707 §2, RFC 6750 §3.1. */
const REFUSALS: ReadonlySet<string> = new Set([
  ...['invalid_request', 'invalid_client', 'invalid_grant', 'unauthorized_client', 'unsupported_grant_type'],
  ...['invalid_scope', 'invalid_target', 'invalid_token', 'access_denied'],
]);

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
    return processGenericTokenEndpointResponse(as, of, await tolerated(response));
  });
  // Sent in a header, it would be one error for each call.
  if (!isToken(answer.access_token))
    throw loginError('login-odd-answer', { issuer: shownUrl(as.issuer), what: 'access_token' });
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
      const isTemporary = error.status >= 500 || error.status === 429 || MOMENTARY.has(code);
      // A gateway says `{"error": "Not Found"}` of its own, with 403 or 404.
      const isRefusal =
        !isTemporary && (REFUSALS.has(code) || (error.status <= 401 && /^[a-z_]+$/.test(code)));
      throw loginError(
        'login-refused',
        { issuer, error: shown(code), detail: shown(detail) },
        { oauthError: code, isTemporary, isRefusal },
      );
    }
    const status = statusOf(error);
    if (status !== undefined)
      throw loginError(
        'login-status',
        { url: issuer, status },
        { isTemporary: status >= 500 || status === 408 || status === 429 },
      );
    const { name, message } = error as Error;
    if (name === 'AbortError') throw error;
    // Without the error as cause: it holds the answer, and so perhaps tokens.
    throw loginError('login-odd-answer', { issuer, what: shown(message) ?? '' });
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

/**
 * What is not needed must not cost the login, or the successor of a refresh token that is used up now: the id token is left out, and
 * so are members that are none. Errors that come with status 200 become errors.
 */
async function tolerated(response: Response): Promise<Response> {
  if (response.status !== 200) return response;
  const text = await response.text();
  const { headers } = response;
  try {
    const { id_token: _, expires_in, refresh_token, scope, ...rest } = JSON.parse(text);
    const lifeS = typeof expires_in === 'string' ? Number(expires_in) : expires_in;
    const scopes = Array.isArray(scope) ? scope.join(' ') : scope;
    const body = {
      ...rest,
      ...(lifeS > 0 && lifeS <= LONGEST_LIFE_S ? { expires_in: lifeS } : {}),
      ...(typeof refresh_token === 'string' && refresh_token !== '' ? { refresh_token } : {}),
      ...(typeof scopes === 'string' ? { scope: scopes } : {}),
    };
    const isError = typeof rest.error === 'string' && rest.access_token === undefined;
    return new Response(JSON.stringify(body), { status: isError ? 400 : 200, headers });
  } catch {
    return new Response(text, { status: 200, headers });
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
