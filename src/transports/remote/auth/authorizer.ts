import type { Authorizer, HttpAnswer, HttpRequests } from '../http-requests.js';
import { RemoteError } from '../remote-error.js';
import { notUsable } from '../secure-context.js';
import { type BearerChallenge, bearerChallenge } from './challenge.js';
import { LoginError } from './login-error.js';
import type { LoginStore } from './login-store.js';
import type { OAuthOptions } from './oauth-options.js';
import { neededNow, noteNeeded, obtain, type RenewalOptions, renew } from './renewal.js';
import { scopesOf } from './scopes.js';
import { type LoginNeeded, lifeOf, renewAt, type StoredLogin, secretsOf } from './stored-login.js';

export interface LoginAuthorizerOptions {
  server: URL;
  /** Sends no configured headers and no login. */
  requests: Pick<HttpRequests, 'send'>;
  store: LoginStore;
  options: OAuthOptions;
  /** Called with every token before it is used, so that no log shows it. */
  onSecrets: (secrets: readonly string[]) => void;
  grants?: RenewalOptions['grants'];
}

/** After a renewal that failed for the moment, the next one is not tried before this time, in milliseconds. */
const RETRY_AFTER_MS = 10_000;
/** A call whose token is still good waits this long for the next one; in milliseconds. Most renewals take less. */
const PATIENCE_MS = 1_500;
/** Requests that were sent with the former token are answered within this time, as a rule; in milliseconds. */
const OVERLAP_MS = 5_000;
/** A token that is refused within this time after it was issued is not worth another one; in milliseconds. */
const WORTHLESS_MS = 60_000;

/** What has failed twice is tried again after this time, then after double the time each; in milliseconds. */
const FIRST_PAUSE_MS = 500;
const NEVER_FAILED = { token: undefined, times: 0, until: 0 };

// D182
/** Adds the stored login to requests, and renews it. Asks nobody: what only a person can do, it notes in the login. */
export class LoginAuthorizer implements Authorizer {
  readonly #given: LoginAuthorizerOptions;
  readonly #renewal: RenewalOptions;
  /** The token of the last request. */
  #used: string | undefined;
  #running: Promise<StoredLogin> | undefined;
  #notBefore = 0;
  /** When a token was last renewed because the server did not accept it. */
  #refusedAt = Number.NEGATIVE_INFINITY;
  #widened: string | undefined;
  /** Renewals of one token that have failed one after the other, and until when the last failure stands. */
  #failed: { token: string | undefined; times: number; until: number; error?: unknown } = NEVER_FAILED;

  constructor(given: LoginAuthorizerOptions) {
    this.#given = given;
    const { server, requests, store, options, grants } = given;
    this.#renewal = { server, requests, store, options, grants };
  }

