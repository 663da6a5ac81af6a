import { isUtf8 } from 'node:buffer';
import { readEnvelope } from './envelope.js';
import { BACKSLASH, OPEN_BRACE, QUOTE } from './json-bytes.js';
import { LooseObject } from './loose-json.js';

/** Why a server's line that was meant as an answer is unreadable. */
export type WhyUnreadable =
  /** Bytes that are no UTF-8: another code page. */
  | 'encoding'
  | 'utf-16'
  /** Escape sequences for terminals around the message. */
  | 'colours'
  /** Other text on the line of the message. */
  | 'text-around'
  /** More than one message on a line. */
  | 'several-messages'
  /** The message has several lines: it is indented, or has raw line breaks in a string. */
  | 'several-lines'
  /** No `"jsonrpc":"2.0"`. */
  | 'no-jsonrpc'
  /** Neither `result` nor `error`. */
  | 'no-outcome'
  /** NaN or Infinity. */
  | 'not-a-number'
  /** Single quotes, True, None: a Python object, as `print` writes it. */
  | 'python'
  | 'trailing-comma'
  | 'control-character'
  /** No valid JSON, for another reason. */
  | 'syntax';

/** An answer that cannot be passed on. */
export interface UnreadableAnswer {
  /** The id of the answered request, JSON text. */
  rawId: string;
  why: WhyUnreadable;
}

/** Most objects, and unfinished objects, that are searched on a line; a line with more is no message. */
const MAX_STARTS = 16;
const MAX_UNENDED = 3;
/** Most bytes of an object that are checked for the reason. */
const MAX_OUTSIDE_BYTES = 4_194_304;
const ESCAPE = 0x1b;

/**
 * Finds answers in lines of a server's stdout that are no messages. Remembers an object that continues on the next lines.
 */
export class UnreadableAnswers {
  /** An object that has not ended yet. */
  #open: LooseObject | undefined;
  #isTold = false;

