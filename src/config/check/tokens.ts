import type { OddCharacter } from '../../observe/messages/parts.js';
import type { Finding } from '../../protocol/errors.js';
import { PLACEHOLDER } from '../endpoint-choice.js';
import { warningAt } from '../finding.js';
import type { Place } from '../json-source.js';
import { SECRET_NAME } from '../servers.js';
import type { CheckedServer, Facts } from './facts.js';

const dayMs = 86_400_000;
/** A week is enough to notice, and to fetch another token. */
const expiresSoonMs = 7 * dayMs;
/** How many conversations at once the owner of the cloud allows an account. */
const conversationsPerAccount = 2;

/** What a token says about itself; it is not verified. */
export interface TokenClaims {
  agent: string | undefined;
  user: string | undefined;
  expiresAtMs: number | undefined;
}

/** How many characters of base64url a whole signature has (RFC 7518 §3): what is cut off is cut off here. */
const SIGNATURE_LENGTH: Readonly<Record<string, number>> = { ES256: 86, HS256: 43, EdDSA: 86 };

/** The claims of a JWT (RFC 7519 §4), `damaged` when it is one that cannot be read, undefined when it is none. */
export function claimsOf(token: string): TokenClaims | 'damaged' | undefined {
  if (!token.startsWith('eyJ')) return undefined;
  const parts = token.split('.');
  if (parts.length !== 3 || parts.some((part) => !/^[\w-]+={0,2}$/.test(part))) return 'damaged';
  const [header, payload] = [decode(parts[0]!), decode(parts[1]!)];
  if (header === undefined || payload === undefined) return 'damaged';
  const whole = SIGNATURE_LENGTH[String(header.alg)];
  if (whole !== undefined && parts[2]!.replace(/=+$/, '').length !== whole) return 'damaged';
  const { agentId, endpointId, userId, exp } = payload;
  return {
    agent: textOf(agentId ?? endpointId),
    user: textOf(userId),
    expiresAtMs: typeof exp === 'number' && exp > 0 && exp < 8.64e12 ? exp * 1_000 : undefined,
  };
}

function decode(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

interface Token {
  place: Place;
  /** As it is written, before a URL parser takes line breaks out of it. */
  written: string;
  token: string;
  fingerprint: string;
  servers: string[];
}

/** Each token once, with the servers that use it, but for those whose address says already that they are no real ones. */
function tokensOf(servers: readonly CheckedServer[]): Token[] {
  const found = new Map<string, Token>();
  for (const { name, endpoint, origin } of servers) {
    if (!endpoint || !origin || endpoint.token === '' || PLACEHOLDER.test(endpoint.token)) continue;
    const { token, fingerprint } = endpoint;
    const known = found.get(fingerprint);
    if (known) {
      known.servers.push(name);
      continue;
    }
    const written = /[?&]token=([^&#]*)/s.exec(origin.text.trim())?.[1] ?? '';
    found.set(fingerprint, { place: origin.place, written, token, fingerprint, servers: [name] });
  }
  return [...found.values()];
}

/** Tokens that were copied badly, or have grown old. */
export function badTokens({ servers, host }: Facts): Finding[] {
  return tokensOf(servers).flatMap(({ place, written, token, fingerprint }): Finding[] => {
    const odd = oddCharacter(`${written}${token}`);
    if (odd !== undefined) return [warningAt(place, 'token-odd-character', { odd })];
    const claims = claimsOf(token);
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

/** Different tokens that mean one and the same agent, or one account. */
export function relatedTokens({ servers }: Facts): Finding[] {
  const known = tokensOf(servers).flatMap((token) => {
    const claims = claimsOf(token.token);
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

/** Keys and passwords of the servers' own that are still what documentation shows. */
export function placeholderSecrets({ servers }: Facts): Finding[] {
  return servers.flatMap((server) =>
    Object.entries(server.ownEnv)
      .filter(([name, value]) => SECRET_NAME.test(name) && isPlaceholder(value.trim()))
      .map(([name, value]) =>
        warningAt(server.placeOf('env', name), 'secret-placeholder', { name, isEmpty: value.trim() === '' }),
      ),
  );
}

function isPlaceholder(value: string): boolean {
  return (
    value === '' ||
    PLACEHOLDER.test(value) ||
    /your[_-]?.*(key|secret|password)|(key|secret)[_-]?here/i.test(value)
  );
}
