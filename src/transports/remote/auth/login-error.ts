import type { loginErrors } from '../../../messages/en/login-errors.js';
import { type Worded, worded } from '../../../messages/worded.js';
import { McpPipeError } from '../../../protocol/errors.js';

type LoginErrors = typeof loginErrors;
type LoginErrorId = keyof LoginErrors;
type ParamsOf<Id extends LoginErrorId> =
  Parameters<LoginErrors[Id]> extends [infer Params] ? Params : Record<string, never>;

/** A login, or the renewal of one, did not work. Its texts hold no token, code or secret. */
export class LoginError extends McpPipeError {
  override readonly code = 'LOGIN_FAILED';
  /** Error code of the authorization server (RFC 6749 §5.2), such as `invalid_grant`; undefined: it gave none. */
  readonly oauthError: string | undefined;
  /** The authorization server has said in the words of OAuth that it refuses; anything else says nothing about the login. */
  readonly isRefusal: boolean;
  /** Nothing is wrong with the login itself: the network or the authorization server does not work at the moment. */
  readonly isTemporary: boolean;

  constructor(words: Worded, facts: Partial<LoginFacts> = {}) {
    super(words.message, { ...words, cause: facts.cause });
    this.oauthError = facts.oauthError;
    this.isTemporary = facts.isTemporary ?? false;
    this.isRefusal = facts.isRefusal ?? false;
  }
}

interface LoginFacts {
  oauthError: string | undefined;
  isTemporary: boolean;
  isRefusal: boolean;
  cause: unknown;
}

export function loginError<Id extends LoginErrorId>(
  id: Id,
  params: ParamsOf<Id>,
  facts?: Partial<LoginFacts>,
): LoginError {
  const say = worded as (id: string, params: unknown) => Worded;
  return new LoginError(say(id, params), facts);
}
