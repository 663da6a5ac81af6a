import { withOriginOf } from './call-origin.js';
import type { Frame } from './frame.js';
import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
} from './json-bytes.js';
import { JsonScan } from './json-scan.js';
import { markedAs } from './own-error.js';

/** A JSON value inside a frame, by its byte offsets. */
export interface Range {
  start: number;
  end: number;
}

/** A member of an object: its key, decoded, and the offsets of its value. */
export interface ObjectMember extends Range {
  key: string;
}

/** Bytes that replace a part of a frame. */
export interface Edit extends Range {
  bytes: Buffer | string;
}

const scan = new JsonScan();

/**
 * The value at `path` below the object at `within` (default: the whole frame), found without parsing; undefined when
 * there is none, or when a value on the path is no object. Of equal keys the last one counts, as for JSON.parse. The
 * frame must be one that `readEnvelope` takes for JSON.
 */
export function valueAt(frame: Frame, path: readonly string[], within?: Range): Range | undefined {
  let range = within ?? { start: 0, end: frame.length };
  for (const step of path) {
    const [found] = findMembers(frame, range.start, [step]);
    if (!found) return undefined;
    range = found;
  }
  return range;
}

/**
 * The offsets of the values of some members of the object at `start`, in the order of `keys`; undefined for a member
 * that is missing. One scan without creating strings, for messages whose other members are only passed on.
 */
export function findMembers(frame: Frame, start: number, keys: readonly string[]): (Range | undefined)[] {
  const found = new Array<Range | undefined>(keys.length).fill(undefined);
  scan.start(frame);
  let at = firstKey(frame, start);
  while (at >= 0) {
    at = nextKey(frame, at);
    if (at === BROKEN) break;
    for (let k = 0; k < keys.length; k++) {
      if (spells(frame, keyStart, keyEnd, keys[k]!)) found[k] = { start: valueStart, end: valueEnd };
    }
  }
  if (at === BROKEN) found.fill(undefined);
  scan.done();
  return found;
}

/** The members of the object at `range`, in order; none when it is no object. */
export function membersOf(frame: Frame, { start }: Range): ObjectMember[] {
  const members: ObjectMember[] = [];
  scan.start(frame);
  let at = firstKey(frame, start);
  while (at >= 0) {
    at = nextKey(frame, at);
    if (at === BROKEN) break;
    members.push({ key: stringAt(frame, keyStart, keyEnd), start: valueStart, end: valueEnd });
  }
  if (at === BROKEN) members.length = 0;
  scan.done();
  return members;
}

const DONE = -1;
const BROKEN = -2;
/** Offset of the member that `nextKey` has read. */
let keyStart = 0;
let keyEnd = 0;
let valueStart = 0;
let valueEnd = 0;

/** The offset of the first key of the object at `start`; `DONE` when it has none, `BROKEN` when it is no object. */
function firstKey(frame: Frame, start: number): number {
  const open = scan.skipSpace(start);
  return frame[open] === OPEN_BRACE ? keyOrEnd(frame, scan.skipSpace(open + 1)) : BROKEN;
}

/** Reads the member whose key begins at `at`. Returns the offset of the next key, `DONE` or `BROKEN`. */
function nextKey(frame: Frame, at: number): number {
  keyStart = at;
  keyEnd = scan.skipString(at + 1);
  if (keyEnd < 0) return BROKEN;
  const colon = scan.skipSpace(keyEnd);
  if (frame[colon] !== COLON) return BROKEN;
  valueStart = scan.skipSpace(colon + 1);
  valueEnd = scan.skipValue(valueStart);
  if (valueEnd < 0) return BROKEN;
  const behind = scan.skipSpace(valueEnd);
  return frame[behind] === COMMA
    ? keyOrEnd(frame, scan.skipSpace(behind + 1))
    : frame[behind] === CLOSE_BRACE
      ? DONE
      : BROKEN;
}

function keyOrEnd(frame: Frame, at: number): number {
  if (frame[at] === QUOTE) return at;
  return frame[at] === CLOSE_BRACE ? DONE : BROKEN;
}

/** The elements of the array at `range`, in order; none when it is no array. */
export function elementsOf(frame: Frame, { start }: Range): Range[] {
  const elements: Range[] = [];
  scan.start(frame);
  let at = scan.skipSpace(start);
  if (frame[at] === OPEN_BRACKET) {
    at = scan.skipSpace(at + 1);
    while (at < frame.length && frame[at] !== CLOSE_BRACKET) {
      const end = scan.skipValue(at);
      if (end < 0) break;
      elements.push({ start: at, end });
      at = scan.skipSpace(end);
      if (frame[at] !== COMMA) break;
      at = scan.skipSpace(at + 1);
    }
    if (frame[at] !== CLOSE_BRACKET) elements.length = 0;
  }
  scan.done();
  return elements;
}

/** The string at `range`; undefined when the value there is no string. */
export function textIn(frame: Frame, { start, end }: Range): string | undefined {
  return frame[start] === QUOTE ? stringAt(frame, start, end) : undefined;
}

/** The value at `range`, parsed. */
export function parsed(frame: Frame, { start, end }: Range): unknown {
  return JSON.parse(frame.toString('utf8', start, end));
}

/** The frame with all edits; all other bytes stay as they are. Edits must not overlap; their order does not matter. */
export function spliced(frame: Frame, edits: readonly Edit[]): Frame {
  const parts: Buffer[] = [];
  let at = 0;
  for (const { start, end, bytes } of [...edits].sort((a, b) => a.start - b.start)) {
    parts.push(frame.subarray(at, start), typeof bytes === 'string' ? Buffer.from(bytes) : bytes);
    at = end;
  }
  parts.push(frame.subarray(at));
  return markedAs(frame, withOriginOf(frame, Buffer.concat(parts)));
}

/** Whether the string token between `start` and `end`, quotes included, is `word`, which is plain ASCII. */
function spells(frame: Frame, start: number, end: number, word: string): boolean {
  if (end - start === word.length + 2) {
    let k = 0;
    while (k < word.length && frame[start + 1 + k] === word.charCodeAt(k)) k += 1;
    return k === word.length;
  }
  // A longer token may spell it with escapes (RFC 8259 §7).
  return (
    end - start > word.length + 2 && hasEscape(frame, start, end) && stringAt(frame, start, end) === word
  );
}

function hasEscape(frame: Frame, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (frame[i] === BACKSLASH) return true;
  return false;
}

/** The string token between `start` and `end`, quotes included. */
function stringAt(frame: Frame, start: number, end: number): string {
  const inner = frame.toString('utf8', start + 1, end - 1);
  return inner.includes('\\') ? (JSON.parse(`"${inner}"`) as string) : inner;
}
