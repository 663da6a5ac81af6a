/**
 * The fields of a form for a tool's input schema: text, enum, number, boolean, list of texts and objects of these, two deep.
 * Whatever else a schema may say gets a field for JSON. The server has the last word: what is checked here spares it the obvious.
 */

/** A JSON schema as servers send it: nothing of it is sure. */
export type Schema = Readonly<Record<string, unknown>>;

export interface Field {
  kind: 'text' | 'number' | 'boolean' | 'choice' | 'list' | 'group' | 'json';
  /** The places of the field and of those around it: `2-0`. Unique in a form, and safe whatever the names are. */
  id: string;
  name: string;
  isRequired: boolean;
  /** Left empty though required, it is `null`. */
  isNullable: boolean;
  description: string | undefined;
  /** Its part of the schema, references followed: its limits, and what is shown of it. */
  schema: Schema;
  /** Of a choice. */
  values: readonly unknown[];
  /** Of a group. */
  fields: readonly Field[];
}

/** Objects in objects, counted from the arguments themselves. */
const DEEPEST = 2;
/** More fields are no form; a person writes JSON. */
const MOST_FIELDS = 100;
/** More values are not chosen from a list. */
const MOST_VALUES = 300;
/** References that lead on to references: a circle is left after so many. */
const MOST_HOPS = 8;

/** Words that say nothing about which values are valid. */
const NOTES = 'title description default examples deprecated readOnly writeOnly $comment';
const OF_NUMBERS = 'minimum maximum exclusiveMinimum exclusiveMaximum multipleOf format';
// D225
/** Words that a field of the type knows. Another word makes it a field for JSON. */
const KNOWN: Readonly<Record<string, string>> = {
  string: 'minLength maxLength pattern format',
  number: OF_NUMBERS,
  integer: OF_NUMBERS,
  boolean: '',
  array: 'items minItems maxItems uniqueItems',
  object: 'properties required additionalProperties $defs definitions',
  choice: 'enum const type',
};
const KINDS: Readonly<Record<string, Field['kind']>> = {
  string: 'text',
  integer: 'number',
  array: 'list',
  object: 'group',
};

/** What a form is made with: the whole schema, and how many fields it may still have. */
interface Making {
  root: Schema;
  left: number;
}

/** The fields of the arguments; undefined when they are best written as JSON. */
export function fieldsOf(schema: unknown): readonly Field[] | undefined {
  if (!isSchema(schema)) return undefined;
  const { properties, type, additionalProperties = false } = schema;
  // Without properties it takes no arguments, or any.
  if (properties === undefined) {
    const isClosed = type === 'object' && additionalProperties === false;
    return isClosed && says(schema, 'type additionalProperties $schema') ? [] : undefined;
  }
  const making = { root: schema, left: MOST_FIELDS };
  const fields = groupFields(making, schema, '', 0);
  return making.left < 0 ? undefined : fields;
}

function groupFields(
  making: Making,
  { properties, required }: Schema,
  prefix: string,
  depth: number,
): Field[] | undefined {
  if (!isSchema(properties)) return undefined;
  const fields: Field[] = [];
  for (const [name, schema] of Object.entries(properties)) {
    // Counted before it is built: a schema of a million properties costs no more than the limit.
    if (--making.left < 0) break;
    const isRequired = Array.isArray(required) && required.includes(name);
    fields.push(fieldOf(making, schema, `${prefix}${fields.length}`, name, isRequired, depth + 1));
  }
  return fields;
}

function fieldOf(
  making: Making,
  given: unknown,
  id: string,
  name: string,
  isRequired: boolean,
  depth: number,
): Field {
  const [schema = isSchema(given) ? given : {}, isNullable] = plain(making.root, given);
  const title = textIn(schema.title);
  const description =
    textIn(schema.description) ??
    (title !== undefined && letters(title) !== letters(name) ? title : undefined);
  const field: Field = {
    kind: 'json',
    id,
    name,
    isRequired,
    isNullable,
    description,
    schema,
    values: [],
    fields: [],
  };
  const values = 'const' in schema ? [schema.const] : schema.enum;
  if (Array.isArray(values)) {
    const isChoice = values.length > 0 && values.length <= MOST_VALUES && says(schema, KNOWN.choice!);
    return isChoice ? { ...field, kind: 'choice', values } : field;
  }
  const type = typeof schema.type === 'string' ? schema.type : 'properties' in schema ? 'object' : '';
  if (!Object.hasOwn(KNOWN, type) || !says(schema, `type ${KNOWN[type]}`)) return field;
  const kind = KINDS[type] ?? (type as Field['kind']);
  if (kind === 'list') {
    const [items, hasNull] = plain(making.root, schema.items);
    const isOfTexts = !hasNull && items?.type === 'string' && says(items, `type enum ${KNOWN.string}`);
    return isOfTexts ? { ...field, kind, schema: { ...schema, items } } : field;
  }
  if (kind !== 'group') return { ...field, kind };
  const isEmpty =
    schema.default === undefined || (isSchema(schema.default) && Object.keys(schema.default).length === 0);
  const fields =
    depth > DEEPEST || isNullable || !isEmpty ? undefined : groupFields(making, schema, `${id}-`, depth);
  return fields === undefined ? field : { ...field, kind, fields };
}

/** The schema of the items of a list. */
export function itemsOf({ schema }: Field): Schema {
  return isSchema(schema.items) ? schema.items : {};
}

/** Whether a schema says nothing about its values but these words. */
function says(schema: Schema, words: string): boolean {
  const known = `${NOTES} ${words}`.split(' ');
  return Object.keys(schema).every((word) => known.includes(word));
}

/**
 * The schema behind a reference within the document, and behind "this or null" as Python's and TypeScript's servers write
 * optional parameters; and whether null is allowed. Undefined when it says more than one schema can.
 */
function plain(root: Schema, given: unknown): [schema: Schema | undefined, isNullable: boolean] {
  let schema = given;
  let isNullable = false;
  for (let hops = 0; hops < MOST_HOPS && isSchema(schema); hops++) {
    const { $ref, anyOf, oneOf, allOf, type, ...rest } = schema;
    if (Array.isArray(type) && type.length === 2 && type.includes('null') && !('enum' in rest)) {
      schema = { ...schema, type: type.find((one) => one !== 'null') };
      isNullable = true;
      continue;
    }
    const all = [anyOf ?? oneOf, allOf, $ref === undefined ? undefined : [target(root, $ref)]].filter(
      (one) => one !== undefined,
    );
    const [branches] = all;
    if (all.length === 0) return [schema, isNullable];
    if (all.length > 1 || !Array.isArray(branches) || type !== undefined || !says(rest, '')) break;
    const isNull = (one: unknown) => isSchema(one) && one.type === 'null';
    const others: unknown[] = branches.filter((one) => !isNull(one));
    if (others.length !== 1 || (allOf !== undefined && branches.length > 1)) break;
    isNullable ||= branches.length > 1;
    // What is said beside it is about this place, and wins.
    schema = isSchema(others[0]) ? { ...others[0], ...rest } : undefined;
  }
  return [undefined, isNullable];
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

/** Generators spell a name once more as its title. */
function letters(text: string): string {
  return text.toLowerCase().replace(/[\s_-]/g, '');
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textIn(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
