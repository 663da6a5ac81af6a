import { setFlagsFromString } from 'node:v8';

/**
 * How much old memory may grow before V8 collects it, in percent of the size after the last collection.
 *
 * V8 counts buffers of messages as growth. It frees young ones cheaply, but only when there are 32 MiB of them. It collects
 * old memory when that has grown to 4 times its size, at least by 8 MiB. Old memory of mcp-pipe is 10 MiB, so it was
 * collected first: once for ten messages of 1 MiB, which took half of all processor time. At 5 times 8 MiB it is collected
 * last.
 */
// D127
const GROWTH_PERCENT = 500;

let isDone = false;

/**
 * Sets a limit of V8 for the whole process: messages of any size no longer cause collections of old memory. Call it only after a first connection is open: with changed flags V8 rejects
 * compiled code from Node.js, and what is loaded then costs 2 MiB more.
 */
export function raiseHeapLimit(): void {
  if (isDone) return;
  isDone = true;
  setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`);
}
