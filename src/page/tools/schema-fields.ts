/**
 * The fields of a form for a tool's input schema: text, enum, number, boolean, list of texts and objects of these, two deep.
 * Whatever else a schema may say gets a field for JSON. The server has the last word: what is checked here spares it the obvious.
 */

/** A JSON schema as servers send it: nothing of it is sure. */
type Schema = Readonly<Record<string, unknown>>;

interface AnyField {
  /** The places of the field and of those around it: `2-0`. Unique in a form, and safe whatever the names are. */
  id: string;
  name: string;
  isRequired: boolean;
  /** Left empty though required, it is `null`. */
  isNullable: boolean;
  description?: string;
}

/** Limits of a text, in characters as people count them. */
interface TextLimits {
  minLength?: number;
  maxLength?: number;
  /** For people to read: a pattern of a stranger is not run. */
  pattern?: string;
  format?: string;
}

export interface TextField extends AnyField, TextLimits {
  kind: 'text';
  isLong: boolean;
  initial?: string;
}

export interface NumberField extends AnyField {
  kind: 'number';
  isInteger: boolean;
  minimum?: number;
  maximum?: number;
  /** The limit itself is not allowed. */
  isAbove: boolean;
  isBelow: boolean;
  multipleOf?: number;
  initial?: number;
}

export interface BooleanField extends AnyField {
  kind: 'boolean';
  initial?: boolean;
}

export interface ChoiceField extends AnyField {
  kind: 'choice';
  values: readonly unknown[];
  /** Place in `values`. */
  initial?: number;
}

/** Texts, one a line. */
export interface ListField extends AnyField {
  kind: 'list';
  items: TextLimits & { values?: readonly string[] };
  minItems?: number;
  maxItems?: number;
  isUnique: boolean;
  initial?: readonly string[];
}

export interface GroupField extends AnyField {
  kind: 'group';
  fields: readonly Field[];
}

export interface JsonField extends AnyField {
  kind: 'json';
  /** The part of the schema that is asked for, to be read. */
  schema: unknown;
  initial?: unknown;
}

export type Field = TextField | NumberField | BooleanField | ChoiceField | ListField | GroupField | JsonField;

/** Objects in objects, counted from the arguments themselves. */
const DEEPEST = 2;
/** More fields are no form; a person writes JSON. */
const MOST_FIELDS = 100;
/** More values are not chosen from a list. */
const MOST_VALUES = 300;
/** A longer text is written in several lines. */
const LONG_TEXT = 200;
/** References that lead on to references: a circle is left after so many. */
const MOST_HOPS = 8;

/** Words that say nothing about which values are valid. */
const ANNOTATIONS = new Set([
  'title',
  'description',
  'default',
  'examples',
  'deprecated',
  'readOnly',
  'writeOnly',
  '$comment',
]);
/** Words that a field of the type knows, beside annotations. Another word makes it a field for JSON. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  string: ['minLength', 'maxLength', 'pattern', 'format', 'contentEncoding', 'contentMediaType'],
  number: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf', 'format'],
  integer: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf', 'format'],
  boolean: [],
  array: ['items', 'minItems', 'maxItems', 'uniqueItems'],
  object: ['properties', 'required', 'additionalProperties', '$defs', 'definitions'],
};

/** The fields of the arguments; undefined when they are best written as JSON. */
export function fieldsOf(schema: unknown): Field[] | undefined {
  if (!isSchema(schema)) return undefined;
  const { properties } = schema;
  if (properties === undefined) return isClosed(schema) ? [] : undefined;
  if (!isSchema(properties)) return undefined;
  const budget = { left: MOST_FIELDS };
  const fields = groupFields(schema, schema, '', 0, budget);
  return budget.left < 0 ? undefined : fields;
}

/** Whether a schema without properties takes no arguments, rather than any. */
function isClosed({ type, additionalProperties, ...rest }: Schema): boolean {
  const says = Object.keys(rest).filter((word) => !ANNOTATIONS.has(word) && word !== '$schema');
  return type === 'object' && says.length === 0 && (additionalProperties ?? false) === false;
}

