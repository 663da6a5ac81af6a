import type { Readable } from 'node:stream';
import type { Frame } from '../../protocol/frame.js';
import type { OversizeMessage } from '../../protocol/oversize.js';
import type { Clock } from '../../time/clock.js';
import { BatchQueue } from '../batch-queue.js';
import { factsOfError } from '../dial-failure.js';

/** What takes the frames out of bodies. */
export interface BodySink {
  push(chunk: Buffer): void;
  /** The body is complete. */
  end(): void;
  /** The rest of the body will not come. */
  discard(): void;
}

/** How a body ended: undefined: it is complete; else why it was cut, as the system's error code. */
export type Cut = string | undefined;

/** The frames of all answers of one life, for one consumer. While its queue is full no answer is read. */
export class Inflow {
  readonly batches: BatchQueue;
  onOversize: ((message: OversizeMessage) => void) | undefined;
  readonly #bodies = new Set<Readable>();

  constructor(maxQueuedBytes: number) {
    this.batches = new BatchQueue({
      maxQueuedBytes,
      onFull: () => {
        for (const body of this.#bodies) body.pause();
      },
      // Not at once: other links have a turn before the next chunks.
      onRoom: () =>
        void setImmediate(() => {
          if (!this.batches.isFull) for (const body of this.#bodies) body.resume();
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
      let isOver = false;
      const over = (cut: Cut) => {
        if (isOver) return;
        isOver = true;
        if (cut !== undefined) sink.discard();
        this.#bodies.delete(body);
        resolve(cut);
      };
      this.#bodies.add(body);
      body.on('data', (chunk: Buffer) => sink.push(chunk));
      body.on('end', () => {
        if (!isOver) sink.end();
        over(undefined);
      });
      body.on('error', (error) => over(factsOfError(error).reason));
      // A body that was destroyed has no other event.
      body.on('close', () => over('ECONNRESET'));
      if (this.batches.isFull) body.pause();
    });
  }
}

/** Reads and forgets a short body, so that its connection is free again; a long one ends with its connection. */
export function discardBody(body: Readable): void {
  let bytes = 0;
  body.on('error', () => {});
  body.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > WORTH_READING_BYTES) body.destroy();
  });
}

/** Beyond this a new connection is cheaper than the rest of a body that nobody needs; also the most that is looked at of an error's body. */
const WORTH_READING_BYTES = 64 * 1024;

/** No body of a failure that arrives more slowly than this is waited for, in milliseconds: its status says enough. */
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
