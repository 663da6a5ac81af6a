import type { Field, ListField, NumberField, TextField } from './schema-fields.js';

/** What is in the fields, by id: text as typed (a choice: its place among the values, empty for none), or whether it is checked. */
export type Values = ReadonlyMap<string, string | boolean>;

/** What is wrong with what a field holds. Texts: `messages/page`. */
export type FieldError =
  | { code: 'required' }
  | { code: 'number' | 'whole'; given: string }
  | { code: 'least' | 'above' | 'most' | 'below' | 'multiple'; limit: number }
  | { code: 'shorter' | 'longer'; limit: number; length: number }
  | { code: 'fewer' | 'more'; limit: number; count: number }
  | { code: 'twice'; given: string }
  | { code: 'line'; given: string; line: number; error: FieldError }
  | { code: 'none-of'; given: string; values: readonly string[] }
  | { code: 'json'; message: string }
  | { code: 'no-object' };

/** The arguments, and in `errors` what is wrong, by id in the order of the fields: those are left out. */
export interface Filled {
  arguments: Record<string, unknown>;
  errors: ReadonlyMap<string, FieldError>;
}

/** A value for a call, none (the field is left out), or what is wrong. */
type Read = { value: unknown } | { error: FieldError } | undefined;

/** What stands in the fields at first: the schema's defaults. */
export function initialValues(fields: readonly Field[]): Map<string, string | boolean> {
  return new Map(leavesOf(fields).map((field) => [field.id, initialOf(field)]));
}

/** The arguments of a call, made of what is in the fields. */
export function argumentsOf(fields: readonly Field[], values: Values): Filled {
  const errors = new Map<string, FieldError>();
  return { arguments: objectOf(fields, values, errors), errors };
}

/** What the fields have to hold for these arguments; undefined when they cannot say all of them. */
export function valuesOf(
  fields: readonly Field[],
  given: unknown,
): Map<string, string | boolean> | undefined {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return undefined;
  const values = new Map<string, string | boolean>();
  fill(fields, given as Record<string, unknown>, values);
  const back = argumentsOf(fields, values);
  return back.errors.size === 0 && isEqual(back.arguments, given) ? values : undefined;
}

/** The arguments written as JSON. */
export function jsonArguments(text: string): { value: Record<string, unknown> } | { error: FieldError } {
  const read = parsed(text.trim() === '' ? '{}' : text);
  if (read === undefined || 'error' in read) return { error: read?.error ?? { code: 'no-object' } };
  const { value } = read;
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? { value: value as Record<string, unknown> } : { error: { code: 'no-object' } };
}

/** All fields that hold something themselves. */
function leavesOf(fields: readonly Field[]): Exclude<Field, { kind: 'group' }>[] {
  return fields.flatMap((field) => (field.kind === 'group' ? leavesOf(field.fields) : [field]));
}

function initialOf(field: Exclude<Field, { kind: 'group' }>): string | boolean {
  switch (field.kind) {
    case 'boolean':
      return field.initial ?? false;
    case 'list':
      return field.initial?.join('\n') ?? '';
    case 'json':
      return field.initial === undefined || (field.initial === null && field.isNullable)
        ? ''
        : JSON.stringify(field.initial, null, 2);
    default:
      return field.initial === undefined ? '' : String(field.initial);
  }
}

function objectOf(
  fields: readonly Field[],
  values: Values,
  errors: Map<string, FieldError>,
): Record<string, unknown> {
  const members: [string, unknown][] = [];
  for (const field of fields) {
    const read = field.kind === 'group' ? groupOf(field, values, errors) : leafOf(field, values);
    if (read === undefined) continue;
    if ('error' in read) errors.set(field.id, read.error);
    else members.push([field.name, read.value]);
  }
  // A property may be called `__proto__`: this defines it, and sets nothing.
  return Object.fromEntries(members);
}

function groupOf(field: Field & { kind: 'group' }, values: Values, errors: Map<string, FieldError>): Read {
  const leaves = leavesOf(field.fields);
  const textAt = (id: string) => values.get(id) ?? '';
  const isBlank = leaves.every(({ id }) => textAt(id) === '' || textAt(id) === false);
  if (isBlank && !field.isRequired) return undefined;
  const inside = new Map<string, FieldError>();
  const value = objectOf(field.fields, values, inside);
  // An object that may be left out, and in which only what the schema filled in stands, is no fault of a person.
  const isUntouched = leaves.every((leaf) => textAt(leaf.id) === initialOf(leaf));
  if (inside.size > 0 && isUntouched && !field.isRequired) return undefined;
  for (const [id, error] of inside) errors.set(id, error);
  return { value };
}

