import { eastAsianWidth } from 'get-east-asian-width';
import { wrapAt } from './wrap-words.js';

/**
 * Takes no column: combining marks (Vietnamese written in parts), what only formats (joiners), the vowels and final
 * consonants of a Korean syllable written in parts.
 */
const ZERO = /^[\p{Mn}\p{Me}\p{Cf}\u1160-\u11ff\ud7b0-\ud7ff]$/u;
/** Makes a picture of the sign before it, which then takes one column more. */
const PICTURE = '\ufe0f';

/**
 * How many columns of a terminal a text takes, sign by sign as terminals count that join none of them (🏳️‍🌈 is two
 * pictures there): elsewhere it is too many, but never too few. It must hold no control characters.
 */
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
  return eastAsianWidth(character.codePointAt(0)!);
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

/** `wrapAt` by the columns that a terminal takes for each word. */
export function wrapWords(text: string, columns: number, taken: number, indent: string): string {
  return wrapAt(displayWidth, text, columns, taken, indent);
}
