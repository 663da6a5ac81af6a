import {
  AuthorizationResponseError,
  type AuthorizationServer,
  calculatePKCECodeChallenge,
  deviceAuthorizationRequest,
  generateRandomCodeVerifier,
  generateRandomState,
  processDeviceAuthorizationResponse,
  validateAuthResponse,
} from 'oauth4webapi';
import type { HttpRequests } from '../http-requests.js';
import { shownUrl } from '../remote-server.js';
import type { BearerChallenge } from './challenge.js';
import { clientAuth } from './client-auth.js';
import { clientFor, withoutCopy } from './client-registration.js';
import { type Discovered, discover } from './discover.js';
import { LoginError, loginError } from './login-error.js';
import type { LoginStore } from './login-store.js';
import { isSafeFor } from './metadata-urls.js';
import { type OAuthFetch, oauthFetch } from './oauth-fetch.js';
import type { OAuthOptions } from './oauth-options.js';
import { readPasted } from './pasted-address.js';
import { chooseScopes, scopesOf } from './scopes.js';
import type { StoredClient, StoredLogin, StoredTokens } from './stored-login.js';
import {
  asLoginError,
  clientOf,
  fetchOptions,
  requestTokens,
  shown,
  type TokenContext,
} from './token-requests.js';

export interface SignInOptions {
  server: URL;
  /** Sends no configured headers and no login. */
  requests: Pick<HttpRequests, 'send'>;
  store: LoginStore;
  options: OAuthOptions;
  /** What the server has answered, if it has. */
  challenge: BearerChallenge | undefined;
}

/** A login that a person can give now, in a browser or with a code. */
export interface SignIn {
  /** The authorization server, for people. */
  issuer: string;
  scopes: readonly string[];
  /** Nothing says how to log in: the default addresses of MCP 2025-03-26 are tried. */
  isGuessed: boolean;
  /** Whether a code can be typed in on another device (RFC 8628). */
  hasDevice: boolean;
  /** Whether there is a page to log in on. */
  hasPage: boolean;
  /** The redirects that the client of the last login has: its port is tried first. */
  formerRedirects: readonly string[];
  /** @throws LoginError */
  inBrowser(redirectUri: string): Promise<BrowserSignIn>;
  /** @throws LoginError */
  onDevice(redirectUri: string): Promise<DeviceSignIn>;
}

export interface BrowserSignIn {
  /** The link to open. */
  link: string;
  state: string;
  /** Reads what a person has pasted. @throws LoginError when it is nothing to finish with; something else may be pasted then */
  pasted(text: string): URLSearchParams;
  /** Finishes the login with what came back, and stores it. @throws LoginError */
  finish(parameters: URLSearchParams): Promise<StoredLogin>;
}

export interface DeviceSignIn {
  code: string;
  /** The page to type the code in on, and the same with the code in it, if there is that. */
  page: string;
  link: string | undefined;
  /** Milliseconds since 1970. */
  expiresAt: number;
  /** Waits until the code was typed in, and stores the login. @throws LoginError; the reason of `signal` */
  finish(signal: AbortSignal): Promise<StoredLogin>;
}

const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';
/** RFC 8628 §3.2 and §3.5, in seconds. */
const DEFAULT_INTERVAL_S = 5;
const SLOW_DOWN_S = 5;
/** The shortest and the longest wait that a server may ask for, in seconds: less would be a flood, and a longer one is no wait for a person. */
const LEAST_INTERVAL_S = 0.25;
const MOST_INTERVAL_S = 60;
/** Nobody waits longer for a code to be typed in, in seconds. */
const LONGEST_CODE_S = 86_400;
/** What a person can type in: no line of its own, and no essay. */
const CODE_TO_TYPE = /^[^\p{C}\p{Zl}\p{Zp}]{1,64}$/u;

/** Finds out who gives logins for a server. @throws LoginError */
export async function signIn(given: SignInOptions): Promise<SignIn> {
  const { server, store, options, challenge } = given;
  const fetch = oauthFetch(given.requests, server);
  const found = await discover(server, challenge, fetch);
  const { as } = found;
  const former = formerOf(store.read(), as.issuer);
  const scopes = chooseScopes({
    wanted: options.scopes,
    challenge: scopesOf(challenge?.scope),
    ofResource: found.scopes,
    ofIssuer: as.scopes_supported,
    former: former?.needed?.why === 'scope' ? [...former.scopes, ...(former.needed.scopes ?? [])] : [],
    isLasting: true,
  });
  const flow: Flow = { ...given, found, former: former?.client, scopes, fetch };
  return {
    issuer: shownUrl(as.issuer).replace(/\/$/, ''),
    scopes,
    isGuessed: found.isGuessed,
    hasDevice: as.device_authorization_endpoint !== undefined,
    hasPage: as.authorization_endpoint !== undefined,
    formerRedirects: former?.client.redirectUris ?? [],
    inBrowser: (redirectUri) => inBrowser(flow, redirectUri),
    onDevice: (redirectUri) => onDevice(flow, redirectUri),
  };
}

