import type { Writable } from 'node:stream';
import type { Frame } from '../protocol/frame.js';

const NEWLINE = Buffer.from('\n');
/** Frames larger than this are written without being copied. Smaller ones are copied into one write, which is cheaper. */
const COPY_BELOW_BYTES = 64 * 1024;

/** Writes each frame as a line: one write for all small frames of a batch; large ones go out without being copied. */
export function writeLines(to: Writable, batch: readonly Frame[]): void {
  let bytes = 0;
  let large = false;
  for (const frame of batch) {
    bytes += frame.length + 1;
    large ||= frame.length > COPY_BELOW_BYTES;
  }
  if (!large) {
    to.write(joinLines(batch, 0, batch.length, bytes));
    return;
  }
  to.cork();
  let first = 0;
  let small = 0;
  for (let i = 0; i <= batch.length; i++) {
    const frame = batch[i];
    if (frame && frame.length <= COPY_BELOW_BYTES) {
      small += frame.length + 1;
      continue;
    }
    if (small > 0) to.write(joinLines(batch, first, i, small));
    first = i + 1;
    small = 0;
    if (!frame) break;
    to.write(frame);
    to.write(NEWLINE);
  }
  to.uncork();
}

function joinLines(batch: readonly Frame[], from: number, to: number, bytes: number): Buffer {
  const lines = Buffer.allocUnsafe(bytes);
  let at = 0;
  for (let i = from; i < to; i++) {
    const frame = batch[i]!;
    lines.set(frame, at);
    at += frame.length;
    lines[at] = 0x0a;
    at += 1;
  }
  return lines;
}
