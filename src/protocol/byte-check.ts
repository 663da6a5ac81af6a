import { BACKSLASH } from './json-bytes.js';

/** Bits of the result of `checkBytes`. */
export const CONTROL = 0x01;
export const ESCAPED = 0x02;
export const NOT_ASCII = 0x80;

/** From this length on backslashes are found as well, and the vector code is used, once it is loaded. */
export const FINDS_ESCAPES_FROM_BYTES = 384;

/** From this length on four bytes are checked together; for fewer bytes that is slower. */
const WORDS_FROM_BYTES = 32;
/** The vector code is loaded after this many bytes were checked without it: not for the messages of a start. */
const VECTORS_AFTER_BYTES = 64 * 1024;

/**
 * Whether `bytes` hold a control character below 0x20, a backslash, or a byte that is not ASCII, between `start` and `end`.
 * Returns the bits above, or 0. Backslashes are looked for in long pieces only. When one of the first two bits is set, the
 * others may be missing.
 *
 * JavaScript checks a byte in about a nanosecond, and four together in a quarter of that. WebAssembly checks 16 in one
 * instruction, so a payload of a megabyte takes 40 µs, less than everything else that is done with it.
 */
export function checkBytes(bytes: Buffer, start: number, end: number): number {
  const length = end - start;
  if (length < WORDS_FROM_BYTES) return byBytes(bytes, start, end);
  if (length < FINDS_ESCAPES_FROM_BYTES) return byWords(bytes, start, end);
  if (vectors === undefined) {
    byWordsBytes += length;
    if (byWordsBytes >= VECTORS_AFTER_BYTES) vectors = loadVectors();
  }
  if (vectors !== undefined && vectors !== 'none') return byVectors(vectors, bytes, start, end);
  const isEscaped = bytes.subarray(start, end).includes(BACKSLASH);
  return byWords(bytes, start, end) | (isEscaped ? ESCAPED : 0);
}

function byBytes(bytes: Buffer, start: number, end: number): number {
  let all = 0;
  for (let i = start; i < end; i++) {
    const c = bytes[i]!;
    if (c < 0x20) return CONTROL;
    all |= c;
  }
  return all & NOT_ASCII;
}

function byWords(bytes: Buffer, start: number, end: number): number {
  const aligned = start + (-(bytes.byteOffset + start) & 3);
  const count = (end - aligned) >> 2;
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + aligned, count);
  let all = 0;
  let low = 0;
  // The highest bit of each byte in `low`: one of the word's bytes is less than 0x20 ("Bit Twiddling Hacks", hasless).
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    const a = words[i]!;
    const b = words[i + 1]!;
    const c = words[i + 2]!;
    const d = words[i + 3]!;
    all |= a | b | c | d;
    low |= ((a - 0x20202020) & ~a) | ((b - 0x20202020) & ~b);
    low |= ((c - 0x20202020) & ~c) | ((d - 0x20202020) & ~d);
  }
  for (; i < count; i++) {
    const word = words[i]!;
    all |= word;
    low |= (word - 0x20202020) & ~word;
  }
  if ((low & 0x80808080) !== 0) return CONTROL;
  const found = byBytes(bytes, start, aligned) | byBytes(bytes, aligned + 4 * count, end);
  return found & CONTROL ? CONTROL : found | ((all & 0x80808080) !== 0 ? NOT_ASCII : 0);
}

interface Vectors {
  memory: Buffer;
  check: (length: number) => number;
}

/** The vector code; `none` where it cannot be loaded (old processors, `--jitless`, too little address space). */
let vectors: Vectors | 'none' | undefined;
/** Bytes checked without vector code, in pieces that are long enough for it. */
let byWordsBytes = 0;

/** Bytes that one turn of the loop checks: four vectors of 16. */
const VECTOR_BYTES = 64;

function byVectors({ memory, check }: Vectors, bytes: Buffer, start: number, end: number): number {
  let found = 0;
  for (let at = start; at < end && (found & (CONTROL | ESCAPED)) === 0; at += memory.length) {
    const length = bytes.copy(memory, 0, at, Math.min(end, at + memory.length));
    const whole = Math.ceil(length / VECTOR_BYTES) * VECTOR_BYTES;
    if (whole > length) memory.fill(0x20, length, whole);
    found |= check(whole);
  }
  return found;
}

