import { generateKeyPairSync } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { InvalidClientMetadata, InvalidTarget } from 'oidc-provider/lib/helpers/errors.js';
import { Check, Prompt } from 'oidc-provider/lib/helpers/interaction_policy/index.js';
import { type Client, type Context, Provider } from 'oidc-provider/lib/provider.js';
import type { OAuthPlan } from '../../config/oauth-plan.js';
import { ClientDocuments } from './client-documents.js';
import { fixMetadata, SCOPE } from './client-metadata.js';
import { isSecret } from './client-secret.js';
import { COOKIES } from './cookies.js';
import { libraryAdapter } from './library-adapter.js';
import { CODE_WITHIN_S, CONSENT_WITHIN_S } from './oauth-bounds.js';
import { OAUTH_PATHS } from './oauth-paths.js';
import type { OAuthStore } from './oauth-store.js';
import type { OpenPages } from './open-pages.js';

export interface ProviderOptions {
  /** `https://mcp.example.com`, exactly as clients have it (RFC 8414 §3.3). */
  issuer: string;
  plan: OAuthPlan;
  store: OAuthStore;
  pages: OpenPages;
  /** Default: those of the internet. */
  documents?: ClientDocuments;
  /** Whether a token may be for this address (RFC 8707 §2). */
  isResource: (address: string) => boolean;
  /** Whether a key of this name is good. */
  isKey: (name: string, grantId: string | undefined) => Promise<boolean>;
  /** Shows a person what went wrong. */
  showError: (context: Context, error: { error: string; error_description?: string }) => void;
  onRegistered: (request: IncomingMessage, registered: { client: string; uris: readonly string[] }) => void;
  /** An error of the program. */
  onFault: (error: Error) => void;
}

const OF_CORS = ['access-control-allow-origin', 'access-control-expose-headers'];
const COOKIE = { httpOnly: true, sameSite: 'lax', signed: false } as const;

/**
 * The library, with nothing on but what MCP clients need: codes with PKCE, refresh tokens that change with each use, registration,
 * revocation, tokens for one address. Nothing of OpenID, no session: a person enters a key each time.
 */
