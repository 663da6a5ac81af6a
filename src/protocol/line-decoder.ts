import type { Frame } from './frame.js';
import { type OversizeMessage, OversizeReader } from './oversize.js';

const LF = 0x0a;
const CR = 0x0d;

/** From this length on a line is gathered in one block instead of a list of chunks. */
const BLOCK_FROM_BYTES = 2 * 1024 * 1024;

/**
 * Splits a byte stream into lines. Works on bytes, so a character that is split over two chunks stays whole. A short
 * line in several chunks is joined once; a long one is gathered in a block that grows in place, so a line takes time
 * linear in its length. The memory of the block is freed at once; that of thousands of chunks would wait for the
 * garbage collector, and then for the allocator. CRLF counts as one line ending; empty lines yield nothing. Of a line
 * that grows past the bound only its envelope is kept.
 */
export class LineDecoder {
  readonly #maxLineBytes: number;
  readonly #onOversize: (line: OversizeMessage) => void;
  #chunks: Buffer[] = [];
  #block: ArrayBuffer | undefined;
  #bytes = 0;
  #long: OversizeReader | undefined;

  constructor(maxLineBytes: number, onOversize: (line: OversizeMessage) => void) {
    this.#maxLineBytes = maxLineBytes;
    this.#onOversize = onOversize;
  }

  /** The lines that `chunk` completes, in order. */
  push(chunk: Buffer): Frame[] {
    const lines: Frame[] = [];
    let start = 0;
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, start)) {
      this.#finish(chunk.subarray(start, end), lines);
      start = end + 1;
    }
    if (start < chunk.length) this.#keep(start === 0 ? chunk : chunk.subarray(start));
    return lines;
  }

  /** The unfinished last line, when the stream ends without a newline. */
  end(): Frame[] {
    const lines: Frame[] = [];
    if (this.#bytes > 0) this.#finish(Buffer.alloc(0), lines);
    return lines;
  }

  /** Drops the unfinished line; its memory is freed at once. */
  discard(): void {
    this.#block?.resize(0);
    this.#block = undefined;
    this.#chunks = [];
    this.#bytes = 0;
    this.#long = undefined;
  }

  #keep(piece: Buffer): void {
    const before = this.#bytes;
    this.#bytes += piece.length;
    if (this.#bytes > this.#maxLineBytes) return this.#drop(piece, before);
    if (this.#bytes < BLOCK_FROM_BYTES) {
      this.#chunks.push(piece);
      return;
    }
    const block = this.#block ?? this.#newBlock();
    if (block.byteLength < this.#bytes) block.resize(Math.min(2 * this.#bytes, block.maxByteLength));
    piece.copy(Buffer.from(block), before);
  }

  #newBlock(): ArrayBuffer {
    this.#block = new ArrayBuffer(2 * BLOCK_FROM_BYTES, {
      maxByteLength: Math.max(this.#maxLineBytes, 2 * BLOCK_FROM_BYTES),
    });
    const bytes = Buffer.from(this.#block);
    let at = 0;
    for (const chunk of this.#chunks) at += chunk.copy(bytes, at);
    this.#chunks = [];
    return this.#block;
  }

  /** Copies the first `bytes` of the block, and frees the block. */
  #emptyBlock(block: ArrayBuffer, bytes: number): Buffer {
    const line = Buffer.allocUnsafeSlow(bytes);
    Buffer.from(block, 0, bytes).copy(line);
    block.resize(0);
    this.#block = undefined;
    return line;
  }

  /** The line is over the bound with `piece`, of which `held` bytes came before: from now on only its envelope is read. */
  #drop(piece: Buffer, held: number): void {
    if (!this.#long) {
      this.#long = new OversizeReader();
      for (const chunk of this.#chunks) this.#long.push(chunk);
      this.#chunks = [];
      if (this.#block) {
        this.#long.push(Buffer.from(this.#block, 0, held));
        this.#block.resize(0);
        this.#block = undefined;
      }
    }
    this.#long.push(piece);
  }

  #finish(rest: Buffer, lines: Frame[]): void {
    if (this.#bytes === 0 && rest.length <= this.#maxLineBytes) {
      const line = withoutCarriageReturn(rest);
      if (line.length > 0) lines.push(line);
      return;
    }
    if (rest.length > 0) this.#keep(rest);
    const [chunks, block, bytes, long] = [this.#chunks, this.#block, this.#bytes, this.#long];
    this.#chunks = [];
    this.#bytes = 0;
    this.#long = undefined;
    if (long) return this.#onOversize(long.end());
    const whole = block
      ? this.#emptyBlock(block, bytes)
      : chunks.length === 1
        ? chunks[0]!
        : Buffer.concat(chunks, bytes);
    const line = withoutCarriageReturn(whole);
    if (line.length > 0) lines.push(line);
  }
}

function withoutCarriageReturn(line: Buffer): Buffer {
  return line.length > 0 && line[line.length - 1] === CR ? line.subarray(0, -1) : line;
}
