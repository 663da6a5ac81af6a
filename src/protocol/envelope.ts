import type { Frame } from './frame.js';

/**
 * What a JSON-RPC message is, read without building it in memory: the bytes are walked once, strings are hopped
 * over with native searches, and only top-level `id`, `method`, `jsonrpc`, `result` and `error` are looked at.
 */
export interface Envelope {
  /**
   * `other` is valid JSON that is no JSON-RPC message; `invalid` is no JSON. `batch` is an array (MCP 2025-03-26 only)
   * that holds a message; its members, messages or not, are in `items`.
   */
  kind: 'request' | 'notification' | 'response' | 'batch' | 'other' | 'invalid';
  /** Byte offsets of the id token in the frame; -1 without an id. */
  idStart: number;
  idEnd: number;
  method: string | undefined;
  /** The response carries `error`. */
  isError: boolean;
  /** `"jsonrpc":"2.0"` is there (JSON-RPC 2.0 §4). */
  versioned: boolean;
  items: BatchItem[] | undefined;
}

/** A member of a batch. Its id offsets are those in the whole frame. */
export interface BatchItem extends Envelope {
  /** Byte offsets of the member in the frame. */
  start: number;
  end: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const COMMA = 0x2c;
const COLON = 0x3a;
const IN_OBJECT = 1;
const IN_ARRAY = 2;
/** How far a string is walked byte by byte before native searches take over: shorter is cheaper by hand. */
const SHORT_STRING_BYTES = 64;
const READ_KEYS = new Set(['id', 'method', 'jsonrpc']);

/**
 * Never throws. Strict about JSON grammar (RFC 8259) except for one thing: control characters past the first
 * bytes of a long string are not looked for, because that would cost a walk over every payload. The values that
 * are read (`id`, `method`, `jsonrpc`) are checked whole.
 */
export function readEnvelope(frame: Frame): Envelope {
  const cursor = new Cursor(frame);
  const start = cursor.skipSpace(0);
  if (frame[start] === OPEN_BRACE) return cursor.readMessage(start, true) ?? blank('invalid');
  if (frame[start] === OPEN_BRACKET) return cursor.readBatch(start) ?? blank('invalid');
  const end = cursor.skipValue(start);
  return blank(end >= 0 && cursor.skipSpace(end) === frame.length ? 'other' : 'invalid');
}

function blank(kind: Envelope['kind']): Envelope {
  return {
    kind,
    idStart: -1,
    idEnd: -1,
    method: undefined,
    isError: false,
    versioned: false,
    items: undefined,
  };
}

class Cursor {
  readonly #b: Buffer;
  /** Where the next backslash and quote are, as of the last search; Infinity for none. Keeps long strings linear. */
  #nextBackslash = -1;
  #nextQuote = -1;

  constructor(frame: Buffer) {
    this.#b = frame;
  }

