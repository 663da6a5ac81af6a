import { createHash } from 'node:crypto';

/** Characters of the subject that are shown. */
const MAX_SHOWN = 40;

/**
 * The name of who a token was given to, where keys have names (`Identity.key`): what can be read of the subject, and 16 hex digits of a
 * digest of issuer and subject, behind an `@`, which no name of a key has. Pure.
 */
export function tokenKey(issuer: string, subject: string): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([issuer, subject]))
    .digest('hex');
  const shown = subject.replace(/[^\w.-]+/g, '_').slice(0, MAX_SHOWN);
  return `${shown}@${digest.slice(0, 16)}`;
}

/** Whether a name is one of `tokenKey`. */
export function isTokenKey(key: string): boolean {
  return /@[0-9a-f]{16}$/.test(key);
}
