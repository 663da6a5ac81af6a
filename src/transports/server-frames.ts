import type { Frame } from '../protocol/frame.js';

/** Final text frame (RFC 6455 §5.2). */
const TEXT = 0x81;
/** Up to this size frames of a batch share one block of memory; a larger one is not copied. */
const SHARE_BELOW_BYTES = 64 * 1024;

/**
 * A server's text frames for a batch, which are not masked, ready to be written: as few blocks as possible, so that a batch of
 * small messages is one write of one block. A large message is a block by itself, behind one that ends with its header.
 */
// D44
export function serverFrames(batch: readonly Frame[]): Buffer[] {
  const blocks: Buffer[] = [];
  let first = 0;
  let bytes = 0;
  for (let i = 0; i < batch.length; i++) {
    const frame = batch[i]!;
    bytes += headerBytes(frame.length);
    const isLarge = frame.length >= SHARE_BELOW_BYTES;
    if (!isLarge) bytes += frame.length;
    if (!isLarge && bytes < SHARE_BELOW_BYTES && i < batch.length - 1) continue;
    blocks.push(block(batch, first, i, bytes));
    if (isLarge) blocks.push(frame);
    first = i + 1;
    bytes = 0;
  }
  return blocks;
}

/** The frames from `from` to `to`; of a large one its header only, which has room at the end. */
function block(batch: readonly Frame[], from: number, to: number, bytes: number): Buffer {
  const out = Buffer.allocUnsafe(bytes);
  let at = 0;
  for (let i = from; i <= to; i++) {
    const frame = batch[i]!;
    at = putHeader(out, at, frame.length);
    if (frame.length < SHARE_BELOW_BYTES) {
      out.set(frame, at);
      at += frame.length;
    }
  }
  return out;
}

function headerBytes(length: number): number {
  return length < 126 ? 2 : length < 65_536 ? 4 : 10;
}

function putHeader(out: Buffer, start: number, length: number): number {
  let at = start;
  out[at++] = TEXT;
  if (length < 126) out[at++] = length;
  else if (length < 65_536) {
    out[at++] = 126;
    out[at++] = length >>> 8;
    out[at++] = length & 0xff;
  } else {
    out[at++] = 127;
    out.writeUIntBE(0, at, 2);
    out.writeUIntBE(length, at + 2, 6);
    at += 8;
  }
  return at;
}
