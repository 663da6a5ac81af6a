import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Field, fieldsOf } from '../../../src/page/tools/schema-fields.js';
import { argumentsOf, initialValues, jsonArguments, valuesOf } from '../../../src/page/tools/schema-form.js';
import { runs } from '../../helpers/runs.js';

/** The schema of a tool with these properties. */
function tool(properties: Record<string, unknown>, required: string[] = [], more: object = {}) {
  return { type: 'object', properties, required, ...more };
}

function fieldOf(schema: unknown, isRequired = false): Field {
  return fieldsOf(tool({ x: schema }, isRequired ? ['x'] : []))![0]!;
}

/** The arguments that come of one field with this in it. */
function sent(schema: unknown, given: string | boolean, isRequired = false) {
  const fields = fieldsOf(tool({ x: schema }, isRequired ? ['x'] : []))!;
  const { arguments: args, errors } = argumentsOf(fields, new Map([['0', given]]));
  return errors.get('0') ?? args;
}

describe('a field', () => {
  test.each([
    [{ type: 'string' }, 'text'],
    [{ type: 'string', enum: ['bolero', 'dân ca'] }, 'choice'],
    [{ enum: [1, 'a', null, true] }, 'choice'],
    [{ const: 5 }, 'choice'],
    [{ type: 'integer', minimum: 1, maximum: 20 }, 'number'],
    [{ type: 'number' }, 'number'],
    [{ type: 'boolean' }, 'boolean'],
    [{ type: 'array', items: { type: 'string' } }, 'list'],
    [{ type: 'object', properties: {} }, 'group'],
    [{ properties: { a: { type: 'string' } } }, 'group'],
    [{ anyOf: [{ type: 'integer' }, { type: 'null' }], default: null, title: 'X' }, 'number'],
    [{ type: ['string', 'null'] }, 'text'],
    [{ allOf: [{ type: 'string' }] }, 'text'],
    [{ type: 'array', items: { type: 'number' } }, 'json'],
    [{ type: 'array' }, 'json'],
    [{ type: 'object' }, 'json'],
    [{ type: 'object', properties: {}, minProperties: 1 }, 'json'],
    [{ oneOf: [{ type: 'string' }, { type: 'object' }] }, 'json'],
    [{ anyOf: [{ type: 'string' }, { type: 'integer' }, { type: 'null' }] }, 'json'],
    [{ type: ['string', 'integer'] }, 'json'],
    [{ type: 'string', not: { const: 'a' } }, 'json'],
    [{ $ref: 'https://example.com/schema.json' }, 'json'],
    [{ $ref: '#/$defs/nowhere' }, 'json'],
    [{}, 'json'],
    [true, 'json'],
    [null, 'json'],
    [5, 'json'],
    [{ type: 'date' }, 'json'],
    [{ enum: Array.from({ length: 1000 }, (_, i) => i) }, 'json'],
  ])('of %j is one for %s', (schema, kind) => {
    expect(fieldOf(schema).kind).toBe(kind);
  });

  test('is found behind a reference within the schema, and what stands beside it counts', () => {
    const schema = tool({ genre: { $ref: '#/$defs/Genre', description: 'of the song' } }, [], {
      $defs: { Genre: { type: 'string', enum: ['bolero', 'trịnh'], description: 'any' } },
    });
    expect(fieldsOf(schema)).toMatchObject([
      { kind: 'choice', values: ['bolero', 'trịnh'], description: 'of the song' },
    ]);
  });

  test('of references in a circle is one for JSON', () => {
    const schema = tool({ x: { $ref: '#/$defs/a' } }, [], {
      $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } },
    });
    expect(fieldsOf(schema)![0]!.kind).toBe('json');
  });

  test('of an object in an object in an object is one for JSON', () => {
    const nested = (inner: unknown) => ({ type: 'object', properties: { a: inner } });
    const field = fieldOf(nested(nested(nested({ type: 'string' }))));
    expect(field).toMatchObject({ kind: 'group', fields: [{ kind: 'group', fields: [{ kind: 'json' }] }] });
  });

  test('has the description as it came, and a title only where it says more than the name', () => {
    expect(fieldOf({ type: 'string', description: '<img src=x>' }).description).toBe('<img src=x>');
    expect(fieldOf({ type: 'string', title: 'X' }).description).toBeUndefined();
    expect(fieldOf({ type: 'string', title: 'City' }).description).toBe('City');
  });
});

