import { timingSafeEqual } from 'node:crypto';
import type { KeyHash } from '../../config/key-hash.js';
import { digestOf } from '../http/keys.js';
import type { HashOptions, HashQueue, NO_ROOM } from './hash-queue.js';
import { isKeyOf } from './scrypt.js';

/**
 * The hash of one key. Once the right key has come, its digest is kept in memory: then each request takes microseconds, and a
 * wrong key is found out without computing anything.
 */
export class KnownHash {
  readonly #hash: KeyHash;
  /** Of the right key. */
  #digest: Buffer | undefined;
  /** What is computed now, by the digest of the key in question. */
  readonly #asked = new Map<string, Promise<boolean | typeof NO_ROOM>>();

  constructor(hash: KeyHash) {
    this.#hash = hash;
  }

  /** Whether it is the key; undefined: that has to be computed. */
  matches(key: string): boolean | undefined {
    return this.#digest && timingSafeEqual(this.#digest, digestOf(key));
  }

  /** Computes whether it is the key. Requests that come with one key at the same time are one computation. */
  compute(key: string, queue: HashQueue, options: HashOptions): Promise<boolean | typeof NO_ROOM> {
    const id = digestOf(key).toString('latin1');
    const asked = this.#asked.get(id);
    if (asked) return asked;
    const computed = queue.run(options, async () => {
      // The right key may have come while this one waited.
      const known = this.matches(key) ?? (await isKeyOf(key, this.#hash));
      if (known) this.#digest ??= digestOf(key);
      return known;
    });
    this.#asked.set(id, computed);
    return computed.finally(() => this.#asked.delete(id));
  }
}
