import { membersOf } from '../../protocol/json-parts.js';

/** Header and claims of a token, as they are written: nothing of it is verified. */
export interface Unverified {
  header: Readonly<Record<string, unknown>>;
  claims: Readonly<Record<string, unknown>>;
}

/** Whether a credential has the form of a signed token (RFC 7515 §3.1): an API key that was made at random has not. */
export function isTokenLike(credential: string): boolean {
  return /^eyJ[\w-]*\.[\w-]*\.[\w-]*$/.test(credential);
}

/** Takes a token apart; undefined: it cannot be read, or has a member twice (RFC 7515 §4, RFC 7519 §4). Pure. */
export function unverified(token: string): Unverified | undefined {
  const [head, body, signature, ...more] = token.split('.');
  if (!head || !body || !signature || more.length > 0) return undefined;
  const [header, claims] = [objectIn(head), objectIn(body)];
  return header && claims ? { header, claims } : undefined;
}

function objectIn(part: string): Record<string, unknown> | undefined {
  const bytes = Buffer.from(part, 'base64url');
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const names = membersOf(bytes, { start: 0, end: bytes.length }).map(({ key }) => key);
  return new Set(names).size === names.length ? (value as Record<string, unknown>) : undefined;
}