  async headers(signal?: AbortSignal): Promise<Readonly<Record<string, string>>> {
    const login = await this.#current(signal);
    const token = login?.tokens?.accessToken;
    if (!login || token === undefined) return {};
    if (token !== this.#used) this.#given.onSecrets(secretsOf(login));
    this.#used = token;
    return { authorization: `Bearer ${token}` };
  }

  async refused(
    { status, headers }: Pick<HttpAnswer, 'status' | 'headers'>,
    signal?: AbortSignal,
  ): Promise<boolean> {
    const challenge = bearerChallenge(headers['www-authenticate']);
    if (status === 403) return challenge?.error === 'insufficient_scope' && this.#widen(challenge, signal);
    const used = this.#used;
    const stored = this.#given.store.read();
    if (stored?.tokens && stored.tokens.accessToken !== used) return true;
    const sinceRefused = performance.now() - this.#refusedAt;
    // A token of seconds may be over for the server a second before it is over here.
    const halfLife = stored?.tokens ? lifeOf(stored.tokens) / 2 : Number.POSITIVE_INFINITY;
    if (sinceRefused < Math.min(OVERLAP_MS, halfLife)) return true;
    const isWorthless = sinceRefused < Math.min(WORTHLESS_MS, halfLife);
    if (!isWorthless && (this.#isOwn || stored?.tokens?.refreshToken !== undefined)) {
      try {
        await this.#share(() => this.#renewed(used, challenge), signal);
        this.#refusedAt = performance.now();
        return true;
      } catch (error) {
        if (this.#isTemporary(error)) throw unreachable(error);
        if (!(error instanceof LoginError)) throw this.#notStored(error);
        return false;
      }
    }
    await this.#note(neededNow('token-refused'));
    return false;
  }

  /** The login with a token that is worth sending; undefined: there is none, and the server may need none. */
  async #current(signal: AbortSignal | undefined): Promise<StoredLogin | undefined> {
    const login = this.#given.store.read();
    const tokens = login?.tokens;
    if (!tokens)
      return this.#isOwn ? this.#orEnd(this.#share(() => this.#renewed(undefined), signal)) : login;
    const now = Date.now();
    if (now < renewAt(tokens)) return login;
    const hasEnded = tokens.expiresAt !== undefined && now >= tokens.expiresAt;
    if (!this.#isOwn && tokens.refreshToken === undefined) {
      if (!hasEnded) return login;
      if (!login.needed) await this.#note(neededNow('expired'));
      throw loginNeeded();
    }
    if (!hasEnded && performance.now() < this.#notBefore) return login;
    // A token that is still good does not wait for an authorization server that is slow, or for a process that was stopped.
    const patience = hasEnded ? [] : [AbortSignal.timeout(PATIENCE_MS)];
    const bounds = AbortSignal.any([...(signal ? [signal] : []), ...patience]);
    try {
      return await this.#share(() => this.#renewed(tokens.accessToken), bounds);
    } catch (error) {
      if (signal?.aborted) throw error;
      this.#notBefore = performance.now() + RETRY_AFTER_MS;
      if (!hasEnded) return login;
      throw this.#isTemporary(error)
        ? unreachable(error)
        : error instanceof LoginError
          ? loginNeeded(error)
          : this.#notStored(error);
    }
  }

  /** Client credentials can be used again with more rights; a person has to be asked for them. */
  async #widen(challenge: BearerChallenge, signal: AbortSignal | undefined): Promise<boolean> {
    const scopes = scopesOf(challenge.scope);
    const login = this.#given.store.read();
    if (!login) return false;
    const missing = scopes.filter((scope) => !login.scopes.includes(scope));
    if (!this.#isOwn) {
      await this.#note(neededNow('scope', scopes));
      return false;
    }
    // Once for each challenge: a server that asks for what it was given would be asked for ever.
    const asked = missing.join(' ');
    if (asked === '' || asked === this.#widened) return false;
    this.#widened = asked;
    try {
      await this.#share(() => this.#renewed(login.tokens?.accessToken, challenge), signal);
      return true;
    } catch (error) {
      if (this.#isTemporary(error)) this.#widened = undefined;
      if (error instanceof LoginError) return false;
      throw this.#notStored(error);
    }
  }

  get #isOwn(): boolean {
    return this.#given.options.grant === 'client_credentials';
  }

  /** Asks less and less often what fails again and again: each call of an assistant would ask once more. */
  async #renewed(unusable: string | undefined, challenge?: BearerChallenge): Promise<StoredLogin> {
    const { token, times, until, error: failure } = this.#failed;
    const isSame = token === unusable;
    if (isSame && performance.now() < until) throw failure;
    try {
      const login = await (this.#isOwn
        ? obtain(this.#renewal, unusable, challenge)
        : renew(this.#renewal, unusable));
      this.#failed = NEVER_FAILED;
      return login;
    } catch (error) {
      const count = isSame ? times + 1 : 1;
      const pauseMs = count === 1 ? 0 : Math.min(FIRST_PAUSE_MS * 2 ** (count - 2), RETRY_AFTER_MS);
      this.#failed = { token: unusable, times: count, until: performance.now() + pauseMs, error };
      throw error;
    }
  }

  /** One renewal at a time; a caller that goes away does not interrupt it, because its answer may be the only copy of a token. */
  #share(start: () => Promise<StoredLogin>, signal: AbortSignal | undefined): Promise<StoredLogin> {
    if (!this.#running) {
      const running = start().finally(() => {
        if (this.#running === running) this.#running = undefined;
      });
      running.catch(() => {});
      this.#running = running;
    }
    return orAborted(this.#running, signal);
  }

  async #orEnd(login: Promise<StoredLogin>): Promise<StoredLogin> {
    try {
      return await login;
    } catch (error) {
      if (this.#isTemporary(error)) throw unreachable(error);
      throw error instanceof LoginError ? loginNeeded(error) : this.#notStored(error);
    }
  }

  /** Notes for people what they have to do. A folder that cannot be written must not cost the request. */
  async #note(needed: LoginNeeded): Promise<void> {
    try {
      await noteNeeded(this.#given.store, needed);
    } catch {
      // The server is down with the same cause.
    }
  }

  /** A system's error, as the one that it means for the server. */
  #notStored(error: unknown): unknown {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof RemoteError || typeof code !== 'string') return error;
    return notUsable(code, 'login-not-stored', { file: this.#given.store.file, code });
  }

  /** Only a refusal of the authorization server ends a login that a person has given. */
  #isTemporary(error: unknown): boolean {
    return error instanceof LoginError && (error.isTemporary || (!this.#isOwn && !error.isRefusal));
  }
}

function loginNeeded(cause?: unknown): RemoteError {
  return new RemoteError('a person has to log in', { kind: 'unauthorized', wants: 'oauth' }, cause);
}

function unreachable(cause: unknown): RemoteError {
  return new RemoteError('the login could not be renewed', { kind: 'unreachable', reason: 'LOGIN' }, cause);
}

async function orAborted<T>(result: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return result;
  signal.throwIfAborted();
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    stop = () => signal.removeEventListener('abort', onAbort);
  });
  try {
    return await Promise.race([result, aborted]);
  } finally {
    stop();
  }
}
