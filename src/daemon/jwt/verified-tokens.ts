import { createHmac, randomBytes } from 'node:crypto';
import { JWT } from '../../config/jwt-defaults.js';
import type { Refused } from '../http/authenticator.js';
import type { Granted } from './token-grant.js';

const SECRET = randomBytes(32);

/** What is kept of a token: a digest with a secret of this process. */
export function tokenDigest(token: string): string {
  return createHmac('sha256', SECRET).update(token, 'utf8').digest('base64url');
}

/** A token whose signature and claims are good. */
export interface VerifiedToken {
  /** See `tokenKey`. */
  key: string;
  granted: Granted;
  /** Of the claim `aud`. */
  audience: readonly string[];
  /** When it ends, in epoch milliseconds, with the tolerance. */
  until: number;
}

/** What is known of a token whose verification is over, or goes on. */
export type Verdict = VerifiedToken | Refused;

/**
 * Tokens that were verified, until they end; at most `JWT.maxVerified`, of which those that were not used for longest are forgotten.
 */
export class VerifiedTokens {
  readonly #known = new Map<string, VerifiedToken>();
  readonly #pending = new Map<string, Promise<Verdict>>();
  #generation = 0;

  get size(): number {
    return this.#known.size;
  }

  /** The token with this digest, if it is good now. `now`: epoch milliseconds. */
  get(digest: string, now: number): VerifiedToken | undefined {
    const known = this.#known.get(digest);
    if (!known) return undefined;
    this.#known.delete(digest);
    if (known.until <= now) return undefined;
    this.#known.set(digest, known);
    return known;
  }

  /** Verifies a token once, however many requests bring it at a time. */
  verify(digest: string, verify: () => Promise<Verdict>): Promise<Verdict> {
    const pending = this.#pending.get(digest);
    if (pending) return pending;
    const generation = this.#generation;
    const verdict = verify().then((found) => {
      if (this.#pending.get(digest) === verdict) this.#pending.delete(digest);
      // Keys that have changed meanwhile may not be those that it was verified with.
      if (!('error' in found) && generation === this.#generation) this.#remember(digest, found);
      return found;
    });
    this.#pending.set(digest, verdict);
    return verdict;
  }

  /** Keys have changed: every token is verified anew. */
  forget(): void {
    this.#generation += 1;
    this.#known.clear();
    this.#pending.clear();
  }

  #remember(digest: string, token: VerifiedToken): void {
    this.#known.set(digest, token);
    const [oldest] = this.#known.keys();
    if (this.#known.size > JWT.maxVerified) this.#known.delete(oldest!);
  }
}
