import { CONTROL, checkBytes, ESCAPED, FINDS_ESCAPES_FROM_BYTES } from './byte-check.js';
import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  SPACE,
} from './json-bytes.js';

/** This many bytes of a string are read one by one; native searches, which are slower for short strings, read the rest. */
const SHORT_STRING_BYTES = 64;

const NOTHING = Buffer.alloc(0);

const UNDERSCORE = 0x5f;
const SMALL_N = 0x6e;

/**
 * Scans JSON (RFC 8259) without parsing it. One instance serves every frame: this runs for each message, and is fast
 * because it allocates nothing. It accepts exactly what `JSON.parse` accepts, and does not check that the bytes are UTF-8.
 */
export class JsonScan {
  bytes: Buffer = NOTHING;
  /** Offsets of the next backslash and quote, from the last search; Infinity for none. So long strings take linear time. */
  nextBackslash = -1;
  nextQuote = -1;
  /** True once a nested key spelled `progressToken` was read. */
  sawProgressToken = false;
  /** Whether `sawMeta` and `nameKeys` are kept; it costs a little. */
  watchesKeys = false;
  /** True once a nested key was read that may be spelled `_meta`. */
  sawMeta = false;
  /** Number of nested keys so far that may be spelled `name`. */
  nameKeys = 0;
  /** True once a line break between tokens was read. */
  sawLineBreak = false;
  /** The bytes of all strings, combined with OR; only the highest bit is exact. */
  seen = 0;
  /** Open objects (1) and arrays (0) around the present value. */
  stack = new Uint8Array(64);

  start(bytes: Buffer, watchesKeys = false): void {
    this.bytes = bytes;
    this.watchesKeys = watchesKeys;
    this.nextBackslash = -1;
    this.nextQuote = -1;
    this.sawProgressToken = false;
    this.sawMeta = false;
    this.nameKeys = 0;
    this.sawLineBreak = false;
    this.seen = 0;
  }

  /** Whether every byte that was read is known to be ASCII and no line break. */
  get sawPlainTextOnly(): boolean {
    return this.seen < 0x80 && !this.sawLineBreak;
  }

  /** What follows is not read: nothing is known of its bytes. */
  leaveRest(): void {
    this.seen |= 0x80;
  }

  /** Releases the frame. */
  done(): void {
    this.bytes = NOTHING;
  }

  /** The first index from `i` on that holds no white space. */
  skipSpace(i: number): number {
    const b = this.bytes;
    for (;;) {
      const c = b[i]!;
      if (c > SPACE) return i;
      if (c === 0x0a || c === 0x0d) this.sawLineBreak = true;
      else if (c !== SPACE && c !== 0x09) return i;
      i += 1;
    }
  }

  /** The index behind the value that starts at `start`, or -1. Not recursive, because the sender chooses the depth. */
  skipValue(start: number): number {
    const b = this.bytes;
    let depth = 0;
    let i = start;
    for (;;) {
      if (!(b[i]! > SPACE)) i = this.skipSpace(i);
      const c = b[i];
      if (c === QUOTE) i = this.skipString(i + 1);
      else if (c === OPEN_BRACE || c === OPEN_BRACKET) {
        const close = c + 2;
        i = b[i + 1]! > SPACE ? i + 1 : this.skipSpace(i + 1);
        if (b[i] !== close) {
          if (depth === this.stack.length) this.growStack();
          this.stack[depth] = c === OPEN_BRACE ? 1 : 0;
          depth += 1;
          if (c === OPEN_BRACE) {
            i = this.skipKey(i);
            if (i < 0) return -1;
          }
          continue;
        }
        i += 1;
      } else i = this.skipScalar(i);
      if (i < 0) return -1;
      // A value is complete, and with it every object and array that ends behind it.
      for (;;) {
        if (depth === 0) return i;
        if (!(b[i]! > SPACE)) i = this.skipSpace(i);
        const inObject = this.stack[depth - 1] === 1;
        const next = b[i];
        if (next === COMMA) {
          i += 1;
          if (inObject) {
            i = this.skipKey(b[i]! > SPACE ? i : this.skipSpace(i));
            if (i < 0) return -1;
          }
          break;
        }
        if (next !== (inObject ? CLOSE_BRACE : CLOSE_BRACKET)) return -1;
        depth -= 1;
        i += 1;
      }
    }
  }

  growStack(): void {
    const larger = new Uint8Array(this.stack.length * 2);
    larger.set(this.stack);
    this.stack = larger;
  }

  /** Skips the key that should begin at `i`. Returns the index behind its colon, or -1. */
  skipKey(i: number): number {
    if (this.bytes[i] !== QUOTE) return -1;
    const end = this.skipString(i + 1);
    if (end < 0) return -1;
    // `progressToken` has 13 letters; the first and the last one tell it from nearly every other key.
    if (end - i === 15 && this.bytes[i + 1] === 0x70 && this.bytes[i + 13] === 0x6e)
      this.sawProgressToken = true;
    if (this.watchesKeys) this.watchKey(this.bytes[i + 1]);
    const colon = this.bytes[end] === COLON ? end : this.skipSpace(end);
    return this.bytes[colon] === COLON ? colon + 1 : -1;
  }

