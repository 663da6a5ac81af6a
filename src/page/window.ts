/** Of a long list, the rows that can be seen and the space of those that are not there. */
export type Part = { row: number } | { space: number };

/**
 * @param heights of the rows, in pixels.
 * @param from the first pixel that can be seen, counted from the top of the list.
 * @param to the first pixel below.
 * @param spare rows to keep above and below.
 * @param pinned a row that stays, because it has the focus.
 */
export function windowOf(
  heights: readonly number[],
  { from, to, spare, pinned }: { from: number; to: number; spare: number; pinned?: number | undefined },
): Part[] {
  let top = 0;
  let first = heights.length;
  let last = -1;
  heights.forEach((height, row) => {
    if (top + height > from && top < to) {
      first = Math.min(first, row);
      last = row;
    }
    top += height;
  });
  // Nothing of it can be seen: the end that is nearest.
  if (last < 0) first = last = to <= 0 ? 0 : heights.length - 1;
  first -= spare;
  last += spare;
  const parts: Part[] = [];
  let space = 0;
  heights.forEach((height, row) => {
    if ((row >= first && row <= last) || row === pinned) {
      if (space > 0) parts.push({ space });
      space = 0;
      parts.push({ row });
    } else space += height;
  });
  if (space > 0) parts.push({ space });
  return parts;
}
