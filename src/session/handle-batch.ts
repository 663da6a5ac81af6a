import type { Frame } from '../protocol/frame.js';
import { FRAME_OVERHEAD_BYTES } from '../transports/batch-queue.js';
import type { Backpressure, HubState } from './hub-state.js';

/** What a batch has led to. */
interface BatchOutcome extends Backpressure {
  /** Up to which frame of the batch it was handled. */
  handledUpTo: number;
  /**
   * Whoever has sent the batch does not read what we answer: so much is unread that nothing more should be read of it
   * until this resolves.
   */
  unread: Promise<void> | undefined;
}

/** After so many frames what they lead to is written, and the far side begins while the rest of a batch is read. */
// D43
const WRITTEN_TOGETHER = 32;
/**
 * Own answers that may lie unread beyond what a transport takes without complaint: far more than anybody has open who reads
 * now and then. Whoever writes much before it reads anything is waited for no earlier.
 */
// D50
const MAX_UNREAD_BYTES = 1024 * 1024;

type From = 'server' | 'endpoint';
type Act<Side> = (hub: HubState, side: Side, frame: Frame) => void;

/** Handles a batch from `start` on, and writes what it leads to. Ends early when its sender does not read. */
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

/** Whatever a frame holds, it ends neither its link nor, much less, the others. */
function handle<Side>(from: From, onFrame: Act<Side>, hub: HubState, side: Side, frame: Frame): void {
  try {
    onFrame(hub, side, frame);
  } catch (error) {
    // D39: no frame ends a link.
    hub.reportInvalidMessage(
      from,
      `it cannot be handled: ${error instanceof Error ? error.message : error}`,
      frame,
    );
  }
}
