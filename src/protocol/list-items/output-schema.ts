import { createHash } from 'node:crypto';
import type { Json } from './rules.js';

/** Most schemas whose result is remembered. */
const MAX_KNOWN = 1_024;
/** In bytes. Larger schemas are dropped without a check, because compiling one takes seconds. */
const MAX_BYTES = 256 * 1_024;

const known = new Map<string, boolean>();
let compiler: Promise<(schema: Json) => void> | undefined;

/**
 * Whether clients can compile an `outputSchema`. The SDK's client compiles each one when it reads the list, and rejects the
 * whole list when one fails; so this does the same, with the same library. A schema with names (`$id`, anchors) may
 * contradict that of another tool, and counts as not usable.
 */
export async function isUsable(schema: Json): Promise<boolean> {
  const text = JSON.stringify(schema);
  if (text.length > MAX_BYTES || /"(\\u0024|\$)(id|anchor|dynamicAnchor|recursiveAnchor)"/.test(text))
    return false;
  const key = createHash('sha256').update(text).digest('base64');
  const before = known.get(key);
  if (before !== undefined) return before;
  compiler ??= newCompiler();
  const compile = await compiler;
  let isGood = true;
  try {
    // A new object, because the library caches schemas by identity.
    compile(JSON.parse(text) as Json);
  } catch {
    isGood = false;
  }
  known.set(key, isGood);
  if (known.size > MAX_KNOWN) known.delete(known.keys().next().value!);
  return isGood;
}

/** Creates a compiler. The library is loaded only when a tool has an `outputSchema`. */
async function newCompiler(): Promise<(schema: Json) => void> {
  const [{ Ajv }, { default: formats }] = await Promise.all([import('ajv'), import('ajv-formats')]);
  return (schema) => {
    const ajv = new Ajv({
      strict: false,
      validateFormats: true,
      validateSchema: false,
      allErrors: true,
      logger: false,
    });
    formats.default(ajv);
    ajv.compile(schema);
  };
}
