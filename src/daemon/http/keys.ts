import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { header } from '../../protocol/http-headers.js';

/** Digests of equal length are compared: neither the value of a key nor its length shows in the time that it takes. */
const SALT = randomBytes(32);

/** The API keys of a gateway. */
export class Keys {
  readonly #digests: readonly (readonly [name: string, digest: Buffer])[];

  constructor(keys: Readonly<Record<string, string>>) {
    this.#digests = Object.entries(keys).map(([name, value]) => [name, digestOf(value)]);
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

function digestOf(value: string): Buffer {
  return createHmac('sha256', SALT).update(value, 'utf8').digest();
}
