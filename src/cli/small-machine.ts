import { thisMachine } from '../daemon/memory-need.js';
import { type Lang, messagesFor } from '../messages/index.js';

/** A machine that is sold with 1 GB shows 950 to 1024 MiB; six common servers take more than half of that. */
const SMALL_BYTES = 1_100 * 1024 ** 2;

/**
 * One sentence about `"start": "demand"`, for a machine with little memory; nothing for any other, and when the configuration
 * speaks of it already.
 *
 * @param text The configuration.
 */
export function offerDemand(
  { file, text }: { file: string; text: string },
  lang: Lang,
  bytes = thisMachine().totalBytes,
): string[] {
  if (bytes > SMALL_BYTES || /"start"\s*:/.test(text)) return [];
  return [messagesFor(lang).demand.offer({ file, bytes })];
}