/** A piece of this size stays in the processor's cache between being copied and being checked. */
const PIECE_BYTES = 32 * 1024;

/** The parts of `WebAssembly` that are used; the types of Node.js do not have it. */
interface Assembly {
  Module: new (code: Uint8Array) => object;
  Instance: new (module: object) => { exports: { memory: { buffer: ArrayBuffer }; check: Vectors['check'] } };
}

function loadVectors(): Vectors | 'none' {
  try {
    const { Module, Instance } = (globalThis as unknown as { WebAssembly: Assembly }).WebAssembly;
    const { memory, check } = new Instance(new Module(vectorCode())).exports;
    return { memory: Buffer.from(memory.buffer, 0, PIECE_BYTES), check };
  } catch {
    return 'none';
  }
}

/**
 * The module, in WebAssembly's binary format (core specification, §5). As text:
 *
 *     (memory (export "memory") 1)
 *     (func (export "check") (param $length i32) (result i32)
 *       (local $i i32) (local $least v128) (local $all v128) (local $now v128) (local $escapes v128) (local $backslash v128)
 *       (local.set $least (i8x16.splat (i32.const -1)))
 *       (local.set $backslash (i8x16.splat (i32.const 0x5c)))
 *       (loop
 *         ;; four times, at $i, $i+16, $i+32, $i+48:
 *         (local.set $least (i8x16.min_u (local.get $least) (local.tee $now (v128.load (local.get $i)))))
 *         (local.set $all (v128.or (local.get $all) (local.get $now)))
 *         (local.set $escapes (v128.or (local.get $escapes) (i8x16.eq (local.get $now) (local.get $backslash))))
 *         (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 64))) (local.get $length))))
 *       (i32.or
 *         (i32.or
 *           (v128.any_true (i8x16.lt_u (local.get $least) (i8x16.splat (i32.const 32))))
 *           (i32.shl (i32.ne (i8x16.bitmask (local.get $all)) (i32.const 0)) (i32.const 7)))
 *         (i32.shl (v128.any_true (local.get $escapes)) (i32.const 1))))
 */
function vectorCode(): Uint8Array {
  const [length, i, least, all, now, escapes, backslash] = [0, 1, 2, 3, 4, 5, 6];
  const [get, set, tee] = [0x20, 0x21, 0x22];
  const simd = 0xfd;
  const number = (n: number) => [0x41, ...leb(n)];
  const step = (offset: number) => [
    ...[get, least, get, i, simd, 0x00, 0x00, offset, tee, now, simd, 0x77, set, least],
    ...[get, all, get, now, simd, 0x50, set, all],
    ...[get, escapes, get, now, get, backslash, simd, 0x23, simd, 0x50, set, escapes],
  ];
  const code = [
    ...[2, 1, 0x7f, 5, 0x7b], // locals: one i32, five v128
    ...[0x41, 0x7f, simd, 0x0f, set, least],
    ...[...number(BACKSLASH), simd, 0x0f, set, backslash],
    ...[0x03, 0x40, ...step(0), ...step(16), ...step(32), ...step(48)],
    ...[get, i, ...number(VECTOR_BYTES), 0x6a, tee, i, get, length, 0x49, 0x0d, 0, 0x0b],
    ...[get, least, 0x41, 32, simd, 0x0f, simd, 0x26, simd, 0x53],
    ...[get, all, simd, 0x64, 0x41, 0, 0x47, 0x41, 7, 0x74, 0x72],
    ...[get, escapes, simd, 0x53, 0x41, 1, 0x74, 0x72, 0x0b],
  ];
  const named = (name: string) => [name.length, ...Buffer.from(name)];
  const section = (id: number, content: number[]) => [id, ...leb(content.length), ...content];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 1, 0x7f, 1, 0x7f]), // one type: i32 -> i32
    ...section(3, [1, 0]), // one function, of that type
    ...section(5, [1, 0, 1]), // one memory of one page, 64 KiB
    ...section(7, [2, ...named('memory'), 2, 0, ...named('check'), 0, 0]),
    ...section(10, [1, ...leb(code.length), ...code]),
  ]);
}

/** A number below 2^14 as LEB128, signed or not, whose second byte is there when the first has no room for a sign. */
function leb(n: number): number[] {
  return n < 64 ? [n] : [(n & 0x7f) | 0x80, n >> 7];
}
