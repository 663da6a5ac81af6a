import type { GatewayPlan } from '../../config/gateway-plan.js';
import type { IssuerPlan } from '../../config/issuer-plan.js';
import type { GatewayPart } from '../gateway/gateway-part.js';
import type { TokenSource } from '../http/resource-metadata.js';
import { TokensOfIssuers } from './tokens-of-issuers.js';

interface Shared {
  tokens: TokensOfIssuers;
  parts: number;
}

/** What plans have that are alike about tokens: keys of issuers are not forgotten when something else is changed. */
const all = new Map<string, Shared>();
const planOf = new WeakMap<GatewayPart, string>();

/** Tokens of issuers, as a part of the gateway. */
export function jwtPart(plan: GatewayPlan): GatewayPart {
  const { jwt = [], publicUrl, paths } = plan;
  const key = JSON.stringify([jwt.map(comparable), publicUrl, paths]);
  const shared = all.get(key) ?? { tokens: new TokensOfIssuers(jwt, plan), parts: 0 };
  all.set(key, shared);
  shared.parts += 1;
  let isClosed = false;
  const part: GatewayPart = {
    kind: 'jwt',
    authenticator: shared.tokens,
    staysIn: (_, before) => planOf.get(before) === key,
    close: () => {
      if (isClosed) return;
      isClosed = true;
      shared.parts -= 1;
      if (shared.parts > 0) return;
      all.delete(key);
      shared.tokens.close();
    },
  };
  planOf.set(part, key);
  return part;
}

/** Where clients get such tokens. */
export function issuersAsSources(issuers: readonly IssuerPlan[]): TokenSource[] {
  return issuers.map(({ issuer, audience, scopes, grants = [] }) => ({
    issuer: () => issuer,
    // A scope that opens something is worth asking for.
    scopes: [...scopes, ...grants.flatMap(({ on }) => (on.kind === 'scope' ? [on.value] : []))],
    audience,
  }));
}

/** A proxy prints itself without its login. */
function comparable({ network: { proxy }, ...issuer }: IssuerPlan): unknown {
  return { ...issuer, proxy: proxy && [proxy.isSecure, String(proxy), proxy.authorization] };
}