function groupFields(
  root: Schema,
  { properties, required }: Schema,
  prefix: string,
  depth: number,
  budget: { left: number },
): Field[] {
  const names = Array.isArray(required) ? new Set<unknown>(required) : new Set();
  const fields: Field[] = [];
  for (const [name, schema] of Object.entries(properties as Schema)) {
    // Counted before it is built: a schema of a million properties costs no more than the limit.
    if (--budget.left < 0) break;
    const base = { id: `${prefix}${fields.length}`, name, isRequired: names.has(name), isNullable: false };
    fields.push(fieldOf(root, schema, base, depth + 1, budget));
  }
  return fields;
}

function fieldOf(
  root: Schema,
  given: unknown,
  base: AnyField,
  depth: number,
  budget: { left: number },
): Field {
  const { schema, isNullable } = plain(root, given);
  if (!isSchema(schema)) return { ...base, kind: 'json', schema: given };
  const described = textOf(schema.description) ?? titleOf(schema, base.name);
  const field = { ...base, isNullable, ...(described === undefined ? {} : { description: described }) };
  return (
    choiceOf(schema, field) ??
    knownOf(root, schema, field, depth, budget) ?? {
      ...field,
      kind: 'json',
      schema,
      ...has('initial', schema.default),
    }
  );
}

function choiceOf(schema: Schema, field: AnyField): ChoiceField | undefined {
  const values = 'const' in schema ? [schema.const] : schema.enum;
  if (!Array.isArray(values) || values.length === 0 || values.length > MOST_VALUES) return undefined;
  // A type beside them says the same once more; another limit would have to be checked.
  if (Object.keys(schema).some((word) => !ANNOTATIONS.has(word) && !['enum', 'const', 'type'].includes(word)))
    return undefined;
  const initial = 'const' in schema && field.isRequired ? 0 : values.indexOf(schema.default);
  return { ...field, kind: 'choice', values, ...(initial < 0 ? {} : { initial }) };
}

function knownOf(
  root: Schema,
  schema: Schema,
  field: AnyField,
  depth: number,
  budget: { left: number },
): Field | undefined {
  const type = typeof schema.type === 'string' ? schema.type : 'properties' in schema ? 'object' : '';
  const known = KNOWN[type];
  const isKnown = (word: string) => word === 'type' || ANNOTATIONS.has(word) || known?.includes(word);
  if (known === undefined || !Object.keys(schema).every(isKnown)) return undefined;
  switch (type) {
    case 'string': {
      const initial = textOf(schema.default);
      const limits = limitsOf(schema);
      const isLong = (limits.maxLength ?? 0) > LONG_TEXT || initial?.includes('\n') === true;
      return { ...field, kind: 'text', ...limits, isLong, ...has('initial', initial) };
    }
    case 'number':
    case 'integer':
      return numberOf(schema, field, type === 'integer');
    case 'boolean':
      return {
        ...field,
        kind: 'boolean',
        ...(typeof schema.default === 'boolean' ? { initial: schema.default } : {}),
      };
    case 'array':
      return listOf(root, schema, field);
    default: {
      if (
        depth > DEEPEST ||
        field.isNullable ||
        !isSchema(schema.properties) ||
        !isEmptyObject(schema.default ?? {})
      )
        return undefined;
      return { ...field, kind: 'group', fields: groupFields(root, schema, `${field.id}-`, depth, budget) };
    }
  }
}

function numberOf(schema: Schema, field: AnyField, isInteger: boolean): NumberField {
  const { minimum, maximum, exclusiveMinimum: above, exclusiveMaximum: below, multipleOf } = schema;
  const [least, most] = [numberIn(minimum), numberIn(maximum)];
  // Draft 4 says `true` beside the limit, later ones give a limit of its own.
  const [over, under] = [above === true ? least : numberIn(above), below === true ? most : numberIn(below)];
  const isAbove = over !== undefined && over >= (least ?? Number.NEGATIVE_INFINITY);
  const isBelow = under !== undefined && under <= (most ?? Number.POSITIVE_INFINITY);
  return {
    ...field,
    ...{ kind: 'number', isInteger, isAbove, isBelow },
    ...has('minimum', isAbove ? over : least),
    ...has('maximum', isBelow ? under : most),
    ...has('multipleOf', numberIn(multipleOf)),
    ...has('initial', numberIn(schema.default)),
  };
}

