import { type Field, itemsOf, type Schema } from './schema-fields.js';

/** What is in the fields, by id: text as typed (a choice: its place among the values, empty for none), or whether it is checked. */
export type Values = Map<string, string | boolean>;

/** Words of a schema that limit a value, and whether the value (a number, a length, a count) keeps to them. */
const HOLDS = {
  minimum: (value: number, limit: number) => value >= limit,
  exclusiveMinimum: (value: number, limit: number) => value > limit,
  maximum: (value: number, limit: number) => value <= limit,
  exclusiveMaximum: (value: number, limit: number) => value < limit,
  multipleOf: (value: number, limit: number) => limit <= 0 || Number.isInteger(value / limit),
  minLength: (value: number, limit: number) => value >= limit,
  maxLength: (value: number, limit: number) => value <= limit,
  minItems: (value: number, limit: number) => value >= limit,
  maxItems: (value: number, limit: number) => value <= limit,
};

export type Limit = keyof typeof HOLDS;

/** What is wrong with what a field holds. Texts: `messages/page`. */
export type FieldError =
  | { code: 'required' | 'noObject' }
  | { code: 'number' | 'whole' | 'twice'; given: string }
  | { code: 'limit'; of: Limit; limit: number; is: number }
  | { code: 'line'; line: number; error: FieldError }
  | { code: 'noneOf'; given: string; values: readonly unknown[] }
  | { code: 'json'; message: string };

/** The arguments, and in `errors` what is wrong, by id in the order of the fields: those are left out. */
export interface Filled {
  arguments: Record<string, unknown>;
  errors: Map<string, FieldError>;
}

/** A value for a call, none (the field is left out), or what is wrong. */
type Read = { value: unknown } | { error: FieldError } | undefined;

/** What stands in the fields at first: the schema's defaults. */
export function initialValues(fields: readonly Field[]): Values {
  const values: Values = new Map();
  for (const field of leavesOf(fields)) values.set(field.id, initialOf(field));
  return values;
}

/** The arguments of a call, made of what is in the fields. */
export function argumentsOf(fields: readonly Field[], values: Values): Filled {
  const errors = new Map<string, FieldError>();
  return { arguments: objectOf(fields, values, errors), errors };
}

/** What the fields have to hold for these arguments; undefined when they cannot say all of them. */
export function valuesOf(fields: readonly Field[], given: unknown): Values | undefined {
  const values: Values = new Map();
  fill(fields, given, values);
  const back = argumentsOf(fields, values);
  return back.errors.size === 0 && isEqual(back.arguments, given) ? values : undefined;
}

/** The arguments written as JSON. */
export function jsonArguments(text: string): { value: Record<string, unknown> } | { error: FieldError } {
  const read = parsed(text.trim() === '' ? '{}' : text);
  if ('error' in read) return read;
  return isObject(read.value) ? { value: read.value } : { error: { code: 'noObject' } };
}

/** The limits that a schema sets, in the order of these words. */
export function limitsOf(schema: Schema): [of: Limit, limit: number][] {
  return (Object.keys(HOLDS) as Limit[]).flatMap((of): [Limit, number][] => {
    const limit = schema[of];
    return typeof limit === 'number' && Number.isFinite(limit) ? [[of, limit]] : [];
  });
}

/** All fields that hold something themselves. */
function leavesOf(fields: readonly Field[]): Field[] {
  return fields.flatMap((field) => (field.kind === 'group' ? leavesOf(field.fields) : [field]));
}

function initialOf({ kind, values, schema, isRequired }: Field): string | boolean {
  const { default: given } = schema;
  if (kind === 'boolean') return given === true;
  if (kind === 'choice') {
    const place = 'const' in schema && isRequired ? 0 : values.indexOf(given);
    return place < 0 ? '' : String(place);
  }
  if (given === undefined || given === null) return '';
  if (kind === 'json') return JSON.stringify(given, null, 2);
  if (kind === 'text') return typeof given === 'string' ? given : '';
  if (kind === 'number') return typeof given === 'number' ? String(given) : '';
  // Lines cannot say a text that has several, or none.
  const isLines = Array.isArray(given) && given.every((one) => typeof one === 'string' && /^.+$/.test(one));
  return isLines ? given.join('\n') : '';
}

function objectOf(
  fields: readonly Field[],
  values: Values,
  errors: Filled['errors'],
): Record<string, unknown> {
  const members: [string, unknown][] = [];
  for (const field of fields) {
    const read =
      field.kind === 'group' ? groupOf(field, values, errors) : leafOf(field, values.get(field.id) ?? '');
    if (read === undefined) continue;
    if ('error' in read) errors.set(field.id, read.error);
    else members.push([field.name, read.value]);
  }
  // A property may be called `__proto__`: this defines it, and sets nothing.
  return Object.fromEntries(members);
}