// D245
export function makeProvider(options: ProviderOptions): Provider {
  const {
    issuer,
    plan,
    store,
    pages,
    documents = new ClientDocuments(),
    isResource,
    isKey,
    showError,
    onRegistered,
    onFault,
  } = options;
  const seconds = (ms: number) => Math.max(1, Math.round(ms / 1_000));
  const off = { enabled: false };
  const provider = new Provider(issuer, {
    adapter: libraryAdapter(store, pages),
    allowOmittingSingleRegisteredRedirectUri: false,
    clientAuthMethods: ['none', 'client_secret_basic', 'client_secret_post'],
    clientBasedCORS: () => true,
    clockTolerance: 0,
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    cookies: { names: COOKIES, long: COOKIE, short: COOKIE },
    expiresWithSession: () => false,
    extraClientMetadata: {
      // A name that no client has: the library asks for one before it lets metadata be changed.
      properties: ['mcp_pipe'],
      validator: (_: unknown, __: string, ___: unknown, metadata: Record<string, unknown>) =>
        fixMetadata(metadata, plan.redirectHosts, (description) => {
          throw new InvalidClientMetadata(description);
        }),
    },
    features: {
      ...{ devInteractions: off, dPoP: off, pushedAuthorizationRequests: off, rpInitiatedLogout: off },
      ...{ userinfo: off, revocation: { enabled: true, allowedPolicy: isOwnToken } },
      clientIdMetadataDocument: plan.clientDocuments
        ? { enabled: true, ack: 'draft-02', allowFetch: (_: unknown, id: string) => documents.allows(id) }
        : off,
      registration: plan.registration ? { enabled: true, issueRegistrationAccessToken: false } : off,
      resourceIndicators: {
        enabled: true,
        // A client that names no address has a token for all of this gateway that its key allows.
        defaultResource: (_: unknown, __: unknown, several?: readonly string[]) => several ?? issuer,
        useGrantedResource: () => true,
        getResourceServerInfo: (_: unknown, address: string) => {
          if (!isResource(address)) throw new InvalidTarget('this address is not served here');
          return { scope: SCOPE, audience: address, accessTokenFormat: 'opaque' };
        },
      },
    },
    fetch: documents.fetch,
    findAccount: async (_: unknown, name: string, token?: { grantId?: string }) =>
      (await isKey(name, token?.grantId)) ? { accountId: name, claims: () => ({ sub: name }) } : undefined,
    interactions: {
      policy: [
        new Prompt(
          { name: 'key', requestable: false },
          new Check('key_needed', 'a key is asked for each time', ({ oidc }) => !oidc.result?.consent),
        ),
      ],
      url: (_: unknown, { uid }: { uid: string }) =>
        `${new URL(issuer).pathname.replace(/\/$/, '')}${OAUTH_PATHS.consent}/${uid}`,
    },
    issueRefreshToken: () => true,
    jwks: { keys: [unusedKey()] },
    loadExistingGrant: ({ oidc }: Context) => {
      const id = oidc.result?.consent?.grantId;
      return id === undefined ? undefined : oidc.provider.Grant.find(id);
    },
    pkce: { required: () => true },
    renderError: showError,
    responseTypes: ['code'],
    revokeGrantPolicy: () => true,
    rotateRefreshToken: true,
    routes: {
      authorization: OAUTH_PATHS.authorize,
      token: OAUTH_PATHS.token,
      registration: OAUTH_PATHS.register,
      revocation: OAUTH_PATHS.revoke,
      jwks: OAUTH_PATHS.jwks,
    },
    scopes: [SCOPE],
    ttl: {
      AccessToken: seconds(plan.accessTokenMs),
      AuthorizationCode: CODE_WITHIN_S,
      // It ends with its last token: see `OAuthStore`.
      Grant: 100 * 366 * 24 * 3_600,
      Interaction: CONSENT_WITHIN_S,
      RefreshToken: seconds(plan.refreshTokenMs),
      Session: CONSENT_WITHIN_S,
    },
  });
  // `X-Forwarded-Proto` is what `OAuthSite` has written.
  provider.proxy = true;
  provider.Client.prototype.compareClientSecret = function (actual) {
    return isSecret(this.clientSecret, actual);
  };
  provider.use(async (context, next) => {
    const isShared = context.res.hasHeader('access-control-allow-origin');
    await next();
    // Which pages may read responses, the gateway has decided: see `corsHeaders`.
    if (!isShared) for (const name of OF_CORS) context.remove(name);
    withoutSession(context);
  });
  // Without a listener, Koa prints them.
  provider.on('error', onFault);
  provider.on('registration_create.success', ({ req }: Context, { clientName, redirectUris }: Client) =>
    onRegistered(req, { client: clientName ?? '', uris: redirectUris }),
  );
  provider.on('server_error', (_: unknown, error: Error) => onFault(error));
  return provider;
}

/** Nothing is signed; but every client of the library has an algorithm for ID tokens, and it wants a key for that. */
function unusedKey(): object {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig' };
}

/** RFC 7009 §2.1: a client ends its own tokens only. */
function isOwnToken(_: unknown, client: { clientId: string }, token: { clientId: string }): boolean {
  return client.clientId === token.clientId;
}

/** The library's session is nowhere kept: its cookie is of no use. */
function withoutSession(context: Context): void {
  const all = [context.res.getHeader('set-cookie') ?? []].flat().map(String);
  const others = all.filter((cookie) => !cookie.startsWith(`${COOKIES.session}=`));
  if (others.length === all.length) return;
  context.remove('set-cookie');
  if (others.length > 0) context.set('set-cookie', others);
}