/** A client and scopes count at the authorization server that they are of, and nowhere else. */
function formerOf(login: StoredLogin | undefined, issuer: string): StoredLogin | undefined {
  return login?.issuer === issuer ? login : undefined;
}

interface Flow extends SignInOptions {
  found: Discovered;
  former: StoredClient | undefined;
  scopes: readonly string[];
  fetch: OAuthFetch;
}

async function inBrowser(flow: Flow, redirectUri: string): Promise<BrowserSignIn> {
  const { found, scopes, server } = flow;
  const { as, resource } = found;
  const issuer = shownUrl(as.issuer);
  const page = as.authorization_endpoint;
  if (page === undefined || !URL.canParse(page))
    throw loginError('login-not-metadata', { url: issuer, what: 'authorization_endpoint' });
  if (!isSafeFor(new URL(page), server)) throw loginError('login-insecure', { url: shownUrl(page) });
  // MCP "Authorization Code Protection": refused as well where nothing is said about it.
  if (!as.code_challenge_methods_supported?.includes('S256')) throw loginError('login-no-pkce', { issuer });
  const client = await clientOfFlow(flow, redirectUri);
  const verifier = generateRandomCodeVerifier();
  const state = generateRandomState();
  const link = new URL(page);
  const parameters = {
    response_type: 'code',
    client_id: client.id,
    code_challenge: await calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    redirect_uri: redirectUri,
    state,
    ...scopeOf(scopes),
    // OpenID Connect Core §11: only then is offline_access granted.
    ...(scopes.includes('offline_access') ? { prompt: 'consent' } : {}),
    ...(resource === undefined ? {} : { resource }),
  };
  for (const [name, value] of Object.entries(parameters)) link.searchParams.set(name, value);
  return {
    link: link.href,
    state,
    pasted(text) {
      const read = readPasted(text, state, link.href);
      if ('refused' in read) throw loginError('login-pasted', { is: read.refused });
      checkSender(as, read.parameters, state);
      return read.parameters;
    },
    async finish(answer) {
      const code = checkedCode(flow, client, answer, state);
      const context = contextOf(flow, client);
      const tokens = await requestTokens(context, 'authorization_code', {
        code,
        redirect_uri: redirectUri,
        code_verifier: verifier,
      });
      return keep(flow, client, tokens);
    },
  };
}

/** Whether an answer is one to this login, by the right authorization server (RFC 9207). @throws LoginError */
function checkSender(as: AuthorizationServer, answer: URLSearchParams, state: string): void {
  const issuer = shownUrl(as.issuer);
  if (answer.get('state') !== state) throw loginError('login-state', {});
  const got = answer.get('iss');
  if (got === null && as.authorization_response_iss_parameter_supported === true)
    throw loginError('login-no-iss', { issuer });
  if (got !== null && got !== as.issuer)
    throw loginError('login-iss', { expected: issuer, got: shownUrl(got) });
}

/** The code of an answer. @throws LoginError */
function checkedCode(
  { found: { as } }: Flow,
  client: StoredClient,
  answer: URLSearchParams,
  state: string,
): string {
  const issuer = shownUrl(as.issuer);
  checkSender(as, answer, state);
  try {
    const checked = validateAuthResponse(as, clientOf(client), answer, state);
    const code = checked.get('code');
    if (code !== null) return code;
  } catch (error) {
    if (error instanceof AuthorizationResponseError) {
      const { error: code, error_description: detail } = error;
      throw loginError(
        'login-refused',
        { issuer, error: shown(code), detail: shown(detail) },
        { oauthError: code },
      );
    }
    // Without the error as cause: it holds the code.
    throw loginError('login-odd-answer', { issuer, what: shown((error as Error).message) ?? '' });
  }
  throw loginError('login-odd-answer', { issuer, what: 'code' });
}

