/** Takes no column: combining marks (Vietnamese written in parts), joiners, everything that only formats. */
const ZERO = /^[\p{M}\p{Cf}]$/u;
/** Takes two columns: East Asian wide and fullwidth (Unicode TR11), and what is shown as a picture. */
const WIDE =
  /^[\p{Emoji_Presentation}\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18d08}\u{1aff0}-\u{1b2fb}\u{1d300}-\u{1d376}\u{1f200}-\u{1f265}\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]$/u;
/** Makes a picture of the sign before it, which then takes one column more. */
const PICTURE = '\ufe0f';

/** How many columns of a terminal a text takes, never too few; it must hold no control characters. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) width += widthOf(character);
  return width;
}

/** The text with spaces behind it until it takes `columns` columns. */
export function padToWidth(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - displayWidth(text)));
}

function widthOf(character: string): number {
  if (character <= '\u007e') return 1;
  if (character === PICTURE) return 1;
  if (ZERO.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

/** The text in at most `columns` columns, `…` where it was cut; marks stay with their letter. */
export function cutToWidth(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  if (columns < 1) return '';
  let kept = '';
  let width = 0;
  for (const character of text) {
    width += widthOf(character);
    if (width > columns - 1) break;
    kept += character;
  }
  return `${kept}…`;
}

/** Cut or filled with spaces to exactly `columns`. */
export function fitToWidth(text: string, columns: number): string {
  const cut = cutToWidth(text, columns);
  return cut + ' '.repeat(Math.max(0, columns - displayWidth(cut)));
}

/**
 * Breaks a text between words so that it fits into `columns`. `taken` columns of the first line are in use already;
 * later lines begin with `indent`. A word that is longer than a line is left to the terminal.
 */
export function wrapWords(text: string, columns: number, taken: number, indent: string): string {
  let width = taken;
  let wrapped = '';
  for (const [i, word] of text.split(' ').entries()) {
    const room = displayWidth(word);
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
