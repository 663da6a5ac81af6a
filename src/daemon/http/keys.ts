import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isKeyHash } from '../../config/key-hash.js';
import { header } from '../../protocol/http-headers.js';

/** Digests of equal length are compared: neither the value of a key nor its length shows in the time that it takes. */
const SALT = randomBytes(32);

/** Keys as the configuration has them, those of a page or a gateway. A hash is none: it opens nothing (`ConfigKeys`). */
export class Keys {
  readonly #digests: readonly (readonly [name: string, digest: Buffer])[];

  constructor(keys: Readonly<Record<string, string>>) {
    const plain = Object.entries(keys).filter(([, value]) => !isKeyHash(value));
    this.#digests = plain.map(([name, value]) => [name, digestOf(value)]);
  }

  /** Whether a key is asked for. */
  get areAsked(): boolean {
    return this.#digests.length > 0;
  }

  /** The name of the key that a request gives; undefined when it is none of these. */
  nameFor(headers: IncomingHttpHeaders): string | undefined {
    const given = keyIn(headers);
    return given === undefined ? undefined : this.nameOf(given);
  }

  /** The name of a key; undefined when it is none of these. */
  nameOf(given: string): string | undefined {
    const digest = digestOf(given);
    let found: string | undefined;
    for (const [name, one] of this.#digests) if (timingSafeEqual(one, digest)) found ??= name;
    return found;
  }
}

/** The key in `Authorization: Bearer …` (RFC 6750 §2.1) or `X-API-Key: …`. */
export function keyIn(headers: IncomingHttpHeaders): string | undefined {
  const [, bearer] = /^bearer +(\S+)$/i.exec(header(headers, 'authorization') ?? '') ?? [];
  return bearer ?? header(headers, 'x-api-key');
}

/** A text of 32 bytes that stands for a key in this process: it can be compared, and reveals nothing. */
export function digestOf(value: string): Buffer {
  return createHmac('sha256', SALT).update(value, 'utf8').digest();
}
