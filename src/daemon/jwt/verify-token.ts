import type { JWTPayload } from 'jose';
import type { IssuerPlan } from '../../config/issuer-plan.js';
import type { Refused } from '../http/authenticator.js';
import { IssuerError } from './issuer-fetch.js';
import type { IssuerKeys } from './issuer-keys.js';
import { grantedBy } from './token-grant.js';
import { tokenKey } from './token-key.js';
import type { Unverified } from './unverified.js';
import type { Verdict } from './verified-tokens.js';

/** Kinds of token that an access token may call itself (RFC 9068 §2.1, RFC 7519 §5.1); others are for something else (RFC 8725 §3.11). */
const TYPES: ReadonlySet<unknown> = new Set([
  undefined,
  'jwt',
  'application/jwt',
  'at+jwt',
  'application/at+jwt',
]);
/** Characters of a key id; longer ones are no names. */
const MAX_KEY_ID = 256;
/** Characters of a subject (OpenID Connect Core §2 allows 255). */
const MAX_SUBJECT = 1_024;
/** When to ask again for what an issuer does not give now, in seconds. */
const RETRY_AFTER_S = 10;

/** Verifies a token of an issuer: its signature by the issuer's keys, then its claims (RFC 9068 §4). `now`: epoch milliseconds. Never rejects. */
export async function verifyToken(
  token: string,
  { header, claims: unproven }: Unverified,
  { plan, keys, now }: { plan: IssuerPlan; keys: IssuerKeys; now: number },
): Promise<Verdict> {
  const wrong = wrongHeader(header, plan.algorithms) ?? wrongClaims(unproven);
  if (wrong !== undefined) return invalid(wrong);
  const { jwtVerify } = await import('jose');
  try {
    const { payload } = await jwtVerify(token, (protectedHeader) => keys.find(protectedHeader), {
      algorithms: [...plan.algorithms],
      issuer: plan.issuer,
      clockTolerance: plan.clockToleranceMs / 1_000,
      requiredClaims: ['exp', 'sub', 'aud'],
      currentDate: new Date(now),
    });
    return verified(payload, plan);
  } catch (error) {
    if (error instanceof IssuerError)
      return {
        error: 'temporarily_unavailable',
        message: `the keys of the issuer ${plan.issuer} cannot be had, so its tokens cannot be checked: ${error.message}`,
        retryAfterS: RETRY_AFTER_S,
      };
    return invalid(reasonOf(error, unproven));
  }
}

function verified(payload: JWTPayload, plan: IssuerPlan): Verdict {
  const until = payload.exp! * 1_000 + plan.clockToleranceMs;
  return {
    key: tokenKey(plan.issuer, payload.sub!),
    granted: grantedBy(payload, plan),
    audience: [payload.aud!].flat(),
    until: Math.min(until, 8.64e15),
  };
}

function wrongHeader(
  { alg, typ, kid }: Unverified['header'],
  algorithms: readonly string[],
): string | undefined {
  if (typeof alg !== 'string' || !algorithms.includes(alg))
    return `this token is not signed with one of ${algorithms.join(', ')}`;
  if (!TYPES.has(typeof typ === 'string' ? typ.toLowerCase() : typ))
    return 'this token is not for access: its "typ" is another';
  if (kid !== undefined && (typeof kid !== 'string' || kid.length > MAX_KEY_ID))
    return 'this token names no key: its "kid" is no short text';
  return undefined;
}

function wrongClaims({ sub, aud, exp, nbf, iat }: Unverified['claims']): string | undefined {
  if (typeof sub !== 'string' || sub === '' || sub.length > MAX_SUBJECT)
    return 'this token says not who has it: it needs the claim "sub"';
  if (typeof exp !== 'number' || !Number.isFinite(exp))
    return 'this token has no end: it needs the claim "exp", a number';
  if ([nbf, iat].some((time) => time !== undefined && typeof time !== 'number'))
    return 'this token has a time that is no number: "nbf" or "iat"';
  const all = Array.isArray(aud) ? aud : [aud];
  if (all.length === 0 || !all.every((one) => typeof one === 'string'))
    return 'this token says not what it is for: it needs the claim "aud", a text or a list of texts';
  return undefined;
}

/** In words, without anything that the token could put into a terminal. */
function reasonOf(error: unknown, { exp, nbf }: Unverified['claims']): string {
  const { code, claim } = error as { code?: string; claim?: string };
  switch (code) {
    case 'ERR_JWT_EXPIRED':
      return `this token has expired at ${timeOf(exp)}: ask the issuer for another one`;
    case 'ERR_JWT_CLAIM_VALIDATION_FAILED':
      return claim === 'nbf'
        ? `this token is not valid before ${timeOf(nbf)}`
        : `this token has a claim that is not as it has to be: ${JSON.stringify(claim)}`;
    case 'ERR_JWKS_NO_MATCHING_KEY':
      return 'this token is signed with a key that its issuer does not publish';
    case 'ERR_JWKS_MULTIPLE_MATCHING_KEYS':
      return 'this token does not say which key it is signed with ("kid"), and its issuer has several';
    case 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED':
      return 'the signature of this token is not that of its issuer';
    default:
      return 'this token cannot be read';
  }
}

function timeOf(seconds: unknown): string {
  const at = new Date(Number(seconds) * 1_000);
  return Number.isNaN(at.getTime()) ? 'a time that there is not' : at.toISOString();
}

function invalid(message: string): Refused {
  return { error: 'invalid_token', message };
}
