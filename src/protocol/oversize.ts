import type { Envelope } from './envelope.js';
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

/** A message over the bound, which was dropped: its id, method and length, and an excerpt. */
export interface OversizeMessage {
  /** Length in bytes. */
  bytes: number;
  /** First bytes of the message, for the trace log. */
  head: Buffer;
  kind: Extract<Envelope['kind'], 'request' | 'response' | 'notification' | 'other'>;
  /** The id token as it stands in the message; undefined for a notification, a batch, or no message at all. */
  rawId: string | undefined;
  method: string | undefined;
}

/** Length of the excerpt for the trace log, in bytes. */
const HEAD_BYTES = 1024;
/** Longer tokens are neither ids of real clients nor keys that are read. */
const MAX_TOKEN_BYTES = 1024;
/** This many bytes of a string are read one by one before native searches are used. */
const SCANNED_BYTES = 32;

/**
 * Reads the top-level `id` and `method` of a message that comes in chunks, wherever they stand, and keeps only these
 * and its first bytes. It assumes that the message is JSON: it checks what it reads, not what it skips.
 */
export class OversizeReader {
  #bytes = 0;
  #head: Buffer[] = [];
  #headBytes = 0;
  #depth = 0;
  /** The rest of the message is not read: the object has ended, or the message is no object. */
  #over = false;
  #inString = false;
  #escaped = false;
  /** True between a `{` or `,` and the next `:` of the top level. */
  #atKey = false;
  #key = '';
  /** Bytes of the top-level token that is being read, if it is needed. */
  #token: number[] | undefined;
  readonly #values = new Map<string, string>();
  #isReply = false;
  /** Offsets of the next quote and backslash in the present chunk; searched again only when they were passed. */
  #nextQuote = -1;
  #nextBackslash = -1;

  push(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#headBytes < HEAD_BYTES) {
      // Copied, because a view would keep the whole chunk in memory.
      const piece = Buffer.from(chunk.subarray(0, HEAD_BYTES - this.#headBytes));
      this.#head.push(piece);
      this.#headBytes += piece.length;
    }
    this.#nextQuote = -1;
    this.#nextBackslash = -1;
    let i = 0;
    while (i < chunk.length && !this.#over) {
      if (this.#inString) i = this.#string(chunk, i);
      else if (this.#depth > 1) i = this.#nested(chunk, i);
      else i = this.#structure(chunk, i);
    }
  }

  end(): OversizeMessage {
    const rawId = idToken(this.#values.get('id'));
    const method = parsed(this.#values.get('method') ?? '', 'string');
    const kind =
      method !== undefined
        ? rawId === undefined
          ? 'notification'
          : 'request'
        : this.#isReply
          ? 'response'
          : 'other';
    return {
      bytes: this.#bytes,
      head: Buffer.concat(this.#head),
      kind,
      rawId,
      method,
    };
  }

  /** Reads inside a string, up to its end. A string that is not kept is skipped with native searches. */
  #string(chunk: Buffer, start: number): number {
    let i = start;
    if (this.#escaped) {
      this.#escaped = false;
      this.#take(chunk[i]!);
      return i + 1;
    }
    if (this.#token === undefined) {
      i = this.#closingQuote(chunk, i);
      if (i === chunk.length) return i;
    }
    const c = chunk[i]!;
    this.#take(c);
    if (c === BACKSLASH) this.#escaped = true;
    else if (c === QUOTE) {
      this.#inString = false;
      if (this.#depth === 1 && this.#atKey) {
        this.#key = parsed(this.#tokenText(), 'string') ?? '';
        this.#isReply ||= this.#key === 'result' || this.#key === 'error';
        this.#token = undefined;
      }
    }
    return i + 1;
  }

  /** Offset of the end of the string, or of the chunk. Reads byte by byte where escapes are dense, else searches. */
  #closingQuote(chunk: Buffer, start: number): number {
    let i = start;
    for (;;) {
      const walkTo = Math.min(chunk.length, i + SCANNED_BYTES);
      while (i < walkTo) {
        const c = chunk[i]!;
        if (c === QUOTE) return i;
        i += 1;
        if (c !== BACKSLASH) continue;
        this.#escaped = i === chunk.length;
        if (!this.#escaped) i += 1;
      }
      if (i >= chunk.length) return chunk.length;
      if (this.#nextQuote < i) this.#nextQuote = found(chunk.indexOf(QUOTE, i), chunk);
      if (this.#nextBackslash < i) this.#nextBackslash = found(chunk.indexOf(BACKSLASH, i), chunk);
      if (this.#nextBackslash > this.#nextQuote) return this.#nextQuote;
      i = this.#nextBackslash;
      if (i === chunk.length) return i;
    }
  }

  /** Below the top level only strings and brackets matter. */
  #nested(chunk: Buffer, start: number): number {
    let depth = this.#depth;
    let i = start;
    while (i < chunk.length && depth > 1 && !this.#inString) {
      const c = chunk[i]!;
      i += 1;
      if (c === QUOTE) this.#inString = true;
      else if (c === OPEN_BRACE || c === OPEN_BRACKET) depth += 1;
      else if (c === CLOSE_BRACE || c === CLOSE_BRACKET) depth -= 1;
    }
    this.#depth = depth;
    return i;
  }

  #structure(chunk: Buffer, start: number): number {
    const c = chunk[start]!;
    if (this.#depth === 0 && c > 0x20 && c !== OPEN_BRACE) this.#over = true;
    switch (c) {
      case QUOTE:
        this.#inString = true;
        if (this.#depth === 1 && this.#atKey) this.#token = [];
        this.#take(c);
        break;
      case OPEN_BRACE:
      case OPEN_BRACKET:
        this.#depth += 1;
        this.#token = undefined;
        this.#atKey = this.#depth === 1 && c === OPEN_BRACE;
        break;
      case CLOSE_BRACE:
      case CLOSE_BRACKET:
        if (this.#depth === 1) this.#endValue();
        this.#depth -= 1;
        this.#over ||= this.#depth === 0;
        break;
      case COMMA:
        if (this.#depth !== 1) break;
        this.#endValue();
        this.#atKey = true;
        break;
      case COLON:
        if (this.#depth !== 1 || !this.#atKey) break;
        this.#atKey = false;
        // Of a key that comes twice the last one counts, as in JSON.parse.
        this.#values.delete(this.#key);
        if (this.#key === 'id' || this.#key === 'method') this.#token = [];
        break;
      default:
        if (c > 0x20) this.#take(c);
    }
    return start + 1;
  }

  #take(byte: number): void {
    if (this.#token && this.#token.length < MAX_TOKEN_BYTES) this.#token.push(byte);
  }

  #tokenText(): string {
    return Buffer.from(this.#token ?? []).toString('utf8');
  }

  #endValue(): void {
    if (this.#token) this.#values.set(this.#key, this.#tokenText());
    this.#token = undefined;
  }
}

/** The result of `indexOf`, or the end of the chunk. */
function found(index: number, chunk: Buffer): number {
  return index < 0 ? chunk.length : index;
}

function idToken(token: string | undefined): string | undefined {
  if (token === undefined) return undefined;
  return parsed(token, 'string') !== undefined || parsed(token, 'number') !== undefined || token === 'null'
    ? token
    : undefined;
}

function parsed(token: string, type: 'string'): string | undefined;
function parsed(token: string, type: 'number'): number | undefined;
function parsed(token: string, type: 'string' | 'number'): unknown {
  try {
    const value: unknown = JSON.parse(token);
    return typeof value === type ? value : undefined;
  } catch {
    return undefined;
  }
}
