/** Shorter blocks cost little to make. */
export const POOLED_FROM_BYTES = 64 * 1024;
/** Longer blocks are not kept: messages of such a size are rare, and others want the memory. */
const MOST_KEPT_BYTES = 4 * 1024 * 1024;
/** Lengths are rounded up, so that a block also has room for the next message, which may be a little longer. */
const STEP_BYTES = 64 * 1024;

/**
 * Memory for large blocks, used again once a block was written. A fresh megabyte costs more than masking one: the system gives
 * each page when it is first written to, filled with zeros.
 *
 * One block is kept, and weakly: without large messages the next full garbage collection frees it.
 */
// D371
export class BlockPool {
  #spare: WeakRef<ArrayBufferLike> | undefined;

  /** A block with any content, whose memory is its own until `giveBack`. One that is never given back is garbage. */
  take(bytes: number): Buffer {
    const spare = this.#spare?.deref();
    const isFit = spare !== undefined && spare.byteLength >= bytes;
    if (isFit) this.#spare = undefined;
    const memory = isFit ? spare : Buffer.allocUnsafeSlow(roundedUp(bytes)).buffer;
    return Buffer.from(memory, 0, bytes);
  }

  /** A block of `take`, which nothing reads any more. */
  giveBack({ buffer }: Buffer): void {
    if (buffer.byteLength <= MOST_KEPT_BYTES) this.#spare = new WeakRef(buffer);
  }
}

function roundedUp(bytes: number): number {
  return Math.ceil(bytes / STEP_BYTES) * STEP_BYTES;
}
