import type { Frame } from '../protocol/frame.js';
import type { OnStatus } from '../protocol/status.js';
import { FRAME_OVERHEAD_BYTES } from '../transports/batch-queue.js';
import type { Connection } from './client-state.js';
import { fromEndpoint } from './from-endpoint.js';
import { fromServer } from './from-server.js';
import type { Backpressure, HubState } from './hub-state.js';
import type { ServerLife } from './server-life.js';

/** Result of handling a batch. */
interface BatchOutcome extends Backpressure {
  /** Index of the first frame that was not handled; the length of the batch when all were. */
  handledUpTo: number;
  /**
   * Set when the sender of the batch does not read our answers and too many bytes are unread: nothing more should be read
   * from this sender until the promise resolves.
   */
  unread: Promise<void> | undefined;
}

/** Results are written after this many frames, so that the receiver begins while the rest of a batch is handled. */
// D43
export const WRITTEN_TOGETHER = 32;
/**
 * Bytes of our own answers that may lie unread on top of a full transport. A side that reads at all stays far below this.
 * A side that sends many requests before it reads is paused only here.
 */
// D50
const MAX_UNREAD_BYTES = 1024 * 1024;

/**
 * Handles a batch of a client from index `start` on and writes the results. Returns early when the client does not
 * read, or when the server, a router, does not.
 */
export function batchFromEndpoint(
  hub: HubState,
  connection: Connection,
  batch: readonly Frame[],
  start: number,
): BatchOutcome {
  const { client } = connection;
  hub.beginBatch();
  try {
    let slow: Backpressure | undefined;
    for (let at = start; at < batch.length; ) {
      for (const end = endOfPart(batch, at, WRITTEN_TOGETHER); at < end; at++) {
        try {
          fromEndpoint(hub, connection, batch[at]!);
        } catch (error) {
          reportUnhandled(hub, client.options, 'endpoint', batch[at]!, error);
        }
      }
      const own = client.bytesToSend;
      slow = hub.flushFromClient(slow);
      if (slow.server && hub.life?.transport.isCostly) return { ...slow, handledUpTo: at, unread: undefined };
      if (isTooMuchUnread(client, own, client.slow)) return { ...slow, handledUpTo: at, unread: client.slow };
    }
    const { server, clients } = slow ?? hub.flushFromClient();
    return { server, clients, handledUpTo: batch.length, unread: client.stalled };
  } finally {
    hub.endBatch();
  }
}

/** As `batchFromEndpoint`, for the server; returns early when the server does not read. */
export function batchFromServer(
  hub: HubState,
  life: ServerLife,
  batch: readonly Frame[],
  start: number,
): BatchOutcome {
  // What clients have sent is not counted as our answers.
  if (hub.isShared && hub.toServer.length > 0) hub.flush();
  // The results are for several clients, and each of them costs a write.
  const together = WRITTEN_TOGETHER * Math.max(1, hub.clients.length);
  hub.beginBatch();
  try {
    let slow: Backpressure | undefined;
    for (let at = start; at < batch.length; ) {
      for (const end = endOfPart(batch, at, together); at < end; at++) {
        try {
          fromServer(hub, life, batch[at]!);
        } catch (error) {
          reportUnhandled(hub, hub.options, 'server', batch[at]!, error);
        }
      }
      const own = bytesOf(hub.toServer);
      slow = hub.flush(slow);
      if (isTooMuchUnread(hub, own, slow.server)) return { ...slow, handledUpTo: at, unread: slow.server };
    }
    const { server, clients } = slow ?? hub.flush();
    return { server, clients, handledUpTo: batch.length, unread: undefined };
  } finally {
    hub.endBatch();
  }
}

/** Index of the first frame whose results are not written together with those of the frame at `at`. */
function endOfPart(batch: readonly Frame[], at: number, together: number): number {
  return Math.min(batch.length, at - (at % together) + together);
}

/** Counts `own`, the bytes of our own answers that were just written to the sender of the batch. */
function isTooMuchUnread(sender: { unread: number }, own: number, slow: Promise<void> | undefined): boolean {
  if (own === 0) return false;
  sender.unread = slow ? sender.unread + own : 0;
  return sender.unread > MAX_UNREAD_BYTES;
}

function bytesOf(frames: readonly Frame[]): number {
  let bytes = 0;
  for (const frame of frames) bytes += frame.length + FRAME_OVERHEAD_BYTES;
  return bytes;
}

/** An exception is reported as an invalid message. */
// D39: no frame ends its link, or another one.
function reportUnhandled(
  hub: HubState,
  reporter: { onStatus: OnStatus },
  from: 'server' | 'endpoint',
  frame: Frame,
  error: unknown,
): void {
  const why = `it cannot be handled: ${error instanceof Error ? error.message : error}` as const;
  hub.reportInvalidMessage(reporter, from, why, frame);
}
