import type { Readable } from 'node:stream';
import type { Frame } from '../../protocol/frame.js';
import type { OversizeMessage } from '../../protocol/oversize.js';
import { type Clock, systemClock } from '../../time/clock.js';
import { BatchQueue } from '../batch-queue.js';
import { factsOfError } from '../dial-failure.js';

/** What takes the frames out of bodies. */
export interface BodySink {
  push(chunk: Buffer): void;
  /** The body is complete. */
  end(): void;
  /** The rest of the body will not come. */
  discard(): void;
  /** Bytes of the unfinished message that are kept. */
  heldBytes(): number;
}

/** How a body ended: undefined: it is complete; else why it was cut, as the system's error code. */
export type Cut = string | undefined;

/** Up to this many bytes an unfinished message holds nothing up: it is as good as any that comes in one chunk. */
const SMALL_BYTES = 1024 * 1024;

/** A body that is being read. */
interface Reading {
  body: Readable;
  heldBytes: number;
  /** Others are read first. */
  isWaiting: boolean;
  /** Clock time of the last byte. */
  heardAt: number;
}

/** The turn of a large answer passes on when it has brought nothing for so long, in milliseconds: its server may never go on. */
const STALLED_MS = 5_000;

/**
 * The frames of all answers of one life, for one consumer. While its queue is full no answer is read. When the unfinished
 * messages hold more than the longest message may, the large ones are read one after another: a server that sends many at
 * once takes no more memory than two of them. One that comes no further lets the next one pass.
 */
// D166
export class Inflow {
  readonly batches: BatchQueue;
  onOversize: ((message: OversizeMessage) => void) | undefined;
  readonly #maxHeldBytes: number;
  readonly #clock: Pick<Clock, 'after' | 'now'>;
  /** In the order of their turns. */
  readonly #readings = new Set<Reading>();
  #heldBytes = 0;
  #takeTurns = false;
  /** Ends the wait for the answer whose turn it is; undefined: none waits for it. */
  #cancelWatch: (() => void) | undefined;

  constructor(
    { maxQueuedBytes, maxFrameBytes }: { maxQueuedBytes: number; maxFrameBytes: number },
    clock: Pick<Clock, 'after' | 'now'> = systemClock,
  ) {
    this.#maxHeldBytes = maxFrameBytes;
    this.#clock = clock;
    this.batches = new BatchQueue({
      maxQueuedBytes,
      onFull: () => {
        for (const { body } of this.#readings) body.pause();
      },
      // Not at once: other links have a turn before the next chunks.
      onRoom: () =>
        void setImmediate(() => {
          if (this.batches.isFull) return;
          for (const { body, isWaiting } of this.#readings) if (!isWaiting) body.resume();
        }),
    });
  }

  push(frame: Frame): void {
    this.batches.push(frame);
  }

  oversize(message: OversizeMessage): void {
    this.onOversize?.(message);
  }

  /** Reads a body to its end, which it resolves with. Never rejects. */
  read(body: Readable, sink: BodySink): Promise<Cut> {
    return new Promise((resolve) => {
      const reading: Reading = { body, heldBytes: 0, isWaiting: false, heardAt: this.#clock.now() };
      const over = (cut: Cut) => {
        if (!this.#readings.delete(reading)) return;
        if (cut !== undefined) sink.discard();
        this.#holds(reading, 0);
        resolve(cut);
      };
      this.#readings.add(reading);
      body.on('data', (chunk: Buffer) => {
        reading.heardAt = this.#clock.now();
        sink.push(chunk);
        this.#holds(reading, sink.heldBytes());
      });
      body.on('end', () => {
        if (this.#readings.has(reading)) sink.end();
        over(undefined);
      });
      body.on('error', (error) => over(factsOfError(error).reason));
      // A body that was destroyed has no other event.
      body.on('close', () => over('ECONNRESET'));
      if (this.batches.isFull) body.pause();
    });
  }

  #holds(reading: Reading, bytes: number): void {
    if (bytes === reading.heldBytes) return;
    this.#heldBytes += bytes - reading.heldBytes;
    reading.heldBytes = bytes;
    const hadTurns = this.#takeTurns;
    this.#takeTurns = this.#heldBytes > this.#maxHeldBytes;
    if (this.#takeTurns || hadTurns) this.#giveTurns();
  }

  #giveTurns(): void {
    let isTaken = false;
    let doesWait = false;
    for (const reading of this.#readings) {
      const isLarge = this.#takeTurns && reading.heldBytes > SMALL_BYTES;
      const mustWait = isLarge && isTaken;
      isTaken ||= isLarge;
      doesWait ||= mustWait;
      if (mustWait === reading.isWaiting) continue;
      reading.isWaiting = mustWait;
      if (mustWait) reading.body.pause();
      else if (!this.batches.isFull) reading.body.resume();
      // Its time begins with its turn.
      reading.heardAt = this.#clock.now();
    }
    if (doesWait) this.#cancelWatch ??= this.#clock.after(STALLED_MS, () => this.#passTurn());
    else {
      this.#cancelWatch?.();
      this.#cancelWatch = undefined;
    }
  }

  #passTurn(): void {
    this.#cancelWatch = undefined;
    const reader = [...this.#readings].find(
      ({ heldBytes, isWaiting }) => heldBytes > SMALL_BYTES && !isWaiting,
    );
    // What mcp-pipe does not read has not stalled.
    if (reader && !this.batches.isFull && this.#clock.now() - reader.heardAt >= STALLED_MS) {
      this.#readings.delete(reader);
      this.#readings.add(reader);
    }
    this.#giveTurns();
  }
}

/** How long a stream may stay open behind its last answer, in milliseconds: its end comes with the answer, or soon. */
const LINGER_MS = 5_000;

/** Ends a stream that has given its last answer, if the server does not: some forget it. */
export function endSoon(body: Readable, clock: Pick<Clock, 'after'>): void {
  if (body.closed) return;
  const cancel = clock.after(LINGER_MS, () => body.destroy());
  body.once('close', cancel);
}

/** Reads and forgets a short body, so that its connection is free again; a long or slow one ends with its connection. */
export function discardBody(body: Readable, clock: Pick<Clock, 'after'>): void {
  let bytes = 0;
  body.on('error', () => {});
  body.once(
    'close',
    clock.after(BODY_TIMEOUT_MS, () => body.destroy()),
  );
  body.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > WORTH_READING_BYTES) body.destroy();
  });
}

/** Beyond this a new connection is cheaper than the rest of a body that nobody needs; also the most that is looked at of an error's body. */
const WORTH_READING_BYTES = 64 * 1024;

/** No body that nobody needs and that arrives more slowly than this is waited for, in milliseconds. */
const BODY_TIMEOUT_MS = 2_000;

/** The beginning of a body that is no answer to be carried; whatever could be read in a short time. Never rejects. */
export async function startOfBody(body: Readable, clock: Pick<Clock, 'after'>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const cancel = clock.after(BODY_TIMEOUT_MS, () => body.destroy());
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      bytes += chunk.length;
      // Leaving the loop ends the connection.
      if (bytes >= WORTH_READING_BYTES) break;
    }
  } catch {
    // The status says enough.
  } finally {
    cancel();
  }
  return Buffer.concat(chunks).subarray(0, WORTH_READING_BYTES);
}
