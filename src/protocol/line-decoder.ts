import type { Frame } from './frame.js';
import { GatheredMessage } from './gathered-message.js';
import type { OversizeMessage } from './oversize.js';

const LF = 0x0a;
const CR = 0x0d;

/**
 * Splits a byte stream into lines. Works on bytes, so a character that is split over two chunks stays whole, and a line
 * takes time linear in its length. CRLF counts as one line ending; empty lines yield nothing. Of a line that grows past the
 * bound only its envelope is kept.
 */
export class LineDecoder {
  readonly #maxLineBytes: number;
  readonly #onOversize: (line: OversizeMessage) => void;
  /** The unfinished last line. */
  readonly #line: GatheredMessage;

  constructor(maxLineBytes: number, onOversize: (line: OversizeMessage) => void) {
    this.#maxLineBytes = maxLineBytes;
    this.#onOversize = onOversize;
    this.#line = new GatheredMessage(maxLineBytes);
  }

  /** The lines that `chunk` completes, in order. */
  push(chunk: Buffer): Frame[] {
    const lines: Frame[] = [];
    let start = 0;
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, start)) {
      this.#finish(chunk.subarray(start, end), lines);
      start = end + 1;
    }
    if (start < chunk.length) this.#line.add(start === 0 ? chunk : chunk.subarray(start));
    return lines;
  }

  /** The unfinished last line, when the stream ends without a newline. */
  end(): Frame[] {
    const lines: Frame[] = [];
    if (this.#line.bytes > 0) this.#finish(Buffer.alloc(0), lines);
    return lines;
  }

  /** Drops the unfinished line; its memory is freed at once. */
  discard(): void {
    this.#line.discard();
  }

  #finish(rest: Buffer, lines: Frame[]): void {
    let whole: Frame | OversizeMessage = rest;
    if (this.#line.bytes > 0 || rest.length > this.#maxLineBytes) {
      if (rest.length > 0) this.#line.add(rest);
      whole = this.#line.take();
    }
    if (!Buffer.isBuffer(whole)) return this.#onOversize(whole);
    const line = withoutCarriageReturn(whole);
    if (line.length > 0) lines.push(line);
  }
}

function withoutCarriageReturn(line: Buffer): Buffer {
  return line.length > 0 && line[line.length - 1] === CR ? line.subarray(0, -1) : line;
}