  /** The answers in `line`, and an answer that ends in it. */
  in(line: Buffer): UnreadableAnswer[] {
    const text = isUtf16(line) ? Buffer.from(line.filter((byte) => byte !== 0)) : line;
    const isBroken = !isUtf8(text);
    let found = looseObjects(text, isBroken);
    // The encoding has one byte per character.
    if (isBroken && !found.some(isAnswer)) found = looseObjects(text, false);
    const answers = found.filter(isAnswer);
    if (answers.length > 0) {
      this.#open = undefined;
      return answers.map(({ object, start, end }) => ({
        rawId: object.rawId!,
        why: text === line ? whyOf(line, object, start, end, found.length) : 'utf-16',
      }));
    }
    const last = found.at(-1);
    const begins = last !== undefined && last.end < 0 && text.subarray(0, last.start).every(isSpace);
    if (this.#open && !(begins && last.start === 0 && !this.#open.isPlausible))
      return this.#goOn(text, isBroken);
    this.#open = begins ? last.object : undefined;
    this.#isTold = false;
    return [];
  }

  #goOn(text: Buffer, isBroken: boolean): UnreadableAnswer[] {
    const open = this.#open!;
    const end = open.push(text, 0);
    if (end >= 0) this.#open = undefined;
    if (this.#isTold || !isAnswer({ object: open, end })) return [];
    this.#isTold = true;
    return [{ rawId: open.rawId!, why: isBroken ? 'encoding' : 'several-lines' }];
  }
}

/**
 * Reads a message with invalid JSON inside, but with a readable id and kind, so that it can be answered; else undefined.
 */
export function unreadableMessage(
  frame: Buffer,
): (UnreadableAnswer & { kind: 'request' | 'response' }) | undefined {
  const [first, ...others] = looseObjects(frame, false);
  if (!first || others.length > 0 || !frame.subarray(0, first.start).every(isSpace)) return undefined;
  const { object, start, end } = first;
  if (end < 0 || !(object.isRequest || object.isAnswer)) return undefined;
  const kind = object.isRequest ? 'request' : 'response';
  return { rawId: object.rawId!, kind, why: whyOf(frame, object, start, end, 1) };
}

interface Found {
  object: LooseObject;
  start: number;
  /** Offset behind its closing brace, or -1. */
  end: number;
}

function looseObjects(text: Buffer, isBroken: boolean): Found[] {
  const found: Found[] = [];
  let starts = 0;
  let unended = 0;
  for (let at = text.indexOf(OPEN_BRACE); at >= 0; at = text.indexOf(OPEN_BRACE, at)) {
    if (++starts > MAX_STARTS || unended >= MAX_UNENDED) break;
    const object = new LooseObject(isBroken);
    const end = object.push(text, at);
    const isMessage = object.isAnswer || object.isRequest || object.isPlausible;
    if (isMessage || end < 0) {
      // A brace in text before the message need not begin an object.
      if (found.at(-1)?.end === -1) found.pop();
      found.push({ object, start: at, end });
    }
    if (end < 0 && isMessage) break;
    if (end < 0) unended += 1;
    at = end < 0 ? at + 1 : end;
  }
  return found;
}

/** Whether the object is an answer. An object without an outcome is one only when it has ended. */
function isAnswer({ object, end }: Pick<Found, 'object' | 'end'>): boolean {
  return object.isAnswer || (end >= 0 && object.isEmptyAnswer);
}

function whyOf(
  line: Buffer,
  object: LooseObject,
  start: number,
  end: number,
  objects: number,
): WhyUnreadable {
  if (!isUtf8(line)) return 'encoding';
  if (end < 0) return 'several-lines';
  const [before, behind] = [line.subarray(0, start), line.subarray(end)];
  if (before.includes(ESCAPE) || behind.includes(ESCAPE)) return 'colours';
  if (objects > 1) return 'several-messages';
  if (!before.every(isSpace) || !behind.every(isSpace)) return 'text-around';
  if (object.isEmptyAnswer) return 'no-outcome';
  const json = line.subarray(start, end);
  if (readEnvelope(json).kind !== 'invalid') return 'no-jsonrpc';
  const outside = outsideOfTexts(json);
  if (/[:,[]\s*[+-]?(NaN|Infinity|inf|nan)\b/.test(outside)) return 'not-a-number';
  if (/[{,:[]\s*'|\b(True|False|None)\b/.test(outside)) return 'python';
  if (/,\s*[}\]]/.test(outside)) return 'trailing-comma';
  return json.some((byte) => byte < 0x20) ? 'control-character' : 'syntax';
}

/**
 * The same JSON with empty strings. Without a regular expression: V8 needs memory for each character, and fails at some ten
 * million of them.
 */
function outsideOfTexts(json: Buffer): string {
  const outside = Buffer.allocUnsafe(Math.min(json.length, MAX_OUTSIDE_BYTES));
  let length = 0;
  for (let from = 0; from < json.length && length < outside.length; ) {
    const opens = json.indexOf(QUOTE, from);
    const closes = opens < 0 ? -1 : endOfText(json, opens);
    // A quote that is never closed stands between apostrophes.
    length += json.copy(outside, length, from, closes < 0 ? json.length : opens + 1);
    if (closes < 0) break;
    length += json.copy(outside, length, closes, closes + 1);
    from = closes + 1;
  }
  return outside.toString('latin1', 0, length);
}

/** Offset of the closing quote of the string that opens at `opens`, or -1. */
function endOfText(json: Buffer, opens: number): number {
  for (let at = json.indexOf(QUOTE, opens + 1); at >= 0; at = json.indexOf(QUOTE, at + 1)) {
    let escapes = 0;
    while (json[at - 1 - escapes] === BACKSLASH) escapes += 1;
    if (escapes % 2 === 0) return at;
  }
  return -1;
}

/** ASCII text in UTF-16 has a zero beside each letter. */
function isUtf16(line: Buffer): boolean {
  if (line.length < 8 || !line.includes(0)) return false;
  const zeros = line.subarray(0, 256).reduce((count, byte) => count + (byte === 0 ? 1 : 0), 0);
  return zeros * 3 >= Math.min(line.length, 256);
}

/** White space, or a byte of a byte order mark. */
function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0d || byte === 0xef || byte === 0xbb || byte === 0xbf;
}
