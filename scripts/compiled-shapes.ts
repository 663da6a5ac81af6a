/** Writes src/config/compiled-shapes.ts: the schemas of the configuration as data, so that a run needs no zod (D367). */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type * as z from 'zod';
import type { CompiledShape } from '../src/config/compiled-shape.js';
import type { Condition } from '../src/config/condition.js';
import { KEYS_OF_KIND } from '../src/config/schema.js';
import { SCHEMAS } from '../src/config/schemas.js';

export const compiledFile = fileURLToPath(new URL('../src/config/compiled-shapes.ts', import.meta.url));

/** A schema as data. @throws Error for what the compiled form does not know: it would accept what zod refuses. */
export function compile(schema: z.ZodType): CompiledShape {
  const { def } = (schema as unknown as z.core.$ZodTypes)._zod;
  if (def.type !== 'string' && def.type !== 'number' && checksOf(def).length > 0)
    throw unknown('check of', def.type);
  switch (def.type) {
    case 'unknown':
      return { is: 'any' };
    case 'boolean':
      return { is: 'boolean' };
    case 'string':
      return Object.assign({ is: 'text' as const }, ...checksOf(def).map(ofText));
    case 'number':
      return Object.assign({ is: 'number' as const }, ...checksOf(def).map(ofNumber));
    case 'enum':
      return { is: 'word', of: Object.values(def.entries) };
    case 'literal':
      return { is: 'word', of: def.values as (string | number | boolean | null)[] };
    case 'union':
      return { is: 'either', of: def.options.map((one) => compile(one as z.ZodType)) };
    case 'array':
      return { is: 'list', of: compile(def.element as z.ZodType) };
    case 'record':
      if (JSON.stringify(compile(def.keyType as z.ZodType)) !== '{"is":"text"}')
        throw unknown('keys', def.keyType);
      return { is: 'record', of: compile(def.valueType as z.ZodType) };
    case 'object':
      return compileObject(def);
    default:
      throw unknown('type', def.type);
  }
}

function compileObject({ shape, catchall }: z.core.$ZodObjectDef): CompiledShape {
  const other = (catchall as z.core.$ZodTypes | undefined)?._zod.def.type;
  if (other !== 'never' && other !== 'unknown') throw unknown('rest of an object', other);
  const all = Object.entries(shape as Record<string, z.core.$ZodTypes>);
  const isOptional = ({ _zod: { def } }: z.core.$ZodTypes) => def.type === 'optional';
  const needs = all.flatMap(([key, one]) => (isOptional(one) ? [] : [key]));
  return {
    is: 'object',
    keys: Object.fromEntries(
      all.map(([key, one]) => {
        const { def } = one._zod;
        return [key, compile((def.type === 'optional' ? def.innerType : one) as z.ZodType)];
      }),
    ),
    ...(needs.length === 0 ? {} : { needs }),
    ...(other === 'unknown' ? { takesOthers: true as const } : {}),
  };
}

function checksOf({ checks = [] }: z.core.$ZodTypeDef): z.core.$ZodChecks['_zod']['def'][] {
  const all = checks.map(({ _zod }) => _zod.def as z.core.$ZodChecks['_zod']['def']);
  // Two of a kind would be one in the compiled form.
  const kinds = all.map(({ check }) => check);
  if (new Set(kinds).size < kinds.length) throw unknown('checks', kinds);
  return all;
}

function ofText(def: z.core.$ZodChecks['_zod']['def']): Partial<CompiledShape> {
  if (def.check === 'string_format' && def.format === 'regex' && 'pattern' in def && def.pattern) {
    // Between two texts, such an expression remembers where it was.
    if (def.pattern.global || def.pattern.sticky) throw unknown('expression', def.pattern);
    return { form: def.pattern };
  }
  if (def.check === 'min_length') return { leastLength: def.minimum };
  const { condition } = ((def as { fn?: unknown }).fn ?? {}) as { condition?: Condition };
  if (condition === undefined) throw unknown('check of a text', def.check);
  return { fulfils: condition };
}

function ofNumber(def: z.core.$ZodChecks['_zod']['def']): Partial<CompiledShape> {
  if (def.check === 'greater_than' && def.inclusive) return { least: def.value as number };
  if (def.check === 'less_than' && def.inclusive) return { most: def.value as number };
  if (def.check === 'number_format' && def.format === 'safeint') return { isWhole: true };
  throw unknown('check of a number', def.check);
}

function unknown(what: string, came: unknown): Error {
  return new Error(
    `${what} ${String(came)}: teach src/config/compiled-shape.ts and scripts/compiled-shapes.ts`,
  );
}

/** A literal of TypeScript. */
function literal(value: unknown): string {
  if (value instanceof RegExp) return String(value);
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(([key, inner]) => `${key}: ${literal(inner)}`);
  return `{ ${members.join(', ')} }`;
}

/** The module: a shape that occurs several times stands there once. */
export function compiledText(): string {
  const seen = new Map<string, number>();
  const count = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || value instanceof RegExp) return;
    if ('is' in value) seen.set(literal(value), (seen.get(literal(value)) ?? 0) + 1);
    if ((seen.get(literal(value)) ?? 0) < 2) for (const inner of Object.values(value)) count(inner);
  };
  const shapes = Object.entries(SCHEMAS).map(([name, schema]) => [name, compile(schema)] as const);
  for (const [, shape] of shapes) count(shape);
  const again = [...seen].filter(([, times]) => times > 1).map(([text]) => text);
  // The shorter ones first: a longer one may hold them.
  again.sort((a, b) => a.length - b.length);
  const shared = (text: string, before: number) =>
    again.slice(0, before).reduceRight((whole, one, i) => whole.replaceAll(one, `s${i}`), text);
  return [
    '// Written by `npm run schema` from the schemas of zod (D367).',
    "import type { CompiledShape } from './compiled-shape.js';",
    "import type { SchemaName } from './schemas.js';",
    '',
    ...again.map((text, i) => `const s${i}: CompiledShape = ${shared(text, i)};`),
    '',
    '/** What each part of the configuration has to look like. */',
    'export const SHAPES: Readonly<Record<SchemaName, CompiledShape>> = {',
    ...shapes.map(([name, shape]) => `  ${name}: ${shared(literal(shape), again.length)},`),
    '};',
    '',
    '/** The keys about how a server is reached, by the kind of the server. */',
    'export const KEYS_OF_KIND: Readonly<Record<string, readonly string[]>> = {',
    ...[...KEYS_OF_KIND].map(([kind, keys]) => `  ${kind}: ${literal(keys)},`),
    '};',
    '',
  ].join('\n');
}

export function writeCompiledShapes(): void {
  writeFileSync(compiledFile, compiledText());
}