async function onDevice(flow: Flow, redirectUri: string): Promise<DeviceSignIn> {
  const { found, scopes, fetch, options } = flow;
  const { as, resource } = found;
  if (as.device_authorization_endpoint === undefined)
    throw loginError('login-no-device', { issuer: shownUrl(as.issuer) });
  const client = await clientOfFlow(flow, redirectUri);
  const auth = await clientAuth(client, options.privateKeyFile);
  const asked = { ...scopeOf(scopes), ...(resource === undefined ? {} : { resource }) };
  const answer = await asLoginError(as, async () => {
    const response = await deviceAuthorizationRequest(as, clientOf(client), auth, asked, fetchOptions(fetch));
    return processDeviceAuthorizationResponse(as, clientOf(client), response);
  });
  for (const [what, page] of [
    ['verification_uri', answer.verification_uri],
    ['verification_uri_complete', answer.verification_uri_complete],
  ] as const) {
    if (page !== undefined && !/^https?:\/\/[^\s\p{C}]+$/iu.test(page))
      throw loginError('login-not-metadata', { url: shownUrl(as.issuer), what });
  }
  if (!CODE_TO_TYPE.test(answer.user_code))
    throw loginError('login-not-metadata', { url: shownUrl(as.issuer), what: 'user_code' });
  const expiresAt = Date.now() + Math.min(answer.expires_in, LONGEST_CODE_S) * 1_000;
  return {
    code: answer.user_code,
    page: answer.verification_uri,
    link: answer.verification_uri_complete,
    expiresAt,
    async finish(signal) {
      const tokens = await pollDevice(
        contextOf(flow, client),
        answer.device_code,
        answer.interval,
        expiresAt,
        signal,
      );
      return keep(flow, client, tokens);
    },
  };
}

/** Asks as often as it is told to, and less often when it is told so (RFC 8628 §3.5). */
async function pollDevice(
  context: TokenContext,
  code: string,
  interval: number | undefined,
  expiresAt: number,
  signal: AbortSignal,
): Promise<StoredTokens> {
  const { setTimeout: sleep } = await import('node:timers/promises');
  let seconds = Math.max(interval ?? DEFAULT_INTERVAL_S, LEAST_INTERVAL_S);
  for (;;) {
    seconds = Math.min(seconds, MOST_INTERVAL_S);
    await sleep(seconds * 1_000, undefined, { signal });
    if (Date.now() >= expiresAt) throw loginError('login-expired', {});
    try {
      return await requestTokens(context, DEVICE_GRANT, { device_code: code });
    } catch (error) {
      if (!(error instanceof LoginError)) throw error;
      if (error.oauthError === 'slow_down') seconds += SLOW_DOWN_S;
      else if (error.oauthError === 'expired_token') throw loginError('login-expired', {});
      else if (error.oauthError !== 'authorization_pending' && !error.isTemporary) throw error;
    }
  }
}

function clientOfFlow(flow: Flow, redirectUri: string): Promise<StoredClient> {
  const { found, options, former, scopes, fetch } = flow;
  const { as, isGuessed } = found;
  return clientFor({ as, isGuessed, options, former, redirectUri, scopes, fetch });
}

function contextOf({ found: { as, resource }, options, fetch }: Flow, client: StoredClient): TokenContext {
  return { as, client, privateKeyFile: options.privateKeyFile, resource, fetch };
}

async function keep(flow: Flow, client: StoredClient, tokens: StoredTokens): Promise<StoredLogin> {
  const login = loginOf(flow.server, flow.found, withoutCopy(client, flow.options), flow.scopes, tokens);
  // A renewal that runs at the moment would write the former login over this one.
  try {
    await flow.store.locked(async () => flow.store.write(login));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw loginError(
      'login-not-stored',
      { file: flow.store.file, reason: code ?? message },
      { cause: error },
    );
  }
  return login;
}

/** A login as it is stored. */
export function loginOf(
  server: URL,
  { as, resource }: Discovered,
  client: StoredClient,
  scopes: readonly string[],
  tokens: StoredTokens,
): StoredLogin {
  const { revocation_endpoint: revocationEndpoint } = as;
  return {
    version: 1,
    server: shownUrl(server.href),
    issuer: as.issuer,
    tokenEndpoint: as.token_endpoint ?? '',
    ...(revocationEndpoint === undefined ? {} : { revocationEndpoint }),
    ...(resource === undefined ? {} : { resource }),
    client,
    scopes,
    tokens,
  };
}

export function scopeOf(scopes: readonly string[]): { scope?: string } {
  return scopes.length === 0 ? {} : { scope: scopes.join(' ') };
}
