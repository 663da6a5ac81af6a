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