describe('the fields', () => {
  test('are none for a tool without arguments', () => {
    expect(fieldsOf({ type: 'object' })).toEqual([]);
    expect(fieldsOf({ type: 'object', properties: {}, additionalProperties: false })).toEqual([]);
  });

  test.each([
    [undefined],
    [null],
    ['text'],
    [[]],
    [{}],
    [{ type: 'object', additionalProperties: true }],
    [{ type: 'object', additionalProperties: { type: 'string' } }],
    [{ type: 'object', properties: [] }],
    [{ $ref: '#/$defs/x' }],
  ])('of %j are left to JSON', (schema) => {
    expect(fieldsOf(schema)).toBeUndefined();
  });

  test('of a hundred parameters are a form, of more they are not', () => {
    const many = (count: number) =>
      tool(Object.fromEntries(Array.from({ length: count }, (_, i) => [`p${i}`, { type: 'string' }])));
    expect(fieldsOf(many(100))).toHaveLength(100);
    expect(fieldsOf(many(101))).toBeUndefined();
    expect(fieldsOf(tool({ x: many(60), y: many(60) }))).toBeUndefined();
  });

  test('of any JSON at all are made without an error', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (schema) => {
        fieldsOf(schema);
        fieldsOf(tool({ x: schema, y: { anyOf: schema }, z: { properties: schema, type: 'object' } }));
      }),
      { numRuns: runs(200) },
    );
  });

  test('of a schema nested ten thousand deep are made without an error', () => {
    let schema: unknown = { type: 'string' };
    for (let i = 0; i < 10_000; i++) schema = { type: 'object', properties: { a: schema }, anyOf: [schema] };
    expect(fieldsOf(tool({ x: schema }))).toHaveLength(1);
  });
});

describe('what is sent', () => {
  test('has the defaults, and leaves out what is empty', () => {
    const fields = fieldsOf(
      tool({
        query: { type: 'string' },
        limit: { type: 'integer', default: 5 },
        loud: { type: 'boolean', default: true },
        quiet: { type: 'boolean' },
        genre: { enum: ['a', 'b'], default: 'b' },
        after: { type: 'array', items: { type: 'string' }, default: ['x', 'y'] },
        any: { default: { a: 1 } },
      }),
    )!;
    expect(argumentsOf(fields, initialValues(fields))).toEqual({
      arguments: { limit: 5, loud: true, genre: 'b', after: ['x', 'y'], any: { a: 1 } },
      errors: new Map(),
    });
  });

  test('keeps every letter of a text', () => {
    const text = '  Diễm xưa "\\ <b> 🎵 ';
    expect(sent({ type: 'string' }, text)).toEqual({ x: text });
    expect(sent({ type: 'array', items: { type: 'string' } }, ' một\r\n\nhai ')).toEqual({
      x: [' một', 'hai '],
    });
  });

  test('takes a decimal comma as well as a point, and no thousands', () => {
    expect(sent({ type: 'number' }, ' 2,5 ')).toEqual({ x: 2.5 });
    expect(sent({ type: 'number' }, '-2.5e1')).toEqual({ x: -25 });
    expect(sent({ type: 'number' }, '1.000,5')).toMatchObject({ code: 'number' });
    expect(sent({ type: 'integer' }, '1.000')).toMatchObject({ code: 'whole', given: '1.000' });
    expect(sent({ type: 'number' }, '1e999')).toMatchObject({ code: 'number' });
    expect(sent({ type: 'integer' }, '9007199254740993')).toMatchObject({ code: 'whole' });
  });

  test('is null for what is required, may be null and is empty', () => {
    expect(sent({ anyOf: [{ type: 'string' }, { type: 'null' }] }, '', true)).toEqual({ x: null });
    expect(sent({ anyOf: [{ type: 'string' }, { type: 'null' }] }, '')).toEqual({});
  });

  test('may be called __proto__', () => {
    const schema = JSON.parse('{"type":"object","properties":{"__proto__":{"type":"string"}}}');
    const args = argumentsOf(fieldsOf(schema)!, new Map([['0', 'a']])).arguments;
    expect(JSON.stringify(args)).toBe('{"__proto__":"a"}');
    expect(Object.getPrototypeOf(args)).toBe(Object.prototype);
  });

  const years = {
    type: 'object',
    properties: { from: { type: 'integer', default: 1930 }, to: { type: 'integer' } },
  };

  test('has an object when something stands in it', () => {
    const fields = fieldsOf(tool({ released: years }))!;
    const of = (from: string, to: string) =>
      argumentsOf(
        fields,
        new Map([
          ['0-0', from],
          ['0-1', to],
        ]),
      ).arguments;
    expect(of('', '')).toEqual({});
    expect(of('1950', '')).toEqual({ released: { from: 1950 } });
  });

  test('leaves out an object in which only a default stands and something is missing', () => {
    const fields = fieldsOf(tool({ released: { ...years, required: ['to'] } }))!;
    expect(argumentsOf(fields, initialValues(fields))).toEqual({ arguments: {}, errors: new Map() });
    const touched = new Map([
      ['0-0', '1950'],
      ['0-1', ''],
    ]);
    expect(argumentsOf(fields, touched).errors).toEqual(new Map([['0-1', { code: 'required' }]]));
  });

  test('has a required object even when it is empty', () => {
    const fields = fieldsOf(tool({ released: years }, ['released']))!;
    expect(argumentsOf(fields, new Map()).arguments).toEqual({ released: {} });
  });
});