  /** Notes a key by its first byte; one with an escape may be spelled in any way. */
  watchKey(first: number | undefined): void {
    if (first === UNDERSCORE || first === BACKSLASH) this.sawMeta = true;
    if (first === SMALL_N || first === BACKSLASH) this.nameKeys += 1;
  }

  /** Skips a string from `start`, behind its opening quote. Returns the index behind the closing one, or -1. */
  skipString(start: number): number {
    const b = this.bytes;
    let i = start;
    let seen = 0;
    let isEscaped = false;
    for (;;) {
      const walkTo = Math.min(b.length, i + SHORT_STRING_BYTES);
      while (i < walkTo) {
        const c = b[i]!;
        if (c > BACKSLASH || (c !== BACKSLASH && c !== QUOTE && c >= SPACE)) {
          seen |= c;
          i += 1;
        } else if (c === QUOTE) {
          this.seen |= seen;
          return i + 1;
        } else {
          i = c === BACKSLASH ? this.skipEscape(i) : -1;
          if (i < 0) return -1;
        }
      }
      if (i >= b.length) return -1;
      if (this.nextQuote < i) this.nextQuote = this.search(QUOTE, i);
      if (this.nextQuote === Number.POSITIVE_INFINITY) return -1;
      let end = this.nextQuote;
      // The check of a long string says whether there are escapes, which saves the search for them, once.
      const isTried = !isEscaped && this.nextBackslash < i && end - i >= FINDS_ESCAPES_FROM_BYTES;
      let found = isTried ? checkBytes(b, i, end) : ESCAPED;
      if ((found & (CONTROL | ESCAPED)) === ESCAPED) {
        isEscaped = true;
        if (this.nextBackslash < i) this.nextBackslash = this.search(BACKSLASH, i);
        end = Math.min(end, this.nextBackslash);
        found = checkBytes(b, i, end);
      }
      // No string holds a raw control character (RFC 8259 §7).
      if ((found & CONTROL) !== 0) return -1;
      seen |= found;
      if (end === this.nextQuote) {
        this.seen |= seen;
        return end + 1;
      }
      i = this.skipEscape(end);
      if (i < 0) return -1;
    }
  }

  search(byte: number, from: number): number {
    const found = this.bytes.indexOf(byte, from);
    return found < 0 ? Number.POSITIVE_INFINITY : found;
  }

  skipEscape(i: number): number {
    const b = this.bytes;
    switch (b[i + 1]) {
      case QUOTE:
      case BACKSLASH:
      case 0x2f: // /
      case 0x62: // b
      case 0x66: // f
      case 0x6e: // n
      case 0x72: // r
      case 0x74: // t
        return i + 2;
      case 0x75: // u
        return isHex(b[i + 2]) && isHex(b[i + 3]) && isHex(b[i + 4]) && isHex(b[i + 5]) ? i + 6 : -1;
      default:
        return -1;
    }
  }

  skipScalar(i: number): number {
    const c = this.bytes[i];
    if (c === 0x74) return this.skipWord(i, 'true');
    if (c === 0x66) return this.skipWord(i, 'false');
    if (c === 0x6e) return this.skipWord(i, 'null');
    return this.skipNumber(i);
  }

  skipWord(i: number, word: string): number {
    for (let k = 1; k < word.length; k++) if (this.bytes[i + k] !== word.charCodeAt(k)) return -1;
    return i + word.length;
  }

  skipNumber(start: number): number {
    const b = this.bytes;
    let i = start;
    if (b[i] === 0x2d) i += 1;
    if (b[i] === 0x30) i += 1;
    else {
      if (!isDigit(b[i])) return -1;
      i = this.skipDigits(i);
    }
    if (b[i] === 0x2e) {
      if (!isDigit(b[i + 1])) return -1;
      i = this.skipDigits(i + 1);
    }
    if (b[i] === 0x65 || b[i] === 0x45) {
      i += 1;
      if (b[i] === 0x2b || b[i] === 0x2d) i += 1;
      if (!isDigit(b[i])) return -1;
      i = this.skipDigits(i);
    }
    return i;
  }

  skipDigits(start: number): number {
    let i = start;
    while (isDigit(this.bytes[i])) i += 1;
    return i;
  }
}

function isDigit(c: number | undefined): boolean {
  return c !== undefined && c >= 0x30 && c <= 0x39;
}

function isHex(c: number | undefined): boolean {
  if (c === undefined) return false;
  return isDigit(c) || (c >= 0x41 && c <= 0x46) || (c >= 0x61 && c <= 0x66);
}
