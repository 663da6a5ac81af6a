import { processRevocationResponse, revocationRequest } from 'oauth4webapi';
import type { HttpRequests } from '../http-requests.js';
import { clientAuth } from './client-auth.js';
import { withSecret } from './client-registration.js';
import { oauthFetch } from './oauth-fetch.js';
import type { OAuthOptions } from './oauth-options.js';
import type { StoredLogin } from './stored-login.js';
import { clientOf, fetchOptions } from './token-requests.js';

interface Way {
  server: URL;
  /** Sends no configured headers and no login. */
  requests: Pick<HttpRequests, 'send'>;
  options: OAuthOptions;
}

/** Has the tokens of a login revoked (RFC 7009), the refresh token first. Returns whether that was offered and has worked. */
export async function revokeLogin(login: StoredLogin, { server, requests, options }: Way): Promise<boolean> {
  const { issuer, revocationEndpoint, client, tokens } = login;
  if (revocationEndpoint === undefined || !tokens) return false;
  const as = { issuer, revocation_endpoint: revocationEndpoint };
  const way = fetchOptions(oauthFetch(requests, server));
  try {
    const auth = await clientAuth(withSecret(client, options), options.privateKeyFile);
    for (const token of [tokens.refreshToken, tokens.accessToken])
      if (token !== undefined)
        await processRevocationResponse(await revocationRequest(as, clientOf(client), auth, token, way));
    return true;
  } catch {
    return false;
  }
}
