/**
 * Rules for items of MCP lists, as far as clients check them: those of the schema of MCP 2025-11-25 ("Tools", "Prompts",
 * "Resources"), which earlier and later ones agree with. Members that the schema does not name are kept.
 */

export type Json = Record<string, unknown>;

/** Gets the value of a member and returns the value to use; `DROPPED` drops the member. */
type Rule = (value: unknown, isOther: (path?: string) => void) => unknown;

export const DROPPED = Symbol('dropped');

/** Accepts these values only. Another value is dropped, because clients reject the whole list for it. */
const only =
  (isGood: (value: unknown) => boolean): Rule =>
  (value, isOther) => {
    if (isGood(value)) return value;
    isOther();
    return DROPPED;
  };

const text = only((value) => typeof value === 'string');
const flag = only((value) => typeof value === 'boolean');
const number = only((value) => typeof value === 'number');
const anObject = only(isObject);
const oneOf = (...words: string[]) => only((value) => words.includes(value as string));
const texts = listOf(text);

/** Accepts an array; elements that the rule drops are dropped. */
function listOf(element: Rule): Rule {
  return (value, isOther) => {
    if (!Array.isArray(value)) return only(() => false)(value, isOther);
    const kept = value.map((each, i) => element(each, (path) => isOther(`[${i}]${path ?? ''}`)));
    return kept.includes(DROPPED) ? kept.filter((each) => each !== DROPPED) : kept;
  };
}

/** Accepts an object with such members. An object without one of `needed` is dropped. */
function objectOf(rules: Readonly<Record<string, Rule>>, needed: readonly string[] = []): Rule {
  return (value, isOther) => {
    if (!isObject(value)) return only(() => false)(value, isOther);
    const result = withRules(value, rules, (path) => isOther(`.${path}`));
    const missing = needed.find((name) => !Object.hasOwn(result, name));
    if (missing === undefined) return result;
    if (!Object.hasOwn(value, missing)) isOther(`.${missing}`);
    return DROPPED;
  };
}

/** The object with every rule applied. `isOther` is called with the path of each invalid member. */
export function withRules(
  value: Json,
  rules: Readonly<Record<string, Rule>>,
  isOther: (path: string) => void,
): Json {
  const result: Json = { ...value };
  for (const name in rules) {
    const rule = rules[name];
    if (!rule || !Object.hasOwn(result, name)) continue;
    const kept = rule(result[name], (path = '') => isOther(`${name}${path}`));
    if (kept === DROPPED) delete result[name];
    else result[name] = kept;
  }
  return result;
}

/**
 * A schema of arguments, which has to be one of an object (MCP "Tools"). Its content is for the model and is not
 * checked.
 */
const inputSchema: Rule = (value, isOther) => {
  if (!isObject(value)) {
    isOther();
    return { type: 'object' };
  }
  const result = withRules(value, { $schema: text, properties: subschemas, required: texts }, (path) =>
    isOther(`.${path}`),
  );
  if (result.type === 'object') return result;
  isOther('.type');
  return { ...result, type: 'object' };
};

/** Which forms of `outputSchema` the clients that get the list understand. */
export type Outputs =
  /** Schemas of objects (MCP 2025-06-18 and 2025-11-25 "Tools"). */
  | 'objects'
  /** Any schema (MCP 2026-07-28). */
  | 'any'
  /** None: clients of earlier revisions ignore the member. */
  | 'unknown';

/** A schema of results, for clients that accept only schemas of objects. */
const outputSchema: Rule = (value, isOther) => {
  if (isObject(value) && value.type === 'object') return inputSchema(value, isOther);
  isOther();
  return DROPPED;
};

/** JSON Schema allows `true` and `false` in place of a schema; clients of MCP do not. */
const subschemas: Rule = (value, isOther) => {
  if (!isObject(value)) return only(() => false)(value, isOther);
  const entries = Object.entries(value).map(([name, schema]) => {
    if (typeof schema === 'object' && schema !== null) return [name, schema];
    isOther(`.${name}`);
    return [name, schema === false ? { not: {} } : {}];
  });
  return Object.fromEntries(entries) as Json;
};

const ICONS = listOf(
  objectOf({ src: text, mimeType: text, sizes: texts, theme: oneOf('light', 'dark') }, ['src']),
);
const common = { title: text, description: text, icons: ICONS, _meta: anObject };
/** A time as in RFC 3339, which the schema requires. */
const MOMENT =
  /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/;
const annotations = objectOf({
  audience: listOf(oneOf('user', 'assistant')),
  priority: only((value) => typeof value === 'number' && value >= 0 && value <= 1),
  lastModified: only((value) => typeof value === 'string' && MOMENT.test(value) && isDate(value)),
});

const OUTPUTS = {
  objects: { outputSchema },
  any: { outputSchema: objectOf({ $schema: text }) },
};

const tool: Readonly<Record<string, Rule>> = {
  ...common,
  inputSchema,
  annotations: objectOf({
    title: text,
    readOnlyHint: flag,
    destructiveHint: flag,
    idempotentHint: flag,
    openWorldHint: flag,
  }),
  execution: objectOf({ taskSupport: oneOf('required', 'optional', 'forbidden') }),
};

/** Created once, because a list may have a hundred thousand items. */
export const TOOL: Readonly<Record<Outputs, Readonly<Record<string, Rule>>>> = {
  objects: { ...tool, ...OUTPUTS.objects },
  any: { ...tool, ...OUTPUTS.any },
  unknown: tool,
};

export const PROMPT: Readonly<Record<string, Rule>> = {
  ...common,
  arguments: listOf(objectOf({ name: text, title: text, description: text, required: flag }, ['name'])),
};

export const RESOURCE: Readonly<Record<string, Rule>> = {
  ...common,
  name: text,
  mimeType: text,
  size: number,
  annotations,
};

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether the date exists; the 31st of a short month does not. */
function isDate(text: string): boolean {
  const [year, month, day] = text.slice(0, 10).split('-').map(Number);
  return new Date(Date.UTC(year!, month! - 1, day!)).getUTCDate() === day;
}
