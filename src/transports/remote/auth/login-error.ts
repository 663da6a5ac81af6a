import { worded } from '../../../messages/worded.js';
import { McpPipeError } from '../../../protocol/errors.js';

type WordedOf = typeof worded;
type LoginErrorId = Extract<Parameters<WordedOf>[0], `login-${string}`>;

/** A login, or the renewal of one, did not work. Its texts hold no token, code or secret. */
export class LoginError extends McpPipeError {
  override readonly code = 'LOGIN_FAILED';
  /** Error code of the authorization server (RFC 6749 §5.2), such as `invalid_grant`; undefined: it gave none. */
  readonly oauthError: string | undefined;
  /** Nothing is wrong with the login itself: the network or the authorization server does not work at the moment. */
  readonly isTemporary: boolean;

  constructor(words: ReturnType<typeof worded>, facts: Partial<LoginFacts> = {}) {
    super(words.message, { ...words, cause: facts.cause });
    this.oauthError = facts.oauthError;
    this.isTemporary = facts.isTemporary ?? false;
  }
}

interface LoginFacts {
  oauthError: string | undefined;
  isTemporary: boolean;
  cause: unknown;
}

type ParamsOf<Id extends LoginErrorId> = Id extends LoginErrorId
  ? Parameters<typeof worded<Id>> extends [unknown, ...infer Params]
    ? Params
    : never
  : never;

export function loginError<Id extends LoginErrorId>(
  id: Id,
  params: ParamsOf<Id>[0],
  facts?: Partial<LoginFacts>,
): LoginError {
  return new LoginError((worded as (id: string, params: unknown) => ReturnType<typeof worded>)(id, params), facts);
}
