/** A tool's argument that clients repeat in a header: `x-mcp-header` in its schema (MCP 2026-07-28 "Custom Headers"). */
export interface ParamDeclaration {
  path: readonly string[];
  /** In lower case, with its prefix. */
  header: string;
  isNumber: boolean;
}

/** The key in a schema that declares one. */
export const PARAM_MARK = 'x-mcp-header';
const PREFIX = 'mcp-param-';
/** Deepest level of a schema that is read: servers choose it, so it is bounded. */
const MAX_DEPTH = 16;

/** The declarations in a tool's `inputSchema`. */
export function paramDeclarations(schema: unknown): ParamDeclaration[] {
  const declarations: ParamDeclaration[] = [];
  collect(schema, [], declarations);
  return declarations;
}

/** Collects declarations below `properties`: only those have a known place in the arguments. */
function collect(schema: unknown, path: readonly string[], into: ParamDeclaration[]): void {
  if (!isObject(schema) || !isObject(schema.properties) || path.length >= MAX_DEPTH) return;
  for (const [key, property] of Object.entries(schema.properties)) {
    if (!isObject(property)) continue;
    const own = [...path, key];
    const name = property[PARAM_MARK];
    const isNumber = property.type === 'integer' || property.type === 'number';
    if (typeof name === 'string') into.push({ path: own, header: PREFIX + name.toLowerCase(), isNumber });
    collect(property, own, into);
  }
}

/**
 * What is wrong with a declaration: it is not below `properties` only; it names no header; its argument is neither string,
 * integer nor boolean; two of them name the same header.
 */
export type DeclarationFault = 'misplaced' | 'no-header' | 'wrong-type' | 'same-header';

/** What a header's name may consist of (RFC 9110 §5.1). */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const MARKED_TYPES: ReadonlySet<unknown> = new Set(['string', 'integer', 'boolean']);
/** Keywords of JSON Schema that hold schemas, beside `properties`: one, or an array or an object of them. */
const SUBSCHEMAS = [
  ...['items', 'prefixItems', 'contains', 'additionalItems', 'additionalProperties', 'unevaluatedItems'],
  ...['unevaluatedProperties', 'propertyNames', 'patternProperties', 'dependentSchemas', 'dependencies'],
  ...['oneOf', 'anyOf', 'allOf', 'not', 'if', 'then', 'else', '$defs', 'definitions', 'contentSchema'],
];
const NAMED_SUBSCHEMAS: ReadonlySet<string> = new Set([
  ...['patternProperties', 'dependentSchemas', 'dependencies', '$defs', 'definitions'],
]);

/**
 * Why the declarations in a tool's `inputSchema` are invalid; undefined when they are valid. Clients over HTTP
 * leave out a tool with invalid ones (MCP 2026-07-28 "Schema Extension").
 */
export function declarationFault(schema: unknown): DeclarationFault | undefined {
  const names = new Set<string>();
  // A list instead of recursion: the server chooses the depth.
  const open: { schema: unknown; depth: number; isReachable: boolean }[] = [
    { schema, depth: 0, isReachable: true },
  ];
  for (let next = open.pop(); next; next = open.pop()) {
    const { schema: at, depth, isReachable } = next;
    if (!isObject(at)) continue;
    if (Object.hasOwn(at, PARAM_MARK)) {
      const name = at[PARAM_MARK];
      if (!isReachable || depth === 0 || depth > MAX_DEPTH) return 'misplaced';
      if (typeof name !== 'string' || !TOKEN.test(name)) return 'no-header';
      if (!MARKED_TYPES.has(at.type)) return 'wrong-type';
      if (names.has(name.toLowerCase())) return 'same-header';
      names.add(name.toLowerCase());
    }
    if (isObject(at.properties))
      for (const property of Object.values(at.properties))
        open.push({ schema: property, depth: depth + 1, isReachable });
    for (const keyword of SUBSCHEMAS) {
      if (!Object.hasOwn(at, keyword)) continue;
      for (const inner of schemasIn(keyword, at[keyword]))
        open.push({ schema: inner, depth, isReachable: false });
    }
  }
  return undefined;
}

function schemasIn(keyword: string, value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  return isObject(value) && NAMED_SUBSCHEMAS.has(keyword) ? Object.values(value) : [value];
}

/** The argument at the path of a declaration. */
export function argumentAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (isObject(at) && Object.hasOwn(at, key) ? at[key] : undefined),
    value,
  );
}

/** The value as a header spells it; undefined for a value that headers do not repeat. */
export function headerTextOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  // A larger integer, parsed as a double, may differ from the one in the body.
  const isExact = typeof value === 'number' && (Number.isSafeInteger(value) || !Number.isInteger(value));
  return typeof value === 'boolean' || isExact ? String(value) : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