describe('an error', () => {
  const lines = (more: object) => ({ type: 'array', items: { type: 'string', maxLength: 3 }, ...more });
  const limit = (of: string, limit: number, is: number) => ({ code: 'limit', of, limit, is });
  test.each([
    [{ type: 'string' }, '', { code: 'required' }],
    [{ type: 'string', minLength: 3 }, '🎵🎵', limit('minLength', 3, 2)],
    [{ type: 'string', maxLength: 2 }, 'abc', limit('maxLength', 2, 3)],
    [{ type: 'integer' }, '1.5', { code: 'whole', given: '1.5' }],
    [{ type: 'number' }, 'năm', { code: 'number', given: 'năm' }],
    [{ type: 'number', minimum: 1 }, '0', limit('minimum', 1, 0)],
    [{ type: 'number', exclusiveMinimum: 1 }, '1', limit('exclusiveMinimum', 1, 1)],
    [{ type: 'number', maximum: 1 }, '2', limit('maximum', 1, 2)],
    [{ type: 'number', exclusiveMaximum: 1 }, '1', limit('exclusiveMaximum', 1, 1)],
    [{ type: 'integer', multipleOf: 5 }, '7', limit('multipleOf', 5, 7)],
    [lines({ minItems: 1 }), '', limit('minItems', 1, 0)],
    [lines({ minItems: 2 }), 'a', limit('minItems', 2, 1)],
    [lines({ maxItems: 1 }), 'a\nb', limit('maxItems', 1, 2)],
    [lines({ uniqueItems: true }), 'a\nb\na', { code: 'twice', given: 'a' }],
    [lines({}), 'a\nlong', { code: 'line', line: 2, error: limit('maxLength', 3, 4) }],
    [
      { type: 'array', items: { type: 'string', enum: ['a'] } },
      'b',
      { code: 'line', error: { code: 'noneOf' } },
    ],
    [{}, '{"a":', { code: 'json' }],
    [{}, ' ', { code: 'required' }],
  ])('of %j with %j is %j', (schema, given, error) => {
    expect(sent(schema, given, true)).toMatchObject(error);
  });

  test('of a schema whose limits are no numbers is none', () => {
    expect(sent({ type: 'number', minimum: '5', maximum: null, multipleOf: 0 }, '1')).toEqual({ x: 1 });
  });
});

