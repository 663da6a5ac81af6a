import { createHash, randomBytes } from 'node:crypto';

/** `mcpp_3f9c1a7be204_…`: the id finds the record of the key, so that one hash is computed and not one for each key. */
const FORM = /^mcpp_([0-9a-f]{12})_([A-Za-z0-9_-]{43})$/;
const ID_BYTES = 6;
const SECRET_BYTES = 32;
/**
 * Bytes of a digest that a wrong secret must have in common with the right one before its hash is computed: of 16 million
 * wrong ones, one. A thief of the file learns 24 of 256 bits.
 */
const CHECK_BYTES = 3;

/** Parts of a key that mcp-pipe has made. */
export interface KeyParts {
  /** Is no secret, and opens nothing. */
  id: string;
  secret: string;
}

/** Makes a key with 256 random bits. */
export function makeKey(): KeyParts & { key: string } {
  const id = randomBytes(ID_BYTES).toString('hex');
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  return { id, secret, key: `mcpp_${id}_${secret}` };
}

/** The parts of a key; undefined when mcp-pipe has not made it. */
export function keyParts(key: string): KeyParts | undefined {
  const [, id, secret] = FORM.exec(key) ?? [];
  return id === undefined || secret === undefined ? undefined : { id, secret };
}

/** What wrong secrets are found out by without a hash. */
// D239
export function checkOf(secret: string, salt: Buffer): Buffer {
  return createHash('sha256').update(salt).update(secret).digest().subarray(0, CHECK_BYTES);
}
