import { timingSafeEqual } from 'node:crypto';
import { digestOf, type Payload } from './oauth-records.js';

const HASHED = 'sha256:';

/** A client's metadata as they are kept: a digest stands for the secret, which is of 256 random bits or more. */
export function hashedSecret(metadata: Payload): Payload {
  const { client_secret: secret } = metadata;
  if (typeof secret !== 'string' || secret.startsWith(HASHED)) return metadata;
  return { ...metadata, client_secret: HASHED + digestOf(secret) };
}

/** Whether a client has given the secret that it once got. */
export function isSecret(kept: string | undefined, given: string): boolean {
  const [one, other] = [Buffer.from(kept ?? ''), Buffer.from(HASHED + digestOf(given))];
  return one.length === other.length && timingSafeEqual(one, other);
}
