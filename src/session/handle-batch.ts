import type { Frame } from '../protocol/frame.js';
import { FRAME_OVERHEAD_BYTES } from '../transports/batch-queue.js';
import type { Backpressure, HubState } from './hub-state.js';

/** Result of `handleBatch`. */
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
const WRITTEN_TOGETHER = 32;
/**
 * Bytes of our own answers that may lie unread on top of a full transport. A side that reads at all stays far below this.
 * A side that sends many requests before it reads is paused only here.
 */
// D50
const MAX_UNREAD_BYTES = 1024 * 1024;

type From = 'server' | 'endpoint';
type Act<Side> = (hub: HubState, side: Side, frame: Frame) => void;

/**
 * Handles a batch from index `start` on and writes the results. Returns early when the sender of the batch does not
 * read.
 */
export function handleBatch<Side>(
  from: From,
  onFrame: Act<Side>,
  hub: HubState,
  side: Side,
  batch: readonly Frame[],
  start = 0,
): BatchOutcome {
  hub.batchBegins();
  try {
    return passFrom(from, onFrame, hub, side, batch, start);
  } finally {
    hub.batchEnds();
  }
}

function passFrom<Side>(
  from: From,
  onFrame: Act<Side>,
  hub: HubState,
  side: Side,
  batch: readonly Frame[],
  start: number,
): BatchOutcome {
  let slow: Backpressure | undefined;
  for (let i = start; i < batch.length; ) {
    handle(from, onFrame, hub, side, batch[i]!);
    i += 1;
    if (i < batch.length && i % WRITTEN_TOGETHER !== 0) continue;
    const own = bytesOf(from === 'endpoint' ? hub.toEndpoint : hub.toServer);
    slow = hub.flush(slow);
    if (slow.server && from === 'endpoint' && hub.life?.transport.isCostly)
      return { ...slow, handledUpTo: i, unread: undefined };
    if (own === 0) continue;
    hub.unread[from] = slow[from] ? hub.unread[from] + own : 0;
    if (hub.unread[from] > MAX_UNREAD_BYTES) return { ...slow, handledUpTo: i, unread: slow[from] };
  }
  const { server, endpoint } = slow ?? hub.flush();
  return { server, endpoint, handledUpTo: batch.length, unread: undefined };
}

function bytesOf(frames: readonly Frame[]): number {
  let bytes = 0;
  for (const frame of frames) bytes += frame.length + FRAME_OVERHEAD_BYTES;
  return bytes;
}

/** Handles one frame. An exception is reported as an invalid message. */
function handle<Side>(from: From, onFrame: Act<Side>, hub: HubState, side: Side, frame: Frame): void {
  try {
    onFrame(hub, side, frame);
  } catch (error) {
    // D39: no frame ends its link, or another one.
    hub.reportInvalidMessage(
      from,
      `it cannot be handled: ${error instanceof Error ? error.message : error}`,
      frame,
    );
  }
}
