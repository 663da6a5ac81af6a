import { write, writeSync } from 'node:fs';
import { type Clock, systemClock } from '../time/clock.js';

/** Lines are dropped while more bytes than this wait for the reader. */
const MAX_QUEUED_BYTES = 8 * 1024 * 1024;
/** Pause before the next attempt when the reader has no room and the descriptor does not block. */
const RETRY_MS = 20;
/** How long the log of an exiting process waits for its reader, in milliseconds. */
const FLUSH_TIMEOUT_MS = 2_000;

export interface SinkOptions {
  clock?: Clock;
  maxQueuedBytes?: number;
  /** Called when there is room again, with the number of lines that were dropped. */
  onDropped?: (count: number) => void;
  /**
   * Called when the descriptor takes nothing any more, with the error of the system, and the number of lines that were not
   * written as a whole; nothing is written after that.
   */
  onEnd?: (error: Error, lost: number) => void;
}

/**
 * Writes lines to a file descriptor without blocking, because a log without a reader must not stop a link. Lines that still
 * wait when the process exits are written then, synchronously. When the reader has closed, lines are dropped.
 */
export class StderrSink {
  readonly #fd: number;
  readonly #clock: Clock;
  readonly #maxQueuedBytes: number;
  readonly #onDropped: (count: number) => void;
  readonly #onEnd: (error: Error, lost: number) => void;
  #queue: Buffer[] = [];
  #queuedBytes = 0;
  #writing = false;
  #gone = false;
  #dropped = 0;
  #isHeld = false;
  #idle: (() => void)[] = [];

  constructor(
    fd: number,
    {
      clock = systemClock,
      maxQueuedBytes = MAX_QUEUED_BYTES,
      onDropped = () => {},
      onEnd = () => {},
    }: SinkOptions = {},
  ) {
    this.#fd = fd;
    this.#clock = clock;
    this.#maxQueuedBytes = maxQueuedBytes;
    this.#onDropped = onDropped;
    this.#onEnd = onEnd;
  }

  write(line: string): void {
    if (this.#gone) return;
    if (this.#queuedBytes > this.#maxQueuedBytes) {
      this.#dropped += linesIn(line);
      return;
    }
    const bytes = Buffer.from(line);
    this.#queue.push(bytes);
    this.#queuedBytes += bytes.length;
    if (!this.#writing && !this.#isHeld) this.#next();
  }

  /** Writes nothing until `release`, except at the end of the process. */
  hold(): void {
    this.#isHeld = true;
  }

  release(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    if (!this.#writing) this.#next();
  }

  /** True when everything is written, so that another line would be written at once. */
  get idle(): boolean {
    return !this.#writing && !this.#isHeld;
  }

  /** Writes synchronously. Only for the end of the process. */
  writeNow(text: string): void {
    if (this.#gone) return;
    this.#queue.push(Buffer.from(text));
    this.flushSync();
  }

  /** Resolves when everything is written, the reader has closed, or `FLUSH_TIMEOUT_MS` have passed. */
  async flush(): Promise<void> {
    if (!this.#writing) return;
    await new Promise<void>((resolve) => {
      const cancel = this.#clock.after(FLUSH_TIMEOUT_MS, resolve);
      this.#idle.push(() => {
        cancel();
        resolve();
      });
    });
  }

  /** Writes waiting lines synchronously. Only for the end of the process. */
  flushSync(): void {
    let rest: Buffer = Buffer.concat(this.#queue);
    this.#queue = [];
    // Waits one second at most for a reader that has no room.
    for (let tries = 0; rest.length > 0 && !this.#gone && tries < 50; ) {
      try {
        rest = rest.subarray(writeSync(this.#fd, rest));
      } catch (error) {
        if (!noRoom(error)) return;
        tries += 1;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
      }
    }
  }

  #next(): void {
    if (this.#isHeld || this.#queue.length === 0) {
      this.#writing = false;
      const idle = this.#idle;
      this.#idle = [];
      for (const resolve of idle) resolve();
      return;
    }
    this.#writing = true;
    const bytes = Buffer.concat(this.#queue);
    this.#queue = [];
    this.#write(bytes);
  }

  #write(bytes: Buffer): void {
    write(this.#fd, bytes, (error, written) => {
      if (error && noRoom(error)) {
        this.#clock.after(RETRY_MS, () => this.#write(bytes));
        return;
      }
      if (error) return this.#end(error, bytes);
      this.#queuedBytes -= written;
      if (written < bytes.length) return this.#write(bytes.subarray(written));
      this.#tellDropped();
      this.#next();
    });
  }

  #tellDropped(): void {
    const count = this.#dropped;
    this.#dropped = 0;
    if (count > 0) this.#onDropped(count);
  }

  /** After EPIPE, EBADF, EIO or ENOSPC. When it was the log of stderr, the error cannot be reported anywhere. */
  #end(error: Error, unwritten: Buffer): void {
    this.#gone = true;
    const lost = [unwritten, ...this.#queue].reduce((sum, bytes) => sum + linesIn(bytes), this.#dropped);
    this.#dropped = 0;
    this.#queue = [];
    this.#next();
    this.#onEnd(error, lost);
  }
}

/** Lines that end in it; an end alone, at its beginning, is none: nothing of a line is missing there. */
export function linesIn(text: string | Buffer): number {
  let lines = 0;
  for (let at = text.indexOf('\n', 1); at >= 0; at = text.indexOf('\n', at + 1)) lines += 1;
  return lines;
}

function noRoom(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'EAGAIN' || code === 'EBUSY';
}
