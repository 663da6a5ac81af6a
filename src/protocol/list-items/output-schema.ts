import { createHash } from 'node:crypto';
import type { Json } from './rules.js';

/** Schemas whose verdict is known. */
const MAX_KNOWN = 1_024;
/** Larger ones are left out unseen: building a validator of that size takes seconds. */
const MAX_BYTES = 256 * 1_024;

const known = new Map<string, boolean>();
let compiler: Promise<(schema: Json) => void> | undefined;

/**
 * Whether clients can make a validator of an `outputSchema`. The SDK's client does so when it reads the list, and refuses
 * the whole list where it cannot; so this is done in the same way, with the same library. A schema with names of its own
 * (`$id`, anchors) may contradict another tool's, and is not taken.
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
    // Parsed anew: the library keeps what it has seen, by identity.
    compile(JSON.parse(text) as Json);
  } catch {
    isGood = false;
  }
  known.set(key, isGood);
  if (known.size > MAX_KNOWN) known.delete(known.keys().next().value!);
  return isGood;
}

/** Loaded only when some tool says what its results look like. */
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
