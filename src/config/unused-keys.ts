import { KEYS_OF_KIND } from './compiled-shapes.js';
import { isBlank } from './entry-forms.js';
import { isRecord } from './foreign-root.js';

/** Keys of an entry that only servers of other kinds have, and that set something. */
export function unusedKeys(raw: unknown, kind: string): string[] {
  const own = KEYS_OF_KIND[kind] ?? [];
  const all = Object.values(KEYS_OF_KIND).flat();
  return Object.entries(isRecord(raw) ? raw : {}).flatMap(([key, value]) =>
    all.includes(key) && !own.includes(key) && !isBlank(value) ? [key] : [],
  );
}
