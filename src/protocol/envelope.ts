import type { Frame } from './frame.js';
import { InternedStrings, stringAt } from './interned-strings.js';
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
import { JsonScan } from './json-scan.js';

/**
 * The kind, id and method of a JSON-RPC message, read without parsing it (D8). The bytes are scanned once, strings are
 * skipped with native searches, and only top-level `id`, `method`, `params`, `jsonrpc`, `result` and `error` are read.
 */
export interface Envelope {
  /**
   * `other` is valid JSON that is no JSON-RPC message; `invalid` is no JSON. `batch` is an array (MCP 2025-03-26 only) with
   * at least one message; all its members are in `items`. An array of more than `MAX_BATCH_ITEMS` is `other`.
   */
  kind: 'request' | 'notification' | 'response' | 'batch' | 'other' | 'invalid';
  /** Byte offsets of the id token in the frame; -1 without an id. */
  idStart: number;
  idEnd: number;
  /** Byte offset of the value of `params`; -1 without one. */
  paramsStart: number;
  method: string | undefined;
  /** The response has a member `error`. */
  isError: boolean;
  /** `"jsonrpc":"2.0"` is there (JSON-RPC 2.0 §4). */
  versioned: boolean;
  /** False when no key in the message is `progressToken` (MCP "Progress"); true when one may be. */
  mayNameProgress: boolean;
  /** No key of the members is `_meta`, and at most one is `name`; false when that is not sure. Only `readEnvelope` looks. */
  isSimple: boolean;
  /** The frame is ASCII on one line. Always false for batch items, and where not all of it was read. */
  isPlain: boolean;
  items: BatchItem[] | undefined;
  /** The id, once `rawId` has read it: it is needed several times. */
  rawId: RawId | undefined;
  /** The name of what is called, once `calledName` has read it; null until then. */
  called: string | undefined | null;
  /** The progress token, JSON text, once `progressTokenAsked` has read it; null until then. */
  token: string | undefined | null;
}

/** A frame with its envelope. */
export interface Message {
  frame: Frame;
  envelope: Envelope;
}

/** A member of a batch. Its offsets are those in the whole frame. */
export interface BatchItem extends Envelope {
  /** Byte offsets of the member in the frame. */
  start: number;
  end: number;
}

const scan = new JsonScan();

/** The same as `envelopeOf`, kept with the frame, so that a frame that is passed on in this process is scanned once. */
export function readEnvelope(frame: Frame): Envelope {
  const read = frame as Read;
  read[ENVELOPE] ??= envelopeOf(frame, true);
  return read[ENVELOPE];
}

/** The same as `envelopeOf`; what `readEnvelope` has kept is not read again. */
export function keptEnvelope(frame: Frame): Envelope {
  return (frame as Read)[ENVELOPE] ?? envelopeOf(frame);
}

const ENVELOPE = Symbol('envelope');
type Read = Frame & { [ENVELOPE]?: Envelope };

/**
 * Where the envelope of `frame` is kept, keeps that of `changed`, which has other plain bytes at `at` only: it need not be
 * scanned again.
 */
export function keepChanged(
  frame: Frame,
  envelope: Envelope,
  changed: Frame,
  at: number,
  rawId: RawId | undefined,
  called: Envelope['called'],
): void {
  if ((frame as Read)[ENVELOPE] !== envelope) return;
  const longer = changed.length - frame.length;
  const { idStart, idEnd, paramsStart } = envelope;
  (changed as Read)[ENVELOPE] = {
    ...envelope,
    idStart: idStart > at ? idStart + longer : idStart,
    idEnd: idEnd > at ? idEnd + longer : idEnd,
    paramsStart: paramsStart > at ? paramsStart + longer : paramsStart,
    rawId,
    called,
  };
}

/** Reads the envelope of a frame. Never throws. As strict as `JsonScan`. */
// D8: what is only carried is not parsed.
export function envelopeOf(frame: Frame, watchesKeys = false): Envelope {
  scan.start(frame, watchesKeys);
  const start = scan.skipSpace(0);
  let envelope: Envelope | undefined;
  if (frame[start] === OPEN_BRACE) {
    envelope = readMessage(frame, start);
    if (envelope && scan.skipSpace(messageEnd) !== frame.length) envelope = undefined;
  } else if (frame[start] === OPEN_BRACKET) envelope = readBatch(frame, start);
  else {
    const end = scan.skipValue(start);
    if (end >= 0 && scan.skipSpace(end) === frame.length) envelope = blank('other');
  }
  scan.done();
  if (!envelope) return blank('invalid');
  envelope.isPlain = scan.sawPlainTextOnly;
  return envelope;
}

