/**
 * Breaks a text between words so that it fits into `columns`. The first line already has `taken` columns in use; later
 * lines begin with `indent`. A word longer than a line is not broken.
 */
export function wrapAt(
  widthOf: (word: string) => number,
  text: string,
  columns: number,
  taken: number,
  indent: string,
): string {
  let width = taken;
  let wrapped = '';
  for (const [i, word] of text.split(' ').entries()) {
    const room = widthOf(word);
    if (i > 0 && width + 1 + room > columns) {
      wrapped += `\n${indent}${word}`;
      width = indent.length + room;
      continue;
    }
    wrapped += i > 0 ? ` ${word}` : word;
    width += room + (i > 0 ? 1 : 0);
  }
  return wrapped;
}
