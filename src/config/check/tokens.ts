import type { OddCharacter } from '../../messages/parts.js';
import type { Finding } from '../../protocol/errors.js';
import { PLACEHOLDER, tokenOf } from '../address.js';
import { warningAt } from '../finding.js';
import { jwtClaimsOf } from '../jwt-claims.js';
import type { Place } from '../place.js';
import { isPlaceholder, SECRET_NAME } from '../secret-shape.js';
import { addressesOf, type CheckedServer, type Facts } from './facts.js';

/** Milliseconds of a day. */
const dayMs = 86_400_000;
/** A week is long enough to notice the warning and to fetch another token. */
const expiresSoonMs = 7 * dayMs;
/** Conversations that the cloud allows one account at the same time. */
const conversationsPerAccount = 2;

interface Token {
  place: Place;
  /** As it is written, before a URL parser removes its line breaks. */
  written: string;
  token: string;
  fingerprint: string;
  servers: string[];
}

/** Each token once, with its servers. Tokens of addresses that were reported as unusable are left out. */
function tokensOf(servers: readonly CheckedServer[]): Token[] {
  const found = new Map<string, Token>();
  for (const { name, endpoint, origin } of addressesOf(servers)) {
    if (endpoint.token === '' || PLACEHOLDER.test(endpoint.token)) continue;
    const { token, fingerprint } = endpoint;
    const known = found.get(fingerprint);
    if (known) {
      known.servers.push(name);
      continue;
    }
    const written = tokenOf(origin.text);
    found.set(fingerprint, { place: origin.place, written, token, fingerprint, servers: [name] });
  }
  return [...found.values()];
}

/** Findings for tokens that were copied incompletely or expire soon. */
export function badTokens({ servers, host }: Facts): Finding[] {
  return tokensOf(servers).flatMap(({ place, written, token, fingerprint }): Finding[] => {
    if (token.includes('://')) return [warningAt(place, 'token-is-address')];
    // A + means a space in a URL; it was reported already.
    const odd = oddCharacter(`${written}${written.includes('+') ? '' : token}`);
    if (odd !== undefined) return [warningAt(place, 'token-odd-character', { odd })];
    const claims = jwtClaimsOf(token);
    if (claims === 'damaged') return [warningAt(place, 'token-damaged', { length: token.length })];
    const expiresAtMs = claims?.expiresAtMs;
    if (expiresAtMs === undefined || expiresAtMs - host.now > expiresSoonMs) return [];
    const date = new Date(expiresAtMs).toISOString().slice(0, 10);
    return expiresAtMs <= host.now
      ? [warningAt(place, 'token-expired', { date, fingerprint })]
      : [
          warningAt(place, 'token-expires-soon', {
            date,
            fingerprint,
            days: Math.ceil((expiresAtMs - host.now) / dayMs),
          }),
        ];
  });
}

function oddCharacter(text: string): OddCharacter | undefined {
  if (/[\r\n]|%0[ad]/i.test(text)) return 'line-break';
  if (/\s|%20|%09/.test(text)) return 'space';
  return /["'`]|%2[27]|%60/.test(text) ? 'quote' : undefined;
}

/** Warnings for different tokens of the same agent or account. */
export function relatedTokens({ servers }: Facts): Finding[] {
  const known = tokensOf(servers).flatMap((token) => {
    const claims = jwtClaimsOf(token.token);
    return claims && claims !== 'damaged' ? [{ ...token, ...claims }] : [];
  });
  const found: Finding[] = [];
  for (const group of groupBy(known, ({ agent }) => agent)) {
    if (group.length < 2) continue;
    found.push(warningAt(group.at(-1)!.place, 'same-agent', relation(group)));
  }
  for (const group of groupBy(known, ({ user }) => user)) {
    const agents = new Set(group.map(({ agent }) => agent));
    if (agents.size <= conversationsPerAccount) continue;
    const limit = conversationsPerAccount;
    found.push(warningAt(group.at(-1)!.place, 'same-account', { ...relation(group), limit }));
  }
  return found;
}

function relation(group: readonly Token[]): { fingerprints: string[]; servers: string[] } {
  return {
    fingerprints: group.map(({ fingerprint }) => fingerprint),
    servers: group.flatMap(({ servers }) => servers),
  };
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string | undefined): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    if (key !== undefined) groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return [...groups.values()];
}

/** Warnings for a server's own keys and passwords that are still the placeholders of documentation. */
export function placeholderSecrets({ servers }: Facts): Finding[] {
  return servers.flatMap((server) =>
    Object.entries(server.ownEnv)
      .filter(([name, value]) => SECRET_NAME.test(name) && isPlaceholder(value.trim()))
      .filter(([name]) => server.isFilled('env', name))
      .map(([name, value]) =>
        warningAt(server.placeOf('env', name), 'secret-placeholder', { name, isEmpty: value.trim() === '' }),
      ),
  );
}