function blank(kind: Envelope['kind']): Envelope {
  return {
    kind,
    idStart: -1,
    idEnd: -1,
    paramsStart: -1,
    method: undefined,
    isError: false,
    versioned: false,
    mayNameProgress: false,
    isSimple: false,
    isPlain: false,
    items: undefined,
    rawId: undefined,
    called: null,
    token: null,
  };
}

/** Offset behind the message that `readMessage` has read. */
let messageEnd = 0;

/** The envelope of the object at `i`; undefined when it is no valid JSON object. */
function readMessage(b: Buffer, i: number): Envelope | undefined {
  const envelope = blank('other');
  let hasId = false;
  let hasResult = false;
  let at = scan.skipSpace(i + 1);
  if (b[at] === CLOSE_BRACE) at += 1;
  else
    for (;;) {
      if (b[at] !== QUOTE) return undefined;
      let key = keyAt(b, at + 1);
      let keyEnd = at + key.length + 2;
      if (key === '') {
        keyEnd = scan.skipString(at + 1);
        if (keyEnd < 0) return undefined;
        key = escapedKey(b, at + 1, keyEnd - 1);
      }
      const colon = b[keyEnd] === COLON ? keyEnd : scan.skipSpace(keyEnd);
      if (b[colon] !== COLON) return undefined;
      const start = b[colon + 1]! > SPACE ? colon + 1 : scan.skipSpace(colon + 1);
      const end = scan.skipValue(start);
      if (end < 0) return undefined;
      switch (key) {
        case 'id': {
          // An id is a string, a number or null (JSON-RPC 2.0 §4); with any other value the object is no message.
          const c = b[start]!;
          hasId = c === QUOTE || c === 0x2d || (c >= 0x30 && c <= 0x39) || c === 0x6e;
          envelope.idStart = hasId ? start : -1;
          envelope.idEnd = hasId ? end : -1;
          break;
        }
        case 'method':
          envelope.method = b[start] === QUOTE ? methods.at(b, start + 1, end - 1) : undefined;
          break;
        case 'params':
          envelope.paramsStart = start;
          break;
        case 'jsonrpc':
          envelope.versioned = isVersion(b, start, end);
          break;
        case 'result':
          hasResult = true;
          break;
        case 'error':
          envelope.isError = true;
          break;
      }
      at = b[end]! > SPACE ? end : scan.skipSpace(end);
      if (b[at] === COMMA) at = b[at + 1] === QUOTE ? at + 1 : scan.skipSpace(at + 1);
      else if (b[at] === CLOSE_BRACE) {
        at += 1;
        break;
      } else return undefined;
    }
  messageEnd = at;
  envelope.mayNameProgress = scan.sawProgressToken;
  envelope.isSimple = scan.watchesKeys && !scan.sawMeta && scan.nameKeys < 2;
  if (envelope.method !== undefined) envelope.kind = hasId ? 'request' : 'notification';
  else if (hasResult || envelope.isError) envelope.kind = 'response';
  return envelope;
}

/** Most members of a batch; each takes hundreds of bytes here, though it may be written with two. */
export const MAX_BATCH_ITEMS = 1_000;

function readBatch(b: Buffer, i: number): Envelope | undefined {
  const batch = blank('batch');
  const items: BatchItem[] = [];
  let at = scan.skipSpace(i + 1);
  if (b[at] === CLOSE_BRACKET) return scan.skipSpace(at + 1) === b.length ? blank('other') : undefined;
  for (;;) {
    const start = at;
    if (items.length === MAX_BATCH_ITEMS) {
      scan.leaveRest();
      return blank('other');
    }
    if (b[at] === OPEN_BRACE) {
      const item = readMessage(b, at);
      if (!item) return undefined;
      at = messageEnd;
      items.push({ ...item, start, end: at });
    } else {
      at = scan.skipValue(at);
      if (at < 0) return undefined;
      items.push({ ...blank('other'), start, end: at });
    }
    at = scan.skipSpace(at);
    if (b[at] === COMMA) at = scan.skipSpace(at + 1);
    else break;
  }
  if (b[at] !== CLOSE_BRACKET || scan.skipSpace(at + 1) !== b.length) return undefined;
  if (items.every((item) => item.kind === 'other')) return blank('other');
  batch.items = items;
  batch.versioned = items.every((item) => item.versioned && item.kind !== 'other');
  return batch;
}