function groupOf({ fields, isRequired }: Field, values: Values, errors: Filled['errors']): Read {
  const leaves = leavesOf(fields);
  const textOf = ({ id }: Field) => values.get(id) || '';
  if (!isRequired && leaves.every((leaf) => textOf(leaf) === '')) return undefined;
  const inside: Filled['errors'] = new Map();
  const value = objectOf(fields, values, inside);
  // An object that may be left out, and in which only what the schema filled in stands, is no fault of a person.
  const isUntouched = leaves.every((leaf) => textOf(leaf) === (initialOf(leaf) || ''));
  if (!isRequired && inside.size > 0 && isUntouched) return undefined;
  for (const [id, error] of inside) errors.set(id, error);
  return { value };
}

function leafOf(field: Field, given: string | boolean): Read {
  const { kind, schema, isRequired, isNullable } = field;
  if (kind === 'boolean') {
    // A box that was never ticked says nothing, unless a value has to be said or the schema's is the other one.
    if (given === true) return { value: true };
    return isRequired || typeof schema.default === 'boolean' ? { value: false } : undefined;
  }
  const text = String(given);
  if (kind === 'text' ? text === '' : text.trim() === '') {
    if (!isRequired) return undefined;
    if (isNullable) return { value: null };
    // No lines are an empty list, which is a value.
    return kind === 'list' ? listOf(field, []) : { error: { code: 'required' } };
  }
  if (kind === 'choice') return { value: field.values[Number(text)] };
  if (kind === 'number') return numberOf(schema, text);
  if (kind === 'json') return parsed(text);
  return kind === 'list'
    ? listOf(
        field,
        text.split(/\r?\n/).filter((line) => line !== ''),
      )
    : checked(schema, [...text].length, text);
}

/** The value, unless its measure is beyond a limit of the schema. */
function checked(schema: Schema, is: number, value: unknown): { value: unknown } | { error: FieldError } {
  for (const [of, limit] of limitsOf(schema))
    if (!HOLDS[of](is, limit)) return { error: { code: 'limit', of, limit, is } };
  return { value };
}

/** With a comma as well as with a point; not with both, and a whole number with neither: `1.000` would be one of two. */
function numberOf(schema: Schema, text: string): Read {
  const isWhole = schema.type === 'integer';
  const pattern = isWhole ? /^[+-]?\d+$/ : /^[+-]?(\d+([.,]\d*)?|[.,]\d+)(e[+-]?\d+)?$/i;
  const value = pattern.test(text.trim()) ? Number(text.replace(',', '.')) : Number.NaN;
  // A larger whole number would be sent as another one.
  const isExact = isWhole ? Number.isSafeInteger(value) : Number.isFinite(value);
  if (!isExact) return { error: { code: isWhole ? 'whole' : 'number', given: text } };
  // `-0` is no number that a person means.
  return checked(schema, value, value === 0 ? 0 : value);
}

function listOf(field: Field, lines: readonly string[]): Read {
  const items = itemsOf(field);
  const { enum: values } = items;
  for (const [i, given] of lines.entries()) {
    const isOther = Array.isArray(values) && !values.includes(given);
    const read = isOther
      ? { error: { code: 'noneOf', given, values } as const }
      : checked(items, [...given].length, given);
    if ('error' in read) return { error: { code: 'line', line: i + 1, error: read.error } };
  }
  const twice =
    field.schema.uniqueItems === true ? lines.find((line, i) => lines.indexOf(line) !== i) : undefined;
  return twice === undefined
    ? checked(field.schema, lines.length, lines)
    : { error: { code: 'twice', given: twice } };
}

function parsed(text: string): { value: unknown } | { error: FieldError } {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { error: { code: 'json', message: (error as Error).message } };
  }
}

function fill(fields: readonly Field[], given: unknown, values: Values): void {
  for (const field of fields) {
    const value = isObject(given) && Object.hasOwn(given, field.name) ? given[field.name] : undefined;
    if (field.kind === 'group') fill(field.fields, value, values);
    else values.set(field.id, textFor(field, value));
  }
}

function textFor({ kind, values }: Field, value: unknown): string | boolean {
  if (kind === 'boolean') return value === true;
  if (value === undefined) return '';
  if (kind === 'json') return JSON.stringify(value, null, 2);
  if (kind === 'list') return Array.isArray(value) ? value.join('\n') : '';
  if (kind !== 'choice') return value === null ? '' : String(value);
  const place = values.findIndex((one) => isEqual(one, value));
  return place < 0 ? '' : String(place);
}

function isEqual(one: unknown, other: unknown): boolean {
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
}

/** With the members of objects in one order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((name) => [name, sorted(value[name])]),
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
