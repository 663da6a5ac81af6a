import { createHash } from 'node:crypto';

/** The members of a tool that a model or a client goes by (MCP "Tool"), in the order in which they are shown. */
export const MEMBERS = [
  'name',
  'title',
  'description',
  'inputSchema',
  'outputSchema',
  'annotations',
] as const;

/** What a server says that a tool is. */
export interface ToolDefinition {
  name: string;
  /** JSON of `MEMBERS`, equal for equal definitions. */
  text: string;
  /** SHA-256 of `text`, hexadecimal. */
  hash: string;
  /** `annotations` say that calls change nothing, or destroy nothing (MCP "Tool annotations"). */
  isHarmless: boolean;
}

/** Deeper values are no definition that anybody could read. */
const MAX_DEPTH = 64;

/**
 * The definition of one item of `tools/list`. Undefined: it has no name, or is nested beyond reading; no client can use it.
 * `_meta`, icons and members that MCP does not know change nothing for a model, and are left out.
 */
export function definitionOf(tool: unknown): ToolDefinition | undefined {
  if (!isObject(tool) || typeof tool.name !== 'string') return undefined;
  const members = MEMBERS.flatMap((key) => {
    const value = Object.hasOwn(tool, key) ? canonical(tool[key], 0) : 'null';
    return value === 'null' ? [] : [`${JSON.stringify(key)}:${value}`];
  });
  if (members.some((member) => member.endsWith(TOO_DEEP))) return undefined;
  const text = `{${members.join(',')}}`;
  const hash = createHash('sha256').update(text).digest('hex');
  return { name: tool.name, text, hash, isHarmless: isHarmless(tool.annotations) };
}

/**
 * MCP "Tool annotations": `readOnlyHint` is false by default, `destructiveHint` true. A tool that says nothing of itself may
 * destroy something.
 */
function isHarmless(annotations: unknown): boolean {
  if (!isObject(annotations)) return false;
  return annotations.readOnlyHint === true || annotations.destructiveHint === false;
}

const TOO_DEEP = '\u0000';

/** JSON with the keys of each object in order: servers build their lists anew, in any order. */
function canonical(value: unknown, depth: number): string {
  if (depth > MAX_DEPTH) return TOO_DEEP;
  if (Array.isArray(value))
    return joined(
      '[',
      value.map((one) => canonical(one, depth + 1)),
      ']',
    );
  if (!isObject(value)) return JSON.stringify(value) ?? 'null';
  const keys = Object.keys(value).sort();
  return joined(
    '{',
    keys.map((key) => `${JSON.stringify(key)}:${canonical(value[key], depth + 1)}`),
    '}',
  );
}

function joined(open: string, parts: readonly string[], close: string): string {
  return parts.some((part) => part.endsWith(TOO_DEEP)) ? TOO_DEEP : `${open}${parts.join(',')}${close}`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The tools of an answer to `tools/list`, and the cursor of the next page; undefined: it is none. */
export function toolsIn(reply: Buffer): { tools: readonly unknown[]; next: string | undefined } | undefined {
  try {
    const { result } = JSON.parse(reply.toString('utf8')) as { result?: Record<string, unknown> | null };
    if (!Array.isArray(result?.tools)) return undefined;
    const { nextCursor } = result;
    // Some servers write an empty one on the last page.
    const next = typeof nextCursor === 'string' && nextCursor !== '' ? nextCursor : undefined;
    return { tools: result.tools as unknown[], next };
  } catch {
    return undefined;
  }
}
