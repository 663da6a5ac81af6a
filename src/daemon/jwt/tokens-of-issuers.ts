import type { IncomingMessage } from 'node:http';
import type { GatewayPlan } from '../../config/gateway-plan.js';
import type { IssuerPlan } from '../../config/issuer-plan.js';
import { JWT } from '../../config/jwt-defaults.js';
import { type Clock, systemClock } from '../../time/clock.js';
import type { Authenticator, Known, Refused } from '../http/authenticator.js';
import { pathIn } from '../http/site.js';
import { isMeantFor } from './audience.js';
import { type FetchJson, issuerFetch } from './issuer-fetch.js';
import { IssuerKeys } from './issuer-keys.js';
import { publishedKeys } from './published-keys.js';
import { isTokenLike, unverified } from './unverified.js';
import { tokenDigest, type Verdict, type VerifiedToken, VerifiedTokens } from './verified-tokens.js';
import { verifyToken } from './verify-token.js';

/** An issuer and its keys, while its tokens are taken. */
interface Issuer {
  plan: IssuerPlan;
  keys: IssuerKeys;
  tokens: VerifiedTokens;
}

/** What can be replaced in tests. */
export interface TokensOptions {
  clock?: Pick<Clock, 'now'>;
  /** The time of the day, in epoch milliseconds. */
  now?: () => number;
  fetchJson?: FetchJson;
}

/**
 * Access tokens (JWT) of the issuers of the configuration, as a way to authenticate. A token that came once comes again: bearer tokens can be
 * replayed until they end by a client that has them.
 */
// D244
export class TokensOfIssuers implements Authenticator {
  readonly isAsked = true;
  readonly #issuers: ReadonlyMap<string, Issuer>;
  readonly #plan: Pick<GatewayPlan, 'paths' | 'publicUrl'>;
  readonly #now: () => number;
  readonly #closes: (() => void)[] = [];

  constructor(
    issuers: readonly IssuerPlan[],
    plan: Pick<GatewayPlan, 'paths' | 'publicUrl'>,
    { clock = systemClock, now = Date.now, fetchJson }: TokensOptions = {},
  ) {
    this.#plan = plan;
    this.#now = now;
    const opened = issuers.map((issuer): [string, Issuer] => {
      const tokens = new VerifiedTokens();
      const ask = fetchJson ?? this.#asks(issuer);
      const keys = new IssuerKeys(publishedKeys(issuer, ask, clock), clock, () => tokens.forget());
      return [issuer.issuer, { plan: issuer, keys, tokens }];
    });
    this.#issuers = new Map(opened);
  }

  identify(credential: string, request: IncomingMessage): Known | Promise<Known> {
    if (!isTokenLike(credential)) return undefined;
    if (credential.length > JWT.maxTokenBytes)
      return invalid(`this token is longer than ${JWT.maxTokenBytes / 1024} KB`);
    const digest = tokenDigest(credential);
    for (const issuer of this.#issuers.values()) {
      const known = issuer.tokens.get(digest, this.#now());
      if (known && issuer.keys.areGood) return this.#knownAs(known, request, issuer);
    }
    const parts = unverified(credential);
    if (!parts) return invalid('this token cannot be read');
    const { iss } = parts.claims;
    const issuer = typeof iss === 'string' ? this.#issuers.get(iss) : undefined;
    if (!issuer) return invalid('tokens of this issuer are not taken here');
    return issuer.tokens
      .verify(digest, () => verifyToken(credential, parts, { ...issuer, now: this.#now() }))
      .then((verdict) => this.#knownAs(verdict, request, issuer));
  }

  /** Ends what is on its way to issuers. */
  close(): void {
    for (const close of this.#closes) close();
  }

  #knownAs(verdict: Verdict, request: IncomingMessage, { plan }: Issuer): Known {
    if ('error' in verdict) return verdict;
    const { audience, granted } = verdict;
    if (!isMeantFor(audience, pathIn(request), { ...this.#plan, audience: plan.audience }))
      return invalid('this token is for something else: its "aud" does not name this address');
    if ('lacks' in granted) return lacks(granted.lacks);
    return identityOf(verdict, granted.grant);
  }

  #asks(issuer: IssuerPlan): FetchJson {
    const { fetchJson, close } = issuerFetch(issuer);
    this.#closes.push(close);
    return fetchJson;
  }
}

function identityOf(
  { key, until }: VerifiedToken,
  grant: Exclude<Known, Refused | undefined>['grant'],
): Known {
  return { key, grant, until };
}

function lacks(scope: string): Refused {
  return {
    error: 'insufficient_scope',
    message:
      scope === ''
        ? 'nothing is granted to this token here: see "grants" of "jwt"'
        : `this token lacks a scope that is needed here: ${scope}`,
    ...(scope === '' ? {} : { scope }),
  };
}

function invalid(message: string): Refused {
  return { error: 'invalid_token', message };
}
