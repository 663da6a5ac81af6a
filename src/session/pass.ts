import type { Frame } from '../protocol/frame.js';
import { FRAME_OVERHEAD_BYTES } from '../transports/batch-queue.js';
import type { Joint, Slowness } from './joint.js';

/** What a batch has led to. */
interface Passed extends Slowness {
  /** Up to which frame of the batch it was handled. */
  upTo: number;
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
type Act<Side> = (joint: Joint, side: Side, frame: Frame) => void;

/** Handles a batch from `start` on, and writes what it leads to. Ends early when its sender does not read. */
export function pass<Side>(
  from: From,
  act: Act<Side>,
  joint: Joint,
  side: Side,
  batch: readonly Frame[],
  start = 0,
): Passed {
  joint.batchBegins();
  try {
    return passFrom(from, act, joint, side, batch, start);
  } finally {
    joint.batchEnds();
  }
}

function passFrom<Side>(
  from: From,
  act: Act<Side>,
  joint: Joint,
  side: Side,
  batch: readonly Frame[],
  start: number,
): Passed {
  let slow: Slowness | undefined;
  for (let i = start; i < batch.length; ) {
    handle(from, act, joint, side, batch[i]!);
    i += 1;
    if (i < batch.length && i % WRITTEN_TOGETHER !== 0) continue;
    const own = bytesOf(from === 'endpoint' ? joint.toEndpoint : joint.toServer);
    slow = joint.flush(slow);
    if (slow.server && from === 'endpoint' && joint.life?.transport.isCostly)
      return { ...slow, upTo: i, unread: undefined };
    if (own === 0) continue;
    joint.unread[from] = slow[from] ? joint.unread[from] + own : 0;
    if (joint.unread[from] > MAX_UNREAD_BYTES) return { ...slow, upTo: i, unread: slow[from] };
  }
  const { server, endpoint } = slow ?? joint.flush();
  return { server, endpoint, upTo: batch.length, unread: undefined };
}

function bytesOf(frames: readonly Frame[]): number {
  let bytes = 0;
  for (const frame of frames) bytes += frame.length + FRAME_OVERHEAD_BYTES;
  return bytes;
}

/** Whatever a frame holds, it ends neither its link nor, much less, the others. */
function handle<Side>(from: From, act: Act<Side>, joint: Joint, side: Side, frame: Frame): void {
  try {
    act(joint, side, frame);
  } catch (error) {
    // D39: no frame ends a link.
    joint.noise(from, `it cannot be handled: ${error instanceof Error ? error.message : error}`, frame);
  }
}
