import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { compile, compiledFile, compiledText } from '../../../scripts/compiled-shapes.js';
import { accept, type CompiledShape, keysAt, REFUSED } from '../../../src/config/compiled-shape.js';
import { SHAPES } from '../../../src/config/compiled-shapes.js';
import { SCHEMAS, type SchemaName } from '../../../src/config/schemas.js';
import { runs } from '../../helpers/runs.js';

const NAMES = Object.keys(SCHEMAS) as SchemaName[];

test('the compiled shapes are what npm run schema writes', () => {
  expect(readFileSync(compiledFile, 'utf8')).toBe(compiledText());
});

/** Texts and numbers that stand at the edges of some shape. */
const WORDS = [
  ...[
    '',
    ' ',
    '1',
    'true',
    'FALSE',
    'yes',
    '30s',
    ' 1.5 h ',
    '10MB',
    '0kb',
    '100/m',
    '5 per hour',
    '0/s',
    '30d',
    '5m',
  ],
  ...[
    'auto',
    'mux',
    'demand',
    'keep',
    'destructive',
    'get_wx',
    'a b',
    'á',
    '\u0000',
    'x'.repeat(61),
    'memory',
    'agent',
  ],
];
const NUMBERS = [
  -1_000_001,
  -21,
  -1,
  -0,
  0,
  0.5,
  1,
  1.5,
  64,
  65,
  1_000,
  3_000,
  65_535,
  65_536,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 53,
  1e300,
];
const odd = fc.oneof(
  fc.constantFrom<unknown>(...WORDS, ...NUMBERS, true, false, null, undefined, Number.NaN, Infinity),
  fc.jsonValue({ maxDepth: 2 }),
  fc.constant([]),
  fc.constant({}),
);

/** Values that a shape accepts, more or less: bounds and expressions are met by chance. */
function likely(shape: CompiledShape): fc.Arbitrary<unknown> {
  switch (shape.is) {
    case 'any':
      return fc.jsonValue({ maxDepth: 2 });
    case 'boolean':
      return fc.boolean();
    case 'text': {
      const { least, most } = shape.fulfils ?? {};
      const edges = [least, most].filter((at) => at !== undefined).flatMap((at) => [`${at}`, `${at + 1}`]);
      return fc.oneof(fc.constantFrom(...edges, ...WORDS), fc.string());
    }
    case 'number': {
      const { least = 0, most = 1 } = shape;
      return fc.oneof(
        fc.constantFrom(least, most, Math.ceil((least + most) / 2)),
        fc.constantFrom(least - 1, least + 0.5, most + 1, ...NUMBERS),
      );
    }
    case 'word':
      return fc.constantFrom(...shape.of);
    case 'either':
      return fc.oneof(...shape.of.map(likely));
    case 'list':
      return fc.array(likely(shape.of), { maxLength: 3 });
    case 'record':
      return fc.dictionary(
        fc.oneof(fc.constantFrom('slow_*', '2', '1', 'scope:x', 'constructor'), fc.string()),
        likely(shape.of),
        {
          maxKeys: 3,
          noNullPrototype: true,
        },
      );
    case 'object': {
      const all = Object.entries(shape.keys);
      const needed = all.filter(([key]) => shape.needs?.includes(key));
      return fc
        .shuffledSubarray(all, { maxLength: Math.min(6, all.length) })
        .chain((some) =>
          fc.tuple(
            fc.tuple(
              ...[...some, ...needed].map(([key, of]) => likely(of).map((value) => [key, value] as const)),
            ),
            fc.oneof(
              { weight: 5, arbitrary: fc.constant(undefined) },
              fc.constantFrom('comand', '//', '__proto__', 'constructor', 'toString', '1'),
            ),
          ),
        )
        .map(([members, stray]) =>
          // A text of JSON has its keys in any order; so the stray one may come first.
          Object.fromEntries(stray === undefined ? members : [[stray, 'x'], ...members]),
        );
    }
  }
}

/** One place of a value gets another value, or loses what stands there. */
function mutated(value: unknown, path: readonly number[], by: unknown): unknown {
  const [step, ...more] = path;
  if (step === undefined || typeof value !== 'object' || value === null) return by;
  const entries = Object.entries(value);
  if (entries.length === 0) return by;
  const at = step % entries.length;
  const next = entries.map(([key, inner], i) => [key, i === at ? mutated(inner, more, by) : inner] as const);
  return Array.isArray(value) ? next.map(([, inner]) => inner) : Object.fromEntries(next);
}

/** With the order of keys, which toEqual leaves out; undefined as a value stays. */
const written = (value: unknown) =>
  JSON.stringify(value, (_, inner: unknown) => (inner === undefined ? '\u0000undefined' : inner));

describe.each(NAMES)('the compiled shape of %s', (name) => {
  const shape = SHAPES[name];
  const schema = SCHEMAS[name];

  /** Whether both accept it; the compiled shape may leave to zod what is not ordinary. */
  function compare(value: unknown): boolean {
    const byZod = schema.safeParse(value);
    const accepted = accept(shape, value);
    if (accepted === REFUSED)
      return byZod.success && isOrdinary(value) === true ? fail(value, 'refused') : false;
    if (!byZod.success) fail(value, 'accepted');
    expect(accepted).toEqual(byZod.data);
    expect(written(accepted)).toBe(written(byZod.data));
    return true;
  }

  test('accepts what zod accepts, and makes the same of it', () => {
    let accepted = 0;
    const values = likely(shape).chain((value) =>
      fc.oneof(
        fc.constant(value),
        fc.tuple(fc.array(fc.nat(7), { maxLength: 4 }), odd).map(([path, by]) => mutated(value, path, by)),
      ),
    );
    fc.assert(
      fc.property(values, (value) => {
        if (compare(value)) accepted++;
      }),
      { numRuns: runs(500) },
    );
    // Else nothing would be shown.
    expect(accepted).toBeGreaterThan(0);
  });

  test('refuses what is no object', () => {
    for (const value of [undefined, null, [], 'x', 1, true, new Date(), () => {}])
      expect(accept(shape, value)).toBe(REFUSED);
  });
});

function fail(value: unknown, what: string): never {
  throw new Error(`${what}: ${written(value)}`);
}

/** Without keys that the compiled shapes leave to zod. */
function isOrdinary(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  const isOdd = Object.hasOwn(value, '__proto__') || Object.hasOwn(value, 'constructor');
  return !isOdd && Object.values(value).every(isOrdinary);
}

test('a shape tells the keys of the objects inside of it', () => {
  expect(keysAt(SHAPES.server, ['calls', 'tools', 'slow_*'])).toEqual(['rate', 'timeout']);
  expect(keysAt(SHAPES.server, ['cache'])).toContain('ttl');
  expect(keysAt(SHAPES.issuer, ['grants', 'sub:alice'])).toContain('readOnly');
  expect(keysAt(SHAPES.server, ['command'])).toEqual([]);
  expect(keysAt(SHAPES.server, ['no-such-key', 'x'])).toEqual([]);
});

test('a check that the compiled form does not know is not left out', () => {
  for (const schema of [z.array(z.string()).min(1), z.record(z.string(), z.string()).refine(() => false)])
    expect(() => compile(schema)).toThrow('teach');
});
