import type { FileLock } from '../../../process/file-lock.js';
import type { HttpRequests } from '../http-requests.js';
import { shownUrl } from '../remote-server.js';
import type { BearerChallenge } from './challenge.js';
import { givenClient, withoutCopy, withSecret } from './client-registration.js';
import { discover } from './discover.js';
import type { GrantLocks } from './grant-locks.js';
import { LoginError, loginError } from './login-error.js';
import type { LoginStore } from './login-store.js';
import { oauthFetch } from './oauth-fetch.js';
import type { OAuthOptions } from './oauth-options.js';
import { chooseScopes, scopesOf } from './scopes.js';
import { loginOf, scopeOf } from './sign-in.js';
import type { LoginNeeded, StoredLogin, StoredTokens } from './stored-login.js';
import { requestTokens } from './token-requests.js';

export interface RenewalOptions {
  server: URL;
  /** Sends no configured headers and no login. */
  requests: Pick<HttpRequests, 'send'>;
  store: LoginStore;
  options: OAuthOptions;
  /** Other machines that may have the same login. Default: there are none. */
  grants?: Pick<GrantLocks, 'take'> | undefined;
}

/** An access token that the caller found unusable; undefined: it had none. */
type Unusable = string | undefined;

/**
 * Renews a login with its refresh token. Of any number of links and processes that ask at once, one does, and the others get what
 * it got: a rotated refresh token that is used twice ends the whole login (RFC 9700 §4.14.2).
 *
 * @returns the login, with another access token than `unusable`
 * @throws LoginError; the system's error when the login cannot be written: then nothing was asked for
 */
// D183
export async function renew(renewal: RenewalOptions, unusable: Unusable): Promise<StoredLogin> {
  const { store, grants } = renewal;
  return store.locked(async (lock) => {
    const before = store.read();
    const token = before?.tokens?.refreshToken;
    const isWanted = before?.tokens?.accessToken === unusable;
    const grant = before && token !== undefined && isWanted ? await grants?.take(before) : undefined;
    // Where several machines share the folder, the next login is in it.
    if (grant === 'used-up' && store.read()?.tokens?.refreshToken === token) return usedUp(store, lock);
    const held = grant === 'used-up' ? undefined : grant;
    let isUsedUp = false;
    try {
      const login = await renewHere(renewal, unusable, lock);
      isUsedUp = token !== undefined && login.tokens?.refreshToken !== token;
      return login;
    } finally {
      await held?.release(isUsedUp);
    }
  });
}

/** Only a person can go on: using it all the same would end the login of the machine that has the next one. */
function usedUp(store: LoginStore, lock: FileLock): never {
  const login = store.read()!;
  const { refreshToken: _, ...tokens } = login.tokens!;
  write(store, lock, { ...login, tokens, needed: login.needed ?? neededNow('renewal-refused') });
  throw loginError('login-used-elsewhere', {}, { isRefusal: true });
}

async function renewHere(
  { store, options, ...way }: RenewalOptions,
  unusable: Unusable,
  lock: FileLock,
): Promise<StoredLogin> {
  const login = store.read();
  // Another process has renewed it, or a person has logged in, while this one waited.
  if (login?.tokens && login.tokens.accessToken !== unusable) return login;
  const refreshToken = login?.tokens?.refreshToken;
  if (!login || refreshToken === undefined) throw loginError('login-not-renewable', {}, { isRefusal: true });
  const { issuer, tokenEndpoint, client, resource } = login;
  // Written before the refresh token is used: a folder that cannot be written would lose its successor.
  store.write({ ...login, renewing: { since: Date.now() } });
  const { renewing: _, needed: __, ...settled } = login;
  try {
    const context = {
      as: { issuer, token_endpoint: tokenEndpoint },
      fetch: oauthFetch(way.requests, way.server),
      ...{ client: withSecret(client, options), resource, privateKeyFile: options.privateKeyFile },
    };
    const tokens = await requestTokens(context, 'refresh_token', { refresh_token: refreshToken });
    const renewed = { ...settled, tokens: { ...kept(login.tokens!), ...tokens } };
    return write(store, lock, renewed);
  } catch (error) {
    if (error instanceof LoginError && error.isRefusal) {
      const { refreshToken: ___, ...rest } = login.tokens!;
      // The secret of a client can be corrected.
      const tokens = error.oauthError === 'invalid_client' ? login.tokens : rest;
      const needed = login.needed ?? neededNow('renewal-refused');
      write(store, lock, { ...settled, tokens, needed });
    } else if (error instanceof LoginError) write(store, lock, login);
    throw error;
  }
}

/** Gets a login that needs no person (client credentials). @throws LoginError */
export async function obtain(
  { store, options, ...way }: RenewalOptions,
  unusable: Unusable,
  challenge: BearerChallenge | undefined,
): Promise<StoredLogin> {
  return store.locked(async (lock) => {
    const former = store.read();
    if (former?.tokens && former.tokens.accessToken !== unusable) return former;
    const fetch = oauthFetch(way.requests, way.server);
    const found = await discover(way.server, challenge, fetch);
    // Nobody looks on here: the client's secret goes to the authorization server that it was used at first, and to no other.
    if (former && former.issuer !== found.as.issuer)
      throw loginError('login-other-issuer', {
        expected: shownUrl(former.issuer),
        got: shownUrl(found.as.issuer),
      });
    const client = givenClient(found.as, options);
    if (!client) throw loginError('login-no-client-id', {});
    const scopes = chooseScopes({
      wanted: options.scopes,
      challenge: scopesOf(challenge?.scope),
      ofResource: found.scopes,
      ofIssuer: undefined,
      // Rights that a call has needed are needed again after a renewal.
      former: former?.scopes ?? [],
      isLasting: false,
    });
    const context = {
      as: found.as,
      client,
      resource: found.resource,
      fetch,
      privateKeyFile: options.privateKeyFile,
    };
    const tokens = await requestTokens(context, 'client_credentials', scopeOf(scopes));
    return write(store, lock, loginOf(way.server, found, withoutCopy(client, options), scopes, tokens));
  });
}

/** Notes that a person has to log in; the first time counts. */
export async function noteNeeded(store: LoginStore, needed: LoginNeeded): Promise<void> {
  await store.locked(async () => {
    const login = store.read();
    if (!login) return;
    const { needed: before } = login;
    if (before?.why === needed.why && String(before.scopes) === String(needed.scopes)) return;
    store.write({ ...login, needed: { ...needed, since: before?.since ?? needed.since } });
  });
}

export function neededNow(why: LoginNeeded['why'], scopes?: readonly string[]): LoginNeeded {
  return { since: Date.now(), why, ...(scopes ? { scopes } : {}) };
}

/** What stays when the answer does not name it: the refresh token (RFC 6749 §6), the scopes. */
function kept({ refreshToken, scopes }: StoredTokens): Pick<StoredTokens, 'refreshToken' | 'scopes'> {
  return { ...(refreshToken === undefined ? {} : { refreshToken }), ...(scopes ? { scopes } : {}) };
}

/** A process that was stopped so long that another one took over must not write over what that one got. */
function write(store: LoginStore, lock: FileLock, login: StoredLogin): StoredLogin {
  if (lock.isHeld()) {
    store.write(login);
    return login;
  }
  return store.read() ?? login;
}