function listOf(root: Schema, schema: Schema, field: AnyField): ListField | undefined {
  const { schema: items, isNullable } = plain(root, schema.items);
  if (!isSchema(items) || isNullable) return undefined;
  const isKnown = (word: string) =>
    word === 'type' || word === 'enum' || ANNOTATIONS.has(word) || KNOWN.string!.includes(word);
  if (items.type !== 'string' || !Object.keys(items).every(isKnown)) return undefined;
  const values = Array.isArray(items.enum) ? items.enum.filter((one) => typeof one === 'string') : undefined;
  const { default: given } = schema;
  // Lines cannot say a text that has several.
  const isLines = Array.isArray(given) && given.every((one) => typeof one === 'string' && /^.+$/.test(one));
  return {
    ...field,
    ...{ kind: 'list', isUnique: schema.uniqueItems === true },
    items: { ...limitsOf(items), ...has('values', values) },
    ...has('minItems', numberIn(schema.minItems)),
    ...has('maxItems', numberIn(schema.maxItems)),
    ...has('initial', isLines ? (given as string[]) : undefined),
  };
}

/**
 * The schema behind a reference within the document, and behind "this or null" as Python's and TypeScript's servers write
 * optional parameters. Undefined when it says more than one schema can.
 */
function plain(root: Schema, given: unknown): { schema: unknown; isNullable: boolean } {
  let schema = given;
  let isNullable = false;
  for (let hops = 0; hops < MOST_HOPS; hops++) {
    if (!isSchema(schema)) return { schema: undefined, isNullable };
    const inner = innerOf(root, schema);
    if (inner === undefined) return { schema, isNullable };
    isNullable ||= inner.isNullable;
    schema = inner.schema;
  }
  return { schema: undefined, isNullable };
}

function innerOf(root: Schema, schema: Schema): { schema: unknown; isNullable: boolean } | undefined {
  const { $ref, anyOf, oneOf, allOf, type, ...rest } = schema;
  if (Array.isArray(type)) {
    const types = type.filter((one) => one !== 'null');
    if (types.length !== 1 || types.length === type.length || 'enum' in schema || 'const' in schema)
      return undefined;
    return { schema: { ...schema, type: types[0] }, isNullable: true };
  }
  const branches = anyOf ?? oneOf ?? allOf ?? ($ref === undefined ? undefined : [{ $ref }]);
  if (!Array.isArray(branches) || type !== undefined) return undefined;
  if ([$ref, anyOf, oneOf, allOf].filter((one) => one !== undefined).length > 1) return undefined;
  if (!Object.keys(rest).every((word) => ANNOTATIONS.has(word))) return undefined;
  const others = branches.filter((one) => !isSchema(one) || one.type !== 'null');
  const [only] = others;
  if (others.length !== 1 || !isSchema(only)) return undefined;
  const isNullable = branches.length === 2;
  if (branches.length > 2 || (isNullable && allOf !== undefined)) return undefined;
  const inner = $ref === undefined ? only : target(root, $ref);
  // What is said beside it is about this place, and wins.
  return { schema: isSchema(inner) ? { ...inner, ...rest } : undefined, isNullable };
}

/** `#/$defs/Song` within the document; nothing is ever fetched. */
function target(root: Schema, ref: unknown): unknown {
  if (typeof ref !== 'string' || !ref.startsWith('#/')) return undefined;
  let at: unknown = root;
  for (const part of ref.slice(2).split('/')) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (!isSchema(at) || !Object.hasOwn(at, name)) return undefined;
    at = at[name];
  }
  return at;
}

function limitsOf(schema: Schema): TextLimits {
  return {
    ...has('minLength', numberIn(schema.minLength)),
    ...has('maxLength', numberIn(schema.maxLength)),
    ...has('pattern', textOf(schema.pattern)),
    ...has('format', textOf(schema.format)),
  };
}

/** A title that says more than the name: generators spell the name once more. */
function titleOf({ title }: Schema, name: string): string | undefined {
  const letters = (text: string) => text.toLowerCase().replace(/[\s_-]/g, '');
  const text = textOf(title);
  return text === undefined || letters(text) === letters(name) ? undefined : text;
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEmptyObject(value: unknown): boolean {
  return isSchema(value) && Object.keys(value).length === 0;
}

function numberIn(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A member that is there only with a value. */
function has<Name extends string, Value>(name: Name, value: Value | undefined): { [Key in Name]?: Value } {
  return (value === undefined ? {} : { [name]: value }) as { [Key in Name]?: Value };
}
