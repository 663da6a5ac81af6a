import { totalmem } from 'node:os';
import { type Lang, messagesFor } from '../messages/index.js';

/** A machine that is sold with 1 GB shows 950 to 1024 MiB; six common servers take more than half of that. */
const SMALL_BYTES = 1_100 * 1024 ** 2;

/** Memory of this machine in bytes, or the limit of the container when that is lower. */
function memoryHere(): number {
  // 0: there is no limit, or it is not known.
  return Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
}

/**
 * One sentence about `"start": "demand"`, for a machine with little memory; nothing for any other, and when the configuration
 * speaks of it already.
 *
 * @param text The configuration.
 */
export function offerDemand(
  { file, text }: { file: string; text: string },
  lang: Lang,
  bytes = memoryHere(),
): string[] {
  if (bytes > SMALL_BYTES || /"start"\s*:/.test(text)) return [];
  return [messagesFor(lang).demand.offer({ file, bytes })];
}