describe('arguments as JSON', () => {
  test('are an object, or say what they are instead', () => {
    expect(jsonArguments('{"a": 1}')).toEqual({ value: { a: 1 } });
    expect(jsonArguments('  ')).toEqual({ value: {} });
    expect(jsonArguments('[1]')).toEqual({ error: { code: 'noObject' } });
    expect(jsonArguments('null')).toEqual({ error: { code: 'noObject' } });
    expect(jsonArguments('{"a": 1')).toMatchObject({ error: { code: 'json' } });
  });

  test('stay JSON when the form cannot say them', () => {
    const fields = fieldsOf(
      tool({ a: { type: 'string' }, b: { type: 'array', items: { type: 'string' } } }),
    )!;
    expect(valuesOf(fields, { a: 'x' })).toEqual(
      new Map([
        ['0', 'x'],
        ['1', ''],
      ]),
    );
    expect(valuesOf(fields, { a: 'x', c: 1 })).toBeUndefined();
    expect(valuesOf(fields, { a: 5 })).toBeUndefined();
    expect(valuesOf(fields, { b: ['one\ntwo'] })).toBeUndefined();
    expect(valuesOf(fields, [])).toBeUndefined();
  });
});

/** A schema, and values that are valid by it. */
interface Sample {
  schema: Record<string, unknown>;
  value: fc.Arbitrary<unknown>;
}

const small = fc.integer({ min: 0, max: 4 });
const line = (min: number, max: number) =>
  fc.string({ unit: 'grapheme-ascii', minLength: Math.max(1, min), maxLength: max });

const texts: fc.Arbitrary<Sample> = fc.tuple(small, small).map(([min, more]) => ({
  schema: { type: 'string', minLength: min, maxLength: min + more + 1 },
  value: line(min, min + more + 1),
}));
const integers: fc.Arbitrary<Sample> = fc
  .tuple(fc.integer({ min: -50, max: 50 }), small, fc.boolean())
  .map(([min, more, isAbove]) => ({
    schema: { type: 'integer', [isAbove ? 'exclusiveMinimum' : 'minimum']: min, maximum: min + more + 1 },
    value: fc.integer({ min: min + (isAbove ? 1 : 0), max: min + more + 1 }),
  }));
const numbers: fc.Arbitrary<Sample> = fc.constantFrom(0.5, 2, 10).map((step) => ({
  schema: { type: 'number', multipleOf: step, minimum: -100 },
  value: fc.integer({ min: -9, max: 40 }).map((n) => n * step),
}));
const booleans: fc.Arbitrary<Sample> = fc.constant({ schema: { type: 'boolean' }, value: fc.constant(true) });
const choices: fc.Arbitrary<Sample> = fc
  .uniqueArray(fc.oneof(fc.string(), fc.integer(), fc.boolean()), { minLength: 1, maxLength: 5 })
  .map((values) => ({ schema: { enum: values }, value: fc.constantFrom(...values) }));
const lists: fc.Arbitrary<Sample> = fc.tuple(small, small, fc.boolean()).map(([min, more, isUnique]) => ({
  schema: {
    type: 'array',
    items: { type: 'string', maxLength: 9 },
    ...{ minItems: min, maxItems: min + more + 1, uniqueItems: isUnique },
  },
  value: fc.uniqueArray(line(1, 9), { minLength: Math.max(1, min), maxLength: min + more + 1 }),
}));
const nullable = (of: fc.Arbitrary<Sample>): fc.Arbitrary<Sample> =>
  of.map(({ schema, value }) => ({ schema: { anyOf: [schema, { type: 'null' }] }, value }));
const others: fc.Arbitrary<Sample> = fc.constantFrom<Sample>(
  { schema: {}, value: fc.jsonValue({ maxDepth: 2 }) },
  {
    schema: { anyOf: [{ type: 'string' }, { type: 'integer' }] },
    value: fc.oneof(fc.string(), fc.integer()),
  },
  { schema: { type: 'array', items: { type: 'integer' } }, value: fc.array(fc.integer(), { maxLength: 3 }) },
);
const simple = fc.oneof(
  texts,
  integers,
  numbers,
  booleans,
  choices,
  lists,
  nullable(texts),
  nullable(integers),
);
const leaves = fc.oneof({ weight: 8, arbitrary: simple }, { weight: 1, arbitrary: others });

