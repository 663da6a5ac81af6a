import { setFlagsFromString } from 'node:v8';

/**
 * How much old memory may grow before V8 collects it, in percent of what was left last time.
 *
 * V8 counts the buffers of messages as growth, young ones too. It frees those cheaply, but not before there are 32 MiB of
 * them, while it collects old memory when that has grown to 4 times its size (8 MiB at least; once it is busy with it, after
 * 8 MiB). Ours is 10 MiB, so that came first: one whole collection for ten messages of 1 MiB, half of all processor time.
 * With 5 times 8 MiB to grow it comes last.
 */
// D127
const GROWTH_PERCENT = 500;

let isDone = false;

/**
 * Messages of any size leave old memory alone from now on; it holds for the whole process. Not to be called before a first
 * connection is open: V8 with other flags takes no compiled code from Node.js, and what is loaded then costs 2 MiB more.
 */
export function makeRoomForLargeMessages(): void {
  if (isDone) return;
  isDone = true;
  setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`);
}
