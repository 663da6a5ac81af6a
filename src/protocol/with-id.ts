import { withOriginOf } from './call-origin.js';
import { type Envelope, keepWithId, type RawId } from './envelope.js';
import type { Frame } from './frame.js';
import { markedAs } from './own-error.js';

/** Up to this many bytes are copied one by one, which takes less time than a native call; ids nearly always stand first. */
const FEW_BYTES = 64;
const MAX_INT = 2 ** 31 - 1;

/** The frame with another id; all other bytes stay as they are. */
export function withId(frame: Frame, envelope: Envelope, raw: RawId): Frame {
  const { idStart, idEnd } = envelope;
  // A number is written without making a string of it: with several clients of a server that happens twice for each call.
  const text = typeof raw === 'number' && Number.isSafeInteger(raw) && raw >= 0 ? undefined : String(raw);
  const idBytes = text === undefined ? digitsOf(raw as number) : Buffer.byteLength(text);
  const longer = idBytes - (idEnd - idStart);
  const block = Buffer.allocUnsafe(frame.length + Math.max(0, longer));
  // One native copy, to where the bytes behind the id have to stand; the few before it are written again.
  block.set(frame, Math.max(0, longer));
  const start = Math.max(0, -longer);
  const at = start + idStart;
  if (longer !== 0 && idStart > FEW_BYTES) frame.copy(block, start, 0, idStart);
  else if (longer !== 0) for (let i = 0; i < idStart; i++) block[start + i] = frame[i]!;
  if (text === undefined) putDigits(block, at, idBytes, raw as number);
  else block.write(text, at, 'utf8');
  const changed = start === 0 ? block : block.subarray(start);
  if (envelope.kind === 'response') keepWithId(frame, envelope, changed, longer, raw);
  return markedAs(frame, withOriginOf(frame, changed));
}

function digitsOf(value: number): number {
  let digits = 1;
  for (let limit = 10; value >= limit; limit *= 10) digits += 1;
  return digits;
}

function putDigits(to: Buffer, at: number, digits: number, value: number): void {
  let i = at + digits - 1;
  let left = value;
  for (; left > MAX_INT; left = Math.floor(left / 10)) to[i--] = 0x30 + (left % 10);
  // V8 divides integers without a division.
  let rest = left | 0;
  for (; i >= at; i--) {
    const tens = (rest / 10) | 0;
    to[i] = 0x30 + rest - tens * 10;
    rest = tens;
  }
}