function objects(members: fc.Arbitrary<Sample>): fc.Arbitrary<Sample> {
  const member = fc.record({ name: fc.string({ maxLength: 6 }), sample: members, isRequired: fc.boolean() });
  return fc.uniqueArray(member, { selector: ({ name }) => name, maxLength: 5, minLength: 1 }).map((list) => ({
    schema: {
      type: 'object',
      properties: Object.fromEntries(list.map(({ name, sample }) => [name, sample.schema])),
      required: list.filter(({ isRequired }) => isRequired).map(({ name }) => name),
    },
    value: fc.record(Object.fromEntries(list.map(({ name, sample }) => [name, sample.value])), {
      requiredKeys: list.filter(({ isRequired }) => isRequired).map(({ name }) => name),
    }),
  }));
}
const tools = objects(fc.oneof(leaves, objects(fc.oneof(leaves, objects(leaves)))));

const ajv = new Ajv2020({ strict: false, allErrors: true });

/** A schema is compiled once, for that is what takes the time, and tried with several values. */
const filled = tools.chain(({ schema, value }) =>
  fc.record({ schema: fc.constant(schema), all: fc.array(value, { minLength: 5, maxLength: 5 }) }),
);

function leavesOf(fields: readonly Field[]): Field[] {
  return fields.flatMap((field) => (field.kind === 'group' ? leavesOf(field.fields) : [field]));
}

describe('whatever the schema', () => {
  test('valid arguments fit into the form, come back the same, and are valid', () => {
    let [said, unsaid] = [0, 0];
    const property = fc.property(filled, ({ schema, all }) => {
      const isValid = ajv.compile(schema);
      const fields = fieldsOf(schema)!;
      for (const given of all) {
        const values = valuesOf(fields, given);
        // An optional object that is empty cannot be told from one that is left out, for instance.
        if (values === undefined) {
          unsaid++;
          continue;
        }
        said++;
        const { arguments: args, errors } = argumentsOf(fields, values);
        expect(errors.size).toBe(0);
        expect(JSON.parse(JSON.stringify(args))).toEqual(JSON.parse(JSON.stringify(given)));
        expect(isValid(args), ajv.errorsText(isValid.errors)).toBe(true);
      }
    });
    fc.assert(property, { numRuns: runs(10) });
    expect(said).toBeGreaterThan(4 * unsaid);
  });

  test('what the form sends without an error is valid', () => {
    const typed = fc.oneof(
      fc.constant(''),
      fc.string({ maxLength: 4 }),
      fc.integer({ min: -60, max: 60 }).map(String),
      fc.constantFrom('2,5', '1e3', 'a\nb\nc', 'a\na', 'a', ' '),
    );
    let sentCount = 0;
    // What is written as JSON is the server's to judge.
    const form = objects(fc.oneof(simple, objects(simple)));
    const property = fc.property(
      form,
      fc.infiniteStream(typed),
      fc.infiniteStream(fc.nat()),
      ({ schema }, texts, nats) => {
        const isValid = ajv.compile(schema);
        const fields = fieldsOf(schema)!;
        for (let i = 0; i < 30; i++) {
          const values = new Map<string, string | boolean>();
          for (const field of leavesOf(fields)) {
            const n = nats.next().value;
            if (field.kind === 'boolean') values.set(field.id, n % 2 === 0);
            else if (field.kind === 'choice')
              values.set(field.id, n % 3 === 0 ? '' : String(n % field.values.length));
            else values.set(field.id, texts.next().value);
          }
          const { arguments: args, errors } = argumentsOf(fields, values);
          if (errors.size > 0) continue;
          sentCount++;
          expect(isValid(args), `${ajv.errorsText(isValid.errors)} of ${JSON.stringify(args)}`).toBe(true);
        }
      },
    );
    fc.assert(property, { numRuns: runs(20) });
    expect(sentCount).toBeGreaterThan(20);
  });
});
