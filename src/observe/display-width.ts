import { eastAsianWidth } from 'get-east-asian-width';
import { wrapAt } from './wrap-words.js';

/**
 * Signs without a column: combining marks (decomposed Vietnamese), format characters (joiners), and the vowels and final
 * consonants of a decomposed Korean syllable.
 */
const ZERO = /^[\p{Mn}\p{Me}\p{Cf}\u1160-\u11ff\ud7b0-\ud7ff]$/u;
/** Turns the sign before it into a picture, which is one column wider. */
const PICTURE = '\ufe0f';

/**
 * Columns of a terminal that a text takes, counted for a terminal that joins no signs (🏳️‍🌈 is two pictures there). On
 * other terminals the count is too high, never too low. The text must hold no control characters.
 */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) width += widthOf(character);
  return width;
}

/** Appends spaces until the text takes `columns` columns. */
export function padToWidth(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - displayWidth(text)));
}

function widthOf(character: string): number {
  if (character <= '\u007e') return 1;
  if (character === PICTURE) return 1;
  if (ZERO.test(character)) return 0;
  return eastAsianWidth(character.codePointAt(0)!);
}

/** Cuts the text to at most `columns` columns, with `…` where it was cut; combining marks stay with their letter. */
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

/** Cuts the text, or appends spaces, to exactly `columns` columns. */
export function fitToWidth(text: string, columns: number): string {
  const cut = cutToWidth(text, columns);
  return cut + ' '.repeat(Math.max(0, columns - displayWidth(cut)));
}

/** `wrapAt`, with the width of each word as a terminal shows it. */
export function wrapWords(text: string, columns: number, taken: number, indent: string): string {
  return wrapAt(displayWidth, text, columns, taken, indent);
}
