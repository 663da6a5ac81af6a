import type { Frame } from '../protocol/frame.js';
import type { Joint, Slowness } from './joint.js';

/** After so many frames what they lead to is written, and the far side begins while the rest of a batch is read. */
const WRITTEN_TOGETHER = 32;

/** Handles a batch and writes what it leads to. A promise in the result means: that side is slower than we are. */
export function pass<Side>(
  from: 'server' | 'endpoint',
  act: (joint: Joint, side: Side, frame: Frame) => void,
  joint: Joint,
  side: Side,
  batch: readonly Frame[],
): Slowness {
  let before: Slowness | undefined;
  for (let i = 0; i < batch.length; i++) {
    if (i > 0 && i % WRITTEN_TOGETHER === 0) before = joint.flush(before);
    handle(from, act, joint, side, batch[i]!);
  }
  return joint.flush(before);
}

/** Whatever a frame holds, it ends neither its link nor, much less, the others. */
function handle<Side>(
  from: 'server' | 'endpoint',
  act: (joint: Joint, side: Side, frame: Frame) => void,
  joint: Joint,
  side: Side,
  frame: Frame,
): void {
  try {
    act(joint, side, frame);
  } catch (error) {
    joint.noise(from, `it cannot be handled: ${error instanceof Error ? error.message : error}`, frame);
  }
}
