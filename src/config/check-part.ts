import { accept, keysAt, REFUSED } from './compiled-shape.js';
import { SHAPES } from './compiled-shapes.js';
import type { SchemaName, Written } from './schemas.js';
import type { Checked } from './shape-check.js';

/**
 * Checks the shape of a part of the configuration. zod takes longer to load than all the rest of a configuration to read, so it
 * is asked only about what the compiled shape refuses.
 */
// D367
export async function checkPart<Name extends SchemaName>(
  name: Name,
  value: unknown,
): Promise<Checked<Written<Name>>> {
  const accepted = accept(SHAPES[name], value);
  if (accepted !== REFUSED) return { issues: [], value: accepted as Written<Name> };
  const { checkFully } = await import('./schemas.js');
  return checkFully(name, value);
}

/** The keys that a part of the configuration may have, or an object inside of it. */
export function keysOf(name: SchemaName, ...inside: readonly string[]): readonly string[] {
  return keysAt(SHAPES[name], inside);
}
