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
/** Longer tokens are no id that anybody uses, and no key that matters. */
const MAX_TOKEN_BYTES = 256;
const NUMBER = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/;

/**
 * The outermost members of something that was meant as a JSON object, wherever it breaks the rules inside: values are
 * passed over by their brackets and quotes alone, and either kind of quotes will do. It may come in pieces.
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

  constructor(isDoubleByte = false) {
    this.#isDoubleByte = isDoubleByte;
  }

  /** It says so itself, and so far nothing speaks against it: an answer to the request `rawId`. */
  get isAnswer(): boolean {
    if (this.rawId === undefined || this.#outcome === undefined || this.keys.has('method')) return false;
    if (this.keys.has('jsonrpc')) return true;
    // Servers print JSON of their own, which may have an id as well.
    const own = [...this.keys].every((key) => key === 'id' || key === 'result' || key === 'error');
    return own && this.#outcome === OPEN_BRACE;
  }

  /** What is left of an answer whose result is `undefined` in JavaScript. Of one that has ended. */
  get isEmptyAnswer(): boolean {
    return this.rawId !== undefined && this.keys.size === 2 && this.keys.has('jsonrpc');
  }

  /** A request, which has to be answered. */
  get isRequest(): boolean {
    return this.rawId !== undefined && this.keys.has('method') && this.#outcome === undefined;
  }

  /** It has a member that messages have. */
  get isPlausible(): boolean {
    return ['jsonrpc', 'id', 'result', 'error'].some((key) => this.keys.has(key));
  }

  /** Reads on, at first from the opening brace; the result is where the object has ended, or -1. */
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

  /** True at the end of the object. */
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

  /** The first byte of a value counts. */
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
