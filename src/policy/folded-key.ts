/**
 * A key as programs read it that do not tell capital and small letters apart (Go's `encoding/json`), those of other scripts included that
 * have an ASCII letter for their small or capital form: `paramſ`, `PARAMS` and, as programs in C read it, `params\0x` as `params`.
 */
export function foldedKey(key: string): string {
  const end = key.indexOf('\0');
  const text = end < 0 ? key : key.slice(0, end);
  return text.length > 32 ? text : text.normalize('NFKC').toLowerCase().normalize('NFKC');
}
