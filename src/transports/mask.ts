import { createRequire } from 'node:module';

/** Of a WebSocket frame that a client sends: its payload is masked with these bytes (RFC 6455 §5.3). */
export const MASK_BYTES = 4;

/** Fewer bytes than this are masked one by one, which is faster for them. */
export const MASK_BY_WORD_FROM = 48;

type Mask = (source: Buffer, mask: Buffer, output: Buffer, offset: number, length: number) => void;

/** The native masking that `ws` uses as well where it is installed (package bufferutil). */
export const nativeMask: Mask | undefined = (() => {
  try {
    return (createRequire(import.meta.url)('bufferutil') as { mask: Mask }).mask;
  } catch {
    return undefined;
  }
})();

/**
 * XORs `bytes` from `start` to `end` in place with the four bytes at `key` of `keys`, a word at a time where words begin. `phase`
 * is the number of bytes of the payload before `start`. A second call takes it back.
 */
export function maskInPlace(
  bytes: Buffer,
  start: number,
  end: number,
  keys: Buffer,
  key: number,
  phase = 0,
): void {
  let i = start;
  if (end - start < MASK_BY_WORD_FROM) {
    for (; i < end; i++) bytes[i]! ^= keys[key + ((i - start + phase) & 3)]!;
    return;
  }
  while (((bytes.byteOffset + i) & 3) !== 0) {
    bytes[i]! ^= keys[key + ((i - start + phase) & 3)]!;
    i += 1;
  }
  const turn = i - start + phase;
  let mask = 0;
  // Words of an `Int32Array` have the byte order of the machine (s390x is big-endian).
  for (let k = 0; k < 4; k++) {
    const byte = keys[key + ((turn + k) & 3)]!;
    mask |= byte << (8 * (LITTLE_ENDIAN ? k : 3 - k));
  }
  const count = (end - i) >> 2;
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + i, count);
  for (let w = 0; w < count; w++) words[w]! ^= mask;
  for (i += count * 4; i < end; i++) bytes[i]! ^= keys[key + ((i - start + phase) & 3)]!;
}

const LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;
