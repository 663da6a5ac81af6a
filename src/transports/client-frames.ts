import { randomFillSync } from 'node:crypto';
import type { Frame } from '../protocol/frame.js';
import { BlockPool, POOLED_FROM_BYTES } from './block-pool.js';
import { MASK_BY_WORD_FROM, MASK_BYTES, maskInPlace, nativeMask } from './mask.js';

/** Final text frame (RFC 6455 §5.2). */
const TEXT = 0x81;
const MASKED = 0x80;
/** Up to this size frames of a batch share one block of memory; a larger one gets its own. */
const SHARE_BELOW_BYTES = 64 * 1024;

const pool = new BlockPool();

/** A block of `clientFrames` was written, and nothing reads it any more. */
export function blockWritten(block: Buffer): void {
  if (block.length >= POOLED_FROM_BYTES) pool.giveBack(block);
}

/**
 * A client's text frames for a batch, ready to be written: as few blocks as possible, so that a batch of small messages
 * is one write of one block. `ws` would make two blocks of each and mask them byte by byte.
 */
// D44
export function clientFrames(batch: readonly Frame[]): Buffer[] {
  const blocks: Buffer[] = [];
  let first = 0;
  let bytes = 0;
  for (let i = 0; i <= batch.length; i++) {
    const frame = batch[i];
    const small = frame !== undefined && frame.length < SHARE_BELOW_BYTES;
    if (small && bytes < SHARE_BELOW_BYTES) {
      bytes += headerBytes(frame.length) + frame.length;
      continue;
    }
    if (i > first) blocks.push(block(batch, first, i, bytes));
    first = i;
    bytes = frame === undefined ? 0 : headerBytes(frame.length) + frame.length;
  }
  return blocks;
}

function block(batch: readonly Frame[], from: number, to: number, bytes: number): Buffer {
  const out = bytes < POOLED_FROM_BYTES ? Buffer.allocUnsafe(bytes) : pool.take(bytes);
  let at = 0;
  for (let i = from; i < to; i++) at = putFrame(out, at, batch[i]!);
  return out;
}

function headerBytes(length: number): number {
  return (length < 126 ? 2 : length < 65_536 ? 4 : 10) + MASK_BYTES;
}

function putFrame(out: Buffer, start: number, frame: Frame): number {
  const { length } = frame;
  let at = start;
  out[at++] = TEXT;
  if (length < 126) out[at++] = MASKED | length;
  else if (length < 65_536) {
    out[at++] = MASKED | 126;
    out[at++] = length >>> 8;
    out[at++] = length & 0xff;
  } else {
    out[at++] = MASKED | 127;
    out.writeUIntBE(0, at, 2);
    out.writeUIntBE(length, at + 2, 6);
    at += 8;
  }
  const key = nextKey();
  out[at] = randomBytes[key]!;
  out[at + 1] = randomBytes[key + 1]!;
  out[at + 2] = randomBytes[key + 2]!;
  out[at + 3] = randomBytes[key + 3]!;
  at += MASK_BYTES;
  if (length < MASK_BY_WORD_FROM) {
    for (let i = 0; i < length; i++) out[at + i] = frame[i]! ^ randomBytes[key + (i & 3)]!;
  } else if (nativeMask) nativeMask(frame, out.subarray(at - MASK_BYTES, at), out, at, length);
  else {
    out.set(frame, at);
    maskInPlace(out, at, at + length, randomBytes, key);
  }
  return at + length;
}

/** Unpredictable keys (RFC 6455 §5.3), drawn many at a time. */
const randomBytes = Buffer.alloc(8 * 1024);
let nextRandom = randomBytes.length;

function nextKey(): number {
  if (nextRandom === randomBytes.length) {
    randomFillSync(randomBytes);
    nextRandom = 0;
  }
  nextRandom += MASK_BYTES;
  return nextRandom - MASK_BYTES;
}
