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

const SINGLE_QUOTE = 0x27;
/** Longer tokens are neither ids of real clients nor keys that are read. */
const MAX_TOKEN_BYTES = 256;
const NUMBER = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;

/**
 * Reads the outermost members of text that was meant as a JSON object but is not valid: values are skipped by their
 * brackets and quotes only, and both kinds of quotes count. The text may come in chunks.
 */
export class LooseObject {
  /** The outermost `id`, JSON text; undefined while there is none. */
  rawId: string | undefined;
  readonly keys = new Set<string>();
  /** The first byte of the outermost `result` or `error`. */
  #outcome: number | undefined;
  /** In double-byte encodings the second byte of a character may look like a backslash. */
  readonly #isDoubleByte: boolean;
  #depth = 0;
  #quote = 0;
  #isEscaped = false;
  #isSecondByte = false;
  #key: string | undefined;
  #token: number[] = [];

  constructor(isDoubleByte: boolean) {
    this.#isDoubleByte = isDoubleByte;
  }

  /** Whether the object is an answer to the request `rawId`, by the members that were read so far. */
  get isAnswer(): boolean {
    if (this.rawId === undefined || this.#outcome === undefined || this.keys.has('method')) return false;
    if (this.keys.has('jsonrpc')) return true;
    // Some servers print other JSON, which may have an id, too.
    const own = [...this.keys].every((key) => key === 'id' || key === 'result' || key === 'error');
    return own && this.#outcome === OPEN_BRACE;
  }

  /** Whether the complete object is an answer without a result: in JavaScript, a result `undefined` is omitted. */
  get isEmptyAnswer(): boolean {
    return this.rawId !== undefined && this.keys.size === 2 && this.keys.has('jsonrpc');
  }

  /** Whether the object is a request. */
  get isRequest(): boolean {
    return this.rawId !== undefined && this.keys.has('method') && this.#outcome === undefined;
  }

  /** Whether the object has a member that messages have. */
  get isPlausible(): boolean {
    return ['jsonrpc', 'id', 'result', 'error'].some((key) => this.keys.has(key));
  }

  /**
   * Reads the next chunk, the first one from the opening brace. Returns the offset behind the object, or -1 while it
   * goes on.
   */
  push(bytes: Buffer, start: number): number {
    for (let i = start; i < bytes.length; i++) {
      const c = bytes[i]!;
      if (this.#quote !== 0) this.#inString(c);
      else if (this.#structure(c)) return i + 1;
    }
    return -1;
  }

  #inString(c: number): void {
    const isSecondByte = this.#isSecondByte && c >= 0x40;
    this.#isSecondByte = this.#isDoubleByte && !isSecondByte && c > 0x80;
    this.#take(c);
    if (this.#isEscaped) this.#isEscaped = false;
    else if (isSecondByte) return;
    else if (c === BACKSLASH) this.#isEscaped = true;
    else if (c === this.#quote) this.#quote = 0;
  }

  /** Handles a byte outside of strings. Returns true at the end of the object. */
  #structure(c: number): boolean {
    if (c === QUOTE || c === SINGLE_QUOTE) {
      this.#quote = c;
      this.#begin(c);
      this.#take(c);
    } else if (c === OPEN_BRACE || c === OPEN_BRACKET) {
      this.#begin(c);
      this.#depth += 1;
    } else if (c === CLOSE_BRACE || c === CLOSE_BRACKET) {
      if (this.#depth === 1) this.#endMember();
      this.#depth -= 1;
      return this.#depth <= 0;
    } else if (this.#depth === 1 && c === COMMA) this.#endMember();
    else if (this.#depth === 1 && c === COLON && this.#key === undefined) {
      this.#key = unquoted(this.#text());
      this.#token = [];
      if (this.keys.size < 16) this.keys.add(this.#key);
    } else if (c > SPACE) {
      this.#begin(c);
      this.#take(c);
    }
    return false;
  }

  /** Notes the first byte of a value. */
  #begin(c: number): void {
    if (this.#depth === 1 && (this.#key === 'result' || this.#key === 'error') && this.#token.length === 0)
      this.#outcome ??= c;
  }

  #take(c: number): void {
    if (this.#depth === 1 && this.#token.length < MAX_TOKEN_BYTES) this.#token.push(c);
  }

  #endMember(): void {
    if (this.#key === 'id') this.rawId = idToken(this.#text());
    this.#key = undefined;
    this.#token = [];
  }

  #text(): string {
    return Buffer.from(this.#token).toString('utf8');
  }
}

function unquoted(token: string): string {
  return /^(["']).*\1$/s.test(token) ? token.slice(1, -1) : token;
}

function idToken(token: string): string | undefined {
  if (NUMBER.test(token)) return token;
  if (/^'[^'\\]*'$/.test(token)) return JSON.stringify(token.slice(1, -1));
  try {
    return typeof JSON.parse(token) === 'string' ? token : undefined;
  } catch {
    return undefined;
  }
}
