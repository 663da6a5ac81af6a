/** Longer texts rarely come twice. */
const LONGEST_INTERNED = 48;
const SLOTS = 64;

/** The string between these offsets, which do not include its quotes. */
export function stringAt(b: Buffer, start: number, end: number): string {
  const inner = b.toString('utf8', start, end);
  return inner.includes('\\') ? (JSON.parse(`"${inner}"`) as string) : inner;
}

/**
 * A cache of strings of one kind, found by some of their bytes: most traffic consists of a few strings, and finding one is
 * cheaper than creating it.
 */
export class InternedStrings {
  readonly #known = new Array<{ bytes: Buffer; text: string } | undefined>(SLOTS);

  /** The same as `stringAt`. */
  at(b: Buffer, start: number, end: number): string {
    const length = end - start;
    if (length > LONGEST_INTERNED) return stringAt(b, start, end);
    const slot = (length + b[start]! * 3 + b[end - 1]! * 5 + b[(start + end) >> 1]! * 7) & (SLOTS - 1);
    const known = this.#known[slot];
    if (known && known.bytes.length === length) {
      let k = 0;
      while (k < length && known.bytes[k] === b[start + k]) k += 1;
      if (k === length) return known.text;
    }
    const text = stringAt(b, start, end);
    this.#known[slot] = { bytes: Buffer.from(b.subarray(start, end)), text };
    return text;
  }
}