type Key = 'id' | 'method' | 'params' | 'jsonrpc' | 'result' | 'error' | '';
const KEYS: ReadonlySet<string> = new Set<Key>(['id', 'method', 'params', 'jsonrpc', 'result', 'error']);

/** Which key of an envelope begins at `i`, spelled without escapes. Compared by bytes: creating a string is slower. */
function keyAt(b: Buffer, i: number): Key {
  switch (b[i]) {
    case 0x69:
      return b[i + 1] === 0x64 && b[i + 2] === QUOTE ? 'id' : '';
    case 0x6a:
      return spells(b, i, 'jsonrpc"') ? 'jsonrpc' : '';
    case 0x6d:
      return spells(b, i, 'method"') ? 'method' : '';
    case 0x70:
      return spells(b, i, 'params"') ? 'params' : '';
    case 0x72:
      return spells(b, i, 'result"') ? 'result' : '';
    case 0x65:
      return spells(b, i, 'error"') ? 'error' : '';
    default:
      return '';
  }
}

/** A key may be spelled with escapes (RFC 8259 §7), each of which takes six bytes. */
function escapedKey(b: Buffer, start: number, end: number): Key {
  if (end - start < 7 || end - start > 64) return '';
  let slash = start;
  while (slash < end && b[slash] !== BACKSLASH) slash += 1;
  if (slash === end) return '';
  const key = stringAt(b, start, end);
  return KEYS.has(key) ? (key as Key) : '';
}

function spells(b: Buffer, start: number, word: string): boolean {
  for (let k = 0; k < word.length; k++) if (b[start + k] !== word.charCodeAt(k)) return false;
  return true;
}

function isVersion(b: Buffer, start: number, end: number): boolean {
  if (b[start] !== QUOTE) return false;
  return spells(b, start + 1, '2.0"') || stringAt(b, start + 1, end - 1) === '2.0';
}

const methods = new InternedStrings();

/**
 * An id as it is spelled in a message, JSON text: `"a"`, `1.0` or `null`. A number stands for the same plain digits, as
 * most ids are, which needs no string.
 */
export type RawId = string | number;

/**
 * The longest id that is accepted, in bytes: ids are kept while calls run, and for some time after. Known clients use
 * shorter ones.
 */
const MAX_ID_BYTES = 1_024;

/** Whether a request has an id that is too long to be kept. */
export function hasLongId({ idStart, idEnd }: Envelope): boolean {
  return idEnd - idStart > MAX_ID_BYTES;
}

/** The error for a request with such an id (JSON-RPC 2.0 §5.1, "Invalid Request"). */
export const LONG_ID = { code: -32600, text: `The id is longer than ${MAX_ID_BYTES} bytes.` };

/** The frame's id, which it must have. */
export function rawId(frame: Frame, envelope: Envelope): RawId {
  envelope.rawId ??= readRawId(frame, envelope);
  return envelope.rawId;
}

function readRawId(frame: Frame, { idStart, idEnd }: Envelope): RawId {
  // Numbers of up to 15 digits are exact.
  if (idEnd - idStart > 15) return frame.toString('utf8', idStart, idEnd);
  let value = 0;
  for (let i = idStart; i < idEnd; i++) {
    const digit = frame[i]! - 0x30;
    const isLeadingZero = i === idStart && digit === 0 && idEnd - idStart > 1;
    if (digit < 0 || digit > 9 || isLeadingZero) return frame.toString('utf8', idStart, idEnd);
    value = value * 10 + digit;
  }
  return value;
}

/**
 * A key that is equal for a request and its reply, although the two sides may spell the id differently: the value of a
 * string, or the value of a number as a double (a JavaScript server answers 1.0 with 1).
 */
export type IdKey = string | number;

export function idKey(raw: RawId): IdKey {
  if (typeof raw === 'number') return raw;
  if (raw.charCodeAt(0) === QUOTE) return raw.includes('\\') ? JSON.stringify(JSON.parse(raw)) : raw;
  // -0 is 0 wherever ids are compared.
  return raw === 'null' ? raw : Number(raw) + 0;
}
