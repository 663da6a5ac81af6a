import { withOriginOf } from './call-origin.js';
import { type Envelope, keepChanged, type RawId } from './envelope.js';
import type { Frame } from './frame.js';
import type { Range } from './json-parts.js';
import { markedAs } from './own-error.js';

/** Up to this many bytes are copied one by one, which takes no longer than a native call; ids and names nearly always stand first. */
const FEW_BYTES = 128;
const MAX_INT = 2 ** 31 - 1;

/** The frame with another id; all other bytes stay as they are. */
export function withId(frame: Frame, envelope: Envelope, raw: RawId): Frame {
  const { idStart, idEnd } = envelope;
  // A number is written without making a string of it: with several clients of a server that happens twice for each call.
  const text = typeof raw === 'number' && Number.isSafeInteger(raw) && raw >= 0 ? undefined : String(raw);
  const bytes = text === undefined ? digitsOf(raw as number) : Buffer.byteLength(text);
  const changed = withRoom(frame, idStart, idEnd, bytes);
  if (text === undefined) putDigits(changed, idStart, bytes, raw as number);
  else changed.write(text, idStart, 'utf8');
  // Requests are rarely read again. An id that is a string may be no plain text.
  if (envelope.kind === 'response' && typeof raw === 'number')
    keepChanged(frame, envelope, changed, idStart, raw, envelope.called);
  return markedAs(frame, withOriginOf(frame, changed));
}

/** The request with another name, `name` as JSON text in plain ASCII, in place of the one at `at` in its params. */
export function withName(frame: Frame, envelope: Envelope, { start, end }: Range, name: Buffer): Frame {
  const changed = withRoom(frame, start, end, name.length);
  changed.set(name, start);
  keepChanged(frame, envelope, changed, start, envelope.rawId, null);
  return markedAs(frame, withOriginOf(frame, changed));
}

/** A copy with room for `bytes` bytes in place of those between `start` and `end`; the others stand where they have to. */
function withRoom(frame: Frame, start: number, end: number, bytes: number): Frame {
  const longer = bytes - (end - start);
  const block = Buffer.allocUnsafe(frame.length + Math.max(0, longer));
  // One native copy, to where the bytes behind have to stand; the few before are written again.
  block.set(frame, Math.max(0, longer));
  if (longer === 0) return block;
  const first = Math.max(0, -longer);
  if (start > FEW_BYTES) frame.copy(block, first, 0, start);
  else for (let i = 0; i < start; i++) block[first + i] = frame[i]!;
  return first === 0 ? block : block.subarray(first);
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