function leafOf(field: Exclude<Field, { kind: 'group' }>, values: Values): Read {
  const given = values.get(field.id) ?? '';
  if (field.kind === 'boolean') {
    // A box that was never ticked says nothing, unless a value has to be said or the schema's is the other one.
    if (given === true) return { value: true };
    return field.isRequired || field.initial !== undefined ? { value: false } : undefined;
  }
  const text = String(given);
  if (text === '' || (text.trim() === '' && field.kind !== 'text')) {
    if (!field.isRequired) return undefined;
    if (field.isNullable) return { value: null };
    // No lines are an empty list, which is a value.
    return field.kind === 'list' ? listOf(field, []) : { error: { code: 'required' } };
  }
  switch (field.kind) {
    case 'text':
      return textOf(field, text);
    case 'number':
      return numberOf(field, text);
    case 'choice':
      return { value: field.values[Number(text)] };
    case 'list':
      return listOf(
        field,
        text.split(/\r?\n/).filter((line) => line !== ''),
      );
    case 'json':
      return parsed(text);
  }
}

function textOf(
  { minLength = 0, maxLength = Number.POSITIVE_INFINITY }: Pick<TextField, 'minLength' | 'maxLength'>,
  text: string,
) {
  const length = [...text].length;
  if (length < minLength) return { error: { code: 'shorter', limit: minLength, length } as const };
  if (length > maxLength) return { error: { code: 'longer', limit: maxLength, length } as const };
  return { value: text };
}

/** With a comma as well as with a point; not with both, and a whole number with neither: `1.000` would be one of two. */
function numberOf(
  { isInteger, minimum, maximum, isAbove, isBelow, multipleOf }: NumberField,
  text: string,
): Read {
  const given = text.trim();
  const pattern = isInteger ? /^[+-]?\d+$/ : /^[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:e[+-]?\d+)?$/i;
  const value = pattern.test(given) ? Number(given.replace(',', '.')) : Number.NaN;
  if (!Number.isFinite(value)) return { error: { code: isInteger ? 'whole' : 'number', given: text } };
  const wrong = (code: 'least' | 'above' | 'most' | 'below' | 'multiple', limit: number): Read => ({
    error: { code, limit },
  });
  if (minimum !== undefined) {
    if (isAbove && value <= minimum) return wrong('above', minimum);
    if (value < minimum) return wrong('least', minimum);
  }
  if (maximum !== undefined) {
    if (isBelow && value >= maximum) return wrong('below', maximum);
    if (value > maximum) return wrong('most', maximum);
  }
  if (isInteger && Math.abs(value) > Number.MAX_SAFE_INTEGER) {
    return value > 0 ? wrong('most', Number.MAX_SAFE_INTEGER) : wrong('least', Number.MIN_SAFE_INTEGER);
  }
  if (multipleOf !== undefined && multipleOf > 0 && !Number.isInteger(value / multipleOf))
    return wrong('multiple', multipleOf);
  // `-0` is no number that a person means.
  return { value: value === 0 ? 0 : value };
}

function listOf(
  { items, minItems = 0, maxItems = Number.POSITIVE_INFINITY, isUnique }: ListField,
  lines: readonly string[],
): Read {
  const count = lines.length;
  if (count < minItems)
    return { error: count === 0 ? { code: 'required' } : { code: 'fewer', limit: minItems, count } };
  if (count > maxItems) return { error: { code: 'more', limit: maxItems, count } };
  for (const [i, given] of lines.entries()) {
    const error: FieldError | undefined =
      items.values !== undefined && !items.values.includes(given)
        ? { code: 'none-of', given, values: items.values }
        : textOf(items, given).error;
    if (error !== undefined) return { error: { code: 'line', given, line: i + 1, error } };
  }
  const twice = isUnique ? lines.find((line, i) => lines.indexOf(line) !== i) : undefined;
  return twice === undefined ? { value: lines } : { error: { code: 'twice', given: twice } };
}

function parsed(text: string): Read {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (error) {
    return { error: { code: 'json', message: (error as Error).message } };
  }
}

function fill(
  fields: readonly Field[],
  given: Record<string, unknown>,
  values: Map<string, string | boolean>,
): void {
  for (const field of fields) {
    const value = Object.hasOwn(given, field.name) ? given[field.name] : undefined;
    if (field.kind === 'group') {
      const inner = typeof value === 'object' && value !== null ? value : {};
      fill(field.fields, inner as Record<string, unknown>, values);
    } else values.set(field.id, textFor(field, value));
  }
}

function textFor(field: Exclude<Field, { kind: 'group' }>, value: unknown): string | boolean {
  if (field.kind === 'boolean') return value === true;
  if (value === undefined) return '';
  switch (field.kind) {
    case 'choice': {
      const place = field.values.findIndex((one) => isEqual(one, value));
      return place < 0 ? '' : String(place);
    }
    case 'list':
      return Array.isArray(value) ? value.join('\n') : '';
    case 'json':
      return JSON.stringify(value, null, 2);
    default:
      return value === null ? '' : String(value);
  }
}

function isEqual(one: unknown, other: unknown): boolean {
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
}

/** With the members of objects in one order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(members.map(([name, inner]) => [name, sorted(inner)]));
}
