import type { BatchItem } from '../protocol/envelope.js';
import type { Frame } from '../protocol/frame.js';

/** The batch with its members as `edit` returns them: `undefined` leaves one out. Undefined when none is left. */
export function editedBatch(
  batch: Frame,
  items: readonly BatchItem[],
  edit: (member: Frame) => Frame | undefined,
): Frame | undefined {
  const members = items.map(({ start, end }) => batch.subarray(start, end));
  const passed = members.map(edit);
  if (passed.every((member, i) => member === members[i])) return batch;
  const left = passed.filter((member) => member !== undefined);
  if (left.length === 0) return undefined;
  return Buffer.concat(
    left.flatMap((member, i) => [Buffer.from(i === 0 ? '[' : ','), member]).concat(Buffer.from(']')),
  );
}
