import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { bytesOf, type KeyHash } from '../../config/key-hash.js';

/** As NIST SP 800-132 §5.1 asks for: no two hashes can be tried at once. */
const SALT_BYTES = 16;
/** As many as a key has. */
const HASH_BYTES = 32;

/** Hashes a key. Takes a thread for as long as the cost says. */
export async function hashKey(key: string, cost: KeyHash['cost']): Promise<KeyHash> {
  const salt = randomBytes(SALT_BYTES);
  return { cost, salt, hash: await derive(key, salt, cost) };
}

/** Whether it is the key of a hash; takes equally long for each key. */
export async function isKeyOf(key: string, { cost, salt, hash }: KeyHash): Promise<boolean> {
  return timingSafeEqual(await derive(key, salt, cost), hash);
}

function derive(key: string, salt: Buffer, cost: KeyHash['cost']): Promise<Buffer> {
  // A tenth more than the algorithm takes: OpenSSL counts its own overhead.
  const maxmem = Math.ceil(bytesOf(cost) * 1.1) + 1024 * 1024;
  return new Promise((resolve, reject) =>
    scrypt(key, salt, HASH_BYTES, { ...cost, maxmem }, (error, hash) =>
      error ? reject(error) : resolve(hash),
    ),
  );
}
