import type { Frame } from '../../protocol/frame.js';
import { BACKSLASH, COLON, QUOTE } from '../../protocol/json-bytes.js';
import { membersOf, type Range } from '../../protocol/json-parts.js';
import { foldedKey } from '../folded-key.js';

/**
 * Members of an object that programs read in different ways, as they are written, in order: of `names` those that are there
 * twice or in other letters, and those with a member twice in their values. Of two equal keys some programs take the first, others the
 * last (RFC 8259 §4). `value` is the object as JSON.parse reads it.
 */
// D257
export function ambiguousMembers(
  frame: Frame,
  value: Readonly<Record<string, unknown>>,
  names: readonly string[],
): string[] {
  const folded = names.map(foldedKey);
  const found = membersOf(frame, { start: 0, end: frame.length }).flatMap((member) => {
    const at = folded.indexOf(foldedKey(member.key));
    return at < 0 ? [] : [{ ...member, name: names[at]! }];
  });
  const isAmbiguous = (name: string): boolean => {
    const same = found.filter((one) => one.name === name);
    const [first] = same;
    if (!first) return false;
    return same.length > 1 || first.key !== name || keysIn(frame, first) !== keysOf(value[name]);
  };
  const ambiguous = new Set(names.filter(isAmbiguous));
  return found
    .filter(({ name }) => ambiguous.has(name))
    .map(({ key, start, end }) => `${JSON.stringify(key)}: ${frame.toString('utf8', start, end)}`);
}

/** How many members the objects in a JSON text have: each has one colon outside of texts. */
function keysIn(frame: Frame, { start, end }: Range): number {
  let count = 0;
  if (frame[start] === QUOTE) return count;
  for (let at = start; at < end; at++) {
    const byte = frame[at];
    if (byte === QUOTE) at = endOfText(frame, at);
    else if (byte === COLON) count += 1;
  }
  return count;
}

/** The offset of the quote that ends the text which begins at `start`. */
function endOfText(frame: Frame, start: number): number {
  let end = start;
  for (;;) {
    end = frame.indexOf(QUOTE, end + 1);
    let slashes = 0;
    while (frame[end - 1 - slashes] === BACKSLASH) slashes += 1;
    if (slashes % 2 === 0) return end;
  }
}

/** The same of a value that was read: fewer where a key was there twice. */
function keysOf(value: unknown): number {
  let count = 0;
  const left: unknown[] = [value];
  while (left.length > 0) {
    const one = left.pop();
    if (typeof one !== 'object' || one === null) continue;
    const values = Object.values(one);
    if (!Array.isArray(one)) count += values.length;
    for (const value of values) left.push(value);
  }
  return count;
}
