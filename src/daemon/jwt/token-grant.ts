import type { IssuerPlan, TokenCondition } from '../../config/issuer-plan.js';
import type { Grant } from '../../protocol/grant.js';

/** What an issuer says of who has a token. */
export type Claims = Readonly<Record<string, unknown>>;

/** What a token may do; or the scopes that it lacks: those of which one would do are between spaces. */
export type Granted = { grant: Grant | undefined } | { lacks: string };

/** The scopes of a token: `scope` (RFC 9068 §2.2.3), or `scp`, as some issuers have it; between spaces, or a list. Pure. */
export function scopesOf({ scope, scp }: Claims): string[] {
  return [scope, scp].flatMap((given) =>
    typeof given === 'string' ? given.split(' ').filter((one) => one !== '') : textsIn(given),
  );
}

/** What a verified token may do. Pure. */
export function grantedBy(
  claims: Claims,
  { scopes, grants }: Pick<IssuerPlan, 'scopes' | 'grants'>,
): Granted {
  const has = scopesOf(claims);
  if (!scopes.every((one) => has.includes(one))) return { lacks: scopes.join(' ') };
  if (!grants) return { grant: undefined };
  const found = grants.find(({ on }) => fits(on, claims, has));
  if (found) return { grant: found.grant };
  const would = grants.flatMap(({ on }) => (on.kind === 'scope' ? [on.value] : []));
  return { lacks: [...new Set([...scopes, ...would])].join(' ') };
}

function fits(on: TokenCondition, claims: Claims, scopes: readonly string[]): boolean {
  if (on.kind === 'any') return true;
  if (on.kind === 'scope') return scopes.includes(on.value);
  return on.names.some((name) => {
    const value = Object.hasOwn(claims, name) ? claims[name] : undefined;
    return value === on.value || textsIn(value).includes(on.value);
  });
}

function textsIn(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}
