import type { Tool } from '../protocol/ask.js';

/** One argument of a tool, as the top of its JSON Schema describes it. */
export interface ToolArgument {
  name: string;
  /** For people: `string`, `number | null`, `"low" | "high"`, `any`. */
  type: string;
  /** Its JSON Schema types; empty when any type is allowed. */
  types: readonly string[];
  /** Its allowed values, if the schema lists them. */
  values: readonly unknown[] | undefined;
  required: boolean;
}

type Schema = Record<string, unknown>;

export function argumentsOf({ inputSchema }: Tool): ToolArgument[] {
  const properties = isObject(inputSchema?.properties) ? inputSchema.properties : {};
  const required = Array.isArray(inputSchema?.required) ? inputSchema.required : [];
  return Object.entries(properties).map(([name, given]) => {
    const schema = isObject(given) ? resolved(given, inputSchema ?? {}) : {};
    const types = typesOf(schema, inputSchema ?? {});
    const values = Array.isArray(schema.enum) ? schema.enum : undefined;
    const type = values
      ? values.map((value) => JSON.stringify(value)).join(' | ')
      : types.length === 0
        ? 'any'
        : types.join(' | ');
    return { name, type, types, values, required: required.includes(name) };
  });
}

/** Whether a tool takes arguments that its schema does not name. */
export function takesOthers({ inputSchema }: Tool): boolean {
  const { properties, additionalProperties, patternProperties } = inputSchema ?? {};
  if (additionalProperties === false) return patternProperties !== undefined;
  if (additionalProperties !== undefined) return true;
  // A schema that names some arguments, and does not mention others, means only these.
  return !isObject(properties) || Object.keys(properties).length === 0;
}

function typesOf(schema: Schema, root: Schema): string[] {
  const { type, enum: values, anyOf, oneOf } = schema;
  if (typeof type === 'string') return [type];
  if (Array.isArray(type)) return type.filter((each): each is string => typeof each === 'string');
  if (Array.isArray(values)) return [...new Set(values.map(typeOf))];
  if ('const' in schema) return [typeOf(schema.const)];
  const choices = Array.isArray(anyOf) ? anyOf : Array.isArray(oneOf) ? oneOf : [];
  const each = choices.map((choice) => (isObject(choice) ? typesOf(resolved(choice, root), root) : []));
  // One choice without a type allows any type.
  return each.some((types) => types.length === 0) ? [] : [...new Set(each.flat())];
}

/** Follows one reference into the same schema: `#/$defs/Color`. */
function resolved(schema: Schema, root: Schema): Schema {
  const { $ref } = schema;
  if (typeof $ref !== 'string' || !$ref.startsWith('#/')) return schema;
  const found = $ref
    .slice(2)
    .split('/')
    .reduce<unknown>(
      (at, step) => (isObject(at) ? at[step.replace(/~1/g, '/').replace(/~0/g, '~')] : undefined),
      root,
    );
  return isObject(found) && found.$ref === undefined ? found : {};
}

/** The JSON Schema type of a value. */
export function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (Number.isInteger(value)) return 'integer';
  return typeof value;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
