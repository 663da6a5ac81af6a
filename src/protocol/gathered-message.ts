import type { Frame } from './frame.js';
import { type OversizeMessage, OversizeReader } from './oversize.js';

/** From this length on a message is gathered in one block instead of a list of pieces. */
const BLOCK_FROM_BYTES = 2 * 1024 * 1024;

/**
 * Gathers one message after another from the pieces in which it arrives. A short message is joined once; a long one is
 * gathered in a block that grows in place, so a message takes time linear in its length. The memory of the block is freed
 * at once; that of thousands of pieces would wait for the garbage collector, and then for the allocator. Of a message that
 * grows past the bound only its envelope is kept.
 */
export class GatheredMessage {
  readonly #maxBytes: number;
  #pieces: Buffer[] = [];
  #block: ArrayBuffer | undefined;
  #bytes = 0;
  #long: OversizeReader | undefined;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Bytes of the message so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Bytes of it that are kept. */
  get heldBytes(): number {
    return this.#long ? 0 : this.#bytes;
  }

  /** Adds a piece, which is kept as it is: its memory may not be reused. */
  add(piece: Buffer): void {
    const before = this.#bytes;
    this.#bytes += piece.length;
    if (this.#bytes > this.#maxBytes) return this.#drop(piece, before);
    if (this.#bytes < BLOCK_FROM_BYTES) {
      this.#pieces.push(piece);
      return;
    }
    const block = this.#block ?? this.#newBlock();
    if (block.byteLength < this.#bytes) block.resize(Math.min(2 * this.#bytes, block.maxByteLength));
    piece.copy(Buffer.from(block), before);
  }

  /** The whole message, or its envelope if it is over the bound. The next one begins. */
  take(): Frame | OversizeMessage {
    const [pieces, block, bytes, long] = [this.#pieces, this.#block, this.#bytes, this.#long];
    this.#pieces = [];
    this.#bytes = 0;
    this.#long = undefined;
    if (long) return long.end();
    if (block) return this.#emptyBlock(block, bytes);
    return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces, bytes);
  }

  /** Drops the unfinished message; its memory is freed at once. */
  discard(): void {
    this.#block?.resize(0);
    this.#block = undefined;
    this.#pieces = [];
    this.#bytes = 0;
    this.#long = undefined;
  }

  #newBlock(): ArrayBuffer {
    this.#block = new ArrayBuffer(2 * BLOCK_FROM_BYTES, {
      maxByteLength: Math.max(this.#maxBytes, 2 * BLOCK_FROM_BYTES),
    });
    const bytes = Buffer.from(this.#block);
    let at = 0;
    for (const piece of this.#pieces) at += piece.copy(bytes, at);
    this.#pieces = [];
    return this.#block;
  }

  /** Copies the first `bytes` of the block, and frees the block. */
  #emptyBlock(block: ArrayBuffer, bytes: number): Buffer {
    const message = Buffer.allocUnsafeSlow(bytes);
    Buffer.from(block, 0, bytes).copy(message);
    block.resize(0);
    this.#block = undefined;
    return message;
  }

  /** The message is over the bound with `piece`, before which `held` bytes came: from now on only its envelope is read. */
  #drop(piece: Buffer, held: number): void {
    if (!this.#long) {
      this.#long = new OversizeReader();
      for (const kept of this.#pieces) this.#long.push(kept);
      this.#pieces = [];
      if (this.#block) {
        this.#long.push(Buffer.from(this.#block, 0, held));
        this.#block.resize(0);
        this.#block = undefined;
      }
    }
    this.#long.push(piece);
  }
}