  /** The object at `i` as an envelope; undefined when it is no valid JSON object (or not the whole frame). */
  readMessage(i: number, whole: boolean): Envelope | undefined {
    const b = this.#b;
    const envelope = blank('other');
    let hasId = false;
    let hasResult = false;
    let hasError = false;
    let at = this.skipSpace(i + 1);
    if (b[at] === CLOSE_BRACE) at += 1;
    else
      for (;;) {
        const keyEnd = b[at] === QUOTE ? this.#skipString(at + 1) : -1;
        if (keyEnd < 0) return undefined;
        const key = this.#keyAt(at + 1, keyEnd - 1);
        const colon = this.skipSpace(keyEnd);
        if (b[colon] !== COLON) return undefined;
        const start = this.skipSpace(colon + 1);
        const end = this.skipValue(start);
        if (end < 0) return undefined;
        if (READ_KEYS.has(key) && this.#hasControlIn(start, end)) return undefined;
        if (key === 'id') {
          // An id is a string, a number or null (JSON-RPC 2.0 §4); anything else makes it no message.
          const c = b[start]!;
          hasId = c === QUOTE || c === 0x2d || (c >= 0x30 && c <= 0x39) || c === 0x6e;
          envelope.idStart = hasId ? start : -1;
          envelope.idEnd = hasId ? end : -1;
        } else if (key === 'method') {
          envelope.method = b[start] === QUOTE ? this.#stringAt(start, end) : undefined;
        } else if (key === 'jsonrpc') {
          envelope.versioned = b[start] === QUOTE && this.#stringAt(start, end) === '2.0';
        } else if (key === 'result') hasResult = true;
        else if (key === 'error') hasError = true;
        at = this.skipSpace(end);
        if (b[at] === COMMA) at = this.skipSpace(at + 1);
        else if (b[at] === CLOSE_BRACE) {
          at += 1;
          break;
        } else return undefined;
      }
    this.end = at;
    if (whole && this.skipSpace(at) !== b.length) return undefined;
    envelope.isError = hasError;
    if (envelope.method !== undefined) envelope.kind = hasId ? 'request' : 'notification';
    else if (hasResult || hasError) envelope.kind = 'response';
    return envelope;
  }

  /** Where the last `readMessage` stopped. */
  end = 0;

  readBatch(i: number): Envelope | undefined {
    const b = this.#b;
    const batch = blank('batch');
    batch.items = [];
    let at = this.skipSpace(i + 1);
    if (b[at] === CLOSE_BRACKET) return this.skipSpace(at + 1) === b.length ? blank('other') : undefined;
    for (;;) {
      if (b[at] === OPEN_BRACE) {
        const item = this.readMessage(at, false);
        if (!item) return undefined;
        batch.items.push({ ...item, start: at, end: this.end });
        at = this.end;
      } else {
        const start = at;
        at = this.skipValue(at);
        if (at < 0) return undefined;
        batch.items.push({ ...blank('other'), start, end: at });
      }
      at = this.skipSpace(at);
      if (b[at] === COMMA) at = this.skipSpace(at + 1);
      else break;
    }
    if (b[at] !== CLOSE_BRACKET || this.skipSpace(at + 1) !== b.length) return undefined;
    if (batch.items.every((item) => item.kind === 'other')) return blank('other');
    batch.versioned = batch.items.every((item) => item.versioned && item.kind !== 'other');
    return batch;
  }

  skipSpace(i: number): number {
    const b = this.#b;
    for (;;) {
      const c = b[i];
      if (c !== 0x20 && c !== 0x0a && c !== 0x0d && c !== 0x09) return i;
      i += 1;
    }
  }

  /** The index behind the value that starts at `i`, or -1. Iterative: nesting depth is the sender's choice. */
  skipValue(i: number): number {
    const b = this.#b;
    const stack: number[] = [];
    for (;;) {
      i = this.skipSpace(i);
      const c = b[i];
      if (c === OPEN_BRACE) {
        i = this.skipSpace(i + 1);
        if (b[i] !== CLOSE_BRACE) {
          stack.push(IN_OBJECT);
          i = this.#skipKey(i);
          if (i < 0) return -1;
          continue;
        }
        i += 1;
      } else if (c === OPEN_BRACKET) {
        i = this.skipSpace(i + 1);
        if (b[i] !== CLOSE_BRACKET) {
          stack.push(IN_ARRAY);
          continue;
        }
        i += 1;
      } else {
        i = c === QUOTE ? this.#skipString(i + 1) : this.#skipScalar(i);
        if (i < 0) return -1;
      }
      // A value is complete: climb out of everything that it completes.
      for (;;) {
        const inside = stack[stack.length - 1];
        if (inside === undefined) return i;
        i = this.skipSpace(i);
        if (b[i] === COMMA) {
          i = inside === IN_OBJECT ? this.#skipKey(this.skipSpace(i + 1)) : i + 1;
          if (i < 0) return -1;
          break;
        }
        if (b[i] !== (inside === IN_OBJECT ? CLOSE_BRACE : CLOSE_BRACKET)) return -1;
        stack.pop();
        i += 1;
      }
    }
  }

  #skipKey(i: number): number {
    if (this.#b[i] !== QUOTE) return -1;
    const end = this.#skipString(i + 1);
    if (end < 0) return -1;
    const colon = this.skipSpace(end);
    return this.#b[colon] === COLON ? colon + 1 : -1;
  }

  /** `i` is behind the opening quote; the result is behind the closing one, or -1. */
  #skipString(i: number): number {
    const b = this.#b;
    for (;;) {
      const walkTo = Math.min(b.length, i + SHORT_STRING_BYTES);
      while (i < walkTo) {
        const c = b[i]!;
        if (c === QUOTE) return i + 1;
        if (c === BACKSLASH) {
          i = this.#skipEscape(i);
          if (i < 0) return -1;
        } else if (c < 0x20) return -1;
        else i += 1;
      }
      if (i >= b.length) return -1;
      if (this.#nextQuote < i) this.#nextQuote = this.#search(QUOTE, i);
      if (this.#nextQuote === Number.POSITIVE_INFINITY) return -1;
      if (this.#nextBackslash < i) this.#nextBackslash = this.#search(BACKSLASH, i);
      if (this.#nextBackslash > this.#nextQuote) return this.#nextQuote + 1;
      i = this.#skipEscape(this.#nextBackslash);
      if (i < 0) return -1;
    }
  }

  #search(byte: number, from: number): number {
    const found = this.#b.indexOf(byte, from);
    return found < 0 ? Number.POSITIVE_INFINITY : found;
  }

  /** Whether the string token holds a raw control character, which no JSON string may (RFC 8259 §7). */
  #hasControlIn(start: number, end: number): boolean {
    if (this.#b[start] !== QUOTE) return false;
    for (let i = start; i < end; i++) if (this.#b[i]! < 0x20) return true;
    return false;
  }

  #skipEscape(i: number): number {
    const b = this.#b;
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

  #skipScalar(i: number): number {
    const c = this.#b[i];
    if (c === 0x74) return this.#skipWord(i, 'true');
    if (c === 0x66) return this.#skipWord(i, 'false');
    if (c === 0x6e) return this.#skipWord(i, 'null');
    return this.#skipNumber(i);
  }

  #skipWord(i: number, word: string): number {
    for (let k = 1; k < word.length; k++) if (this.#b[i + k] !== word.charCodeAt(k)) return -1;
    return i + word.length;
  }

  #skipNumber(i: number): number {
    const b = this.#b;
    if (b[i] === 0x2d) i += 1;
    if (b[i] === 0x30) i += 1;
    else {
      if (!isDigit(b[i])) return -1;
      i = this.#skipDigits(i);
    }
    if (b[i] === 0x2e) {
      if (!isDigit(b[i + 1])) return -1;
      i = this.#skipDigits(i + 1);
    }
    if (b[i] === 0x65 || b[i] === 0x45) {
      i += 1;
      if (b[i] === 0x2b || b[i] === 0x2d) i += 1;
      if (!isDigit(b[i])) return -1;
      i = this.#skipDigits(i);
    }
    return i;
  }

  #skipDigits(i: number): number {
    while (isDigit(this.#b[i])) i += 1;
    return i;
  }

  /** The key between its quotes; keys too long to matter are not decoded. */
  #keyAt(start: number, end: number): string {
    if (end - start > 64) return '';
    return this.#stringAt(start - 1, end + 1);
  }

  #stringAt(start: number, end: number): string {
    const inner = this.#b.toString('utf8', start + 1, end - 1);
    return inner.includes('\\') ? (JSON.parse(`"${inner}"`) as string) : inner;
  }
}

function isDigit(c: number | undefined): boolean {
  return c !== undefined && c >= 0x30 && c <= 0x39;
}

function isHex(c: number | undefined): boolean {
  if (c === undefined) return false;
  return isDigit(c) || (c >= 0x41 && c <= 0x46) || (c >= 0x61 && c <= 0x66);
}

/** The id token exactly as it stands in the frame, for instance `0`, `"a"`, `1.0` or `null`. */
export function rawId(frame: Frame, envelope: Envelope): string {
  return frame.toString('utf8', envelope.idStart, envelope.idEnd);
}

/**
 * A key under which a request and its reply meet although each side may spell the id its own way: strings by
 * their value, numbers by the value a double gives them (a JavaScript server answers 1.0 with 1).
 */
export function idKey(raw: string): string {
  if (raw.charCodeAt(0) === QUOTE) return raw.includes('\\') ? JSON.stringify(JSON.parse(raw)) : raw;
  if (raw === 'null' || (raw.length < 16 && /^(0|[1-9]\d*)$/.test(raw))) return raw;
  return String(Number(raw));
}

/** The frame with another id token in its place; every other byte stays. */
export function withId(frame: Frame, envelope: Envelope, raw: string): Frame {
  return Buffer.concat([
    frame.subarray(0, envelope.idStart),
    Buffer.from(raw, 'utf8'),
    frame.subarray(envelope.idEnd),
  ]);
}
