/** How a key is hashed, and the result. */
export interface KeyHash {
  /** Of scrypt (RFC 7914 §2): CPU and memory cost, block size, parallelization. */
  cost: { N: number; r: number; p: number };
  salt: Buffer;
  hash: Buffer;
}

const PREFIX = 'scrypt:';
const FORM = /^scrypt:(\d{1,8}):(\d{1,3}):(\d{1,3}):([A-Za-z0-9_-]{16,100}):([A-Za-z0-9_-]{43})$/;
/**
 * A request with an unknown key costs that much memory and time: 128 MiB, about a second. Larger numbers stand in a file by
 * mistake, or to stop mcp-pipe.
 */
const MOST_BYTES = 128 * 1024 * 1024;
const MOST_WORK = 2 ** 21;

/** Whether a text is meant as the hash of a key: no key itself may look so. */
export function isKeyHash(text: string): boolean {
  return text.startsWith(PREFIX);
}

/** Reads `scrypt:N:r:p:SALT:HASH`, the last two in base64url; undefined for anything else, and for costs that nobody can pay. */
export function readKeyHash(text: string): KeyHash | undefined {
  const [, ...parts] = FORM.exec(text) ?? [];
  const [N, r, p] = parts.slice(0, 3).map(Number) as [number, number, number];
  const [salt, hash] = parts.slice(3).map((part) => Buffer.from(part, 'base64url'));
  if (!salt || hash?.length !== 32) return undefined;
  const isPower = N > 1 && (N & (N - 1)) === 0;
  const isPayable = r >= 1 && p >= 1 && bytesOf({ N, r }) <= MOST_BYTES && N * r * p <= MOST_WORK;
  return isPower && isPayable ? { cost: { N, r, p }, salt, hash } : undefined;
}

export function keyHashText({ cost: { N, r, p }, salt, hash }: KeyHash): string {
  return `${PREFIX}${[N, r, p, salt.toString('base64url'), hash.toString('base64url')].join(':')}`;
}

/** The memory that such a hash takes (RFC 7914 §2). */
export function bytesOf({ N, r }: Pick<KeyHash['cost'], 'N' | 'r'>): number {
  return 128 * N * r;
}
