import { BACKSLASH, CLOSE_BRACE, CLOSE_BRACKET, OPEN_BRACE, OPEN_BRACKET, QUOTE } from './json-bytes.js';

/**
 * Whether objects and arrays stand in each other more than `most` times, in a text that should be JSON. Ends where that is
 * found: a text of brackets alone costs nothing. Pure.
 */
export function nestsDeeper(text: Uint8Array, most: number): boolean {
  if (text.length <= most) return false;
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (c === QUOTE) {
      i = endOfString(text, i + 1);
      if (i < 0) return false;
    } else if (c === OPEN_BRACE || c === OPEN_BRACKET) {
      depth += 1;
      if (depth > most) return true;
    } else if (c === CLOSE_BRACE || c === CLOSE_BRACKET) depth -= 1;
  }
  return false;
}

/** The index of the quotation mark that ends the string, or -1. */
function endOfString(text: Uint8Array, from: number): number {
  let at = text.indexOf(QUOTE, from);
  while (at >= 0) {
    let first = at;
    while (first > from && text[first - 1] === BACKSLASH) first -= 1;
    if ((at - first) % 2 === 0) return at;
    at = text.indexOf(QUOTE, at + 1);
  }
  return -1;
}
