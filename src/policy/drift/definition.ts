import { createHash } from 'node:crypto';
import type { Frame } from '../../protocol/frame.js';
import { foldedKey } from '../folded-key.js';
import { ambiguousMembers } from './ambiguous.js';

/** The members of a tool that a model or a client goes by (MCP "Tool"), in the order in which they are shown. */
export const MEMBERS = [
  'name',
  'title',
  'description',
  'inputSchema',
  'outputSchema',
  'annotations',
] as const;

/** Members as the server has written them, a list of texts: of those that are there twice, or in other letters (`"Description"`). */
export const AS_WRITTEN = 'as written';

/** What a server says that a tool is. */
export interface ToolDefinition {
  name: string;
  /** JSON of `MEMBERS`, equal for equal definitions, and of `AS_WRITTEN` where a client may read another one. */
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
export function definitionOf(item: Frame): ToolDefinition | undefined {
  const tool = readJson(item);
  if (!isObject(tool)) return undefined;
  const written = ambiguousMembers(item, tool, MEMBERS);
  const name = nameIn(tool);
  if (name === undefined) return undefined;
  const members = MEMBERS.flatMap((key) => {
    const value = Object.hasOwn(tool, key) ? canonical(tool[key], 0) : 'null';
    return value === 'null' ? [] : [`${JSON.stringify(key)}:${value}`];
  });
  if (members.some((member) => member.endsWith(TOO_DEEP))) return undefined;
  if (written.length > 0) members.push(`${JSON.stringify(AS_WRITTEN)}:${JSON.stringify(written)}`);
  const text = `{${members.join(',')}}`;
  const hash = createHash('sha256').update(text).digest('hex');
  return { name, text, hash, isHarmless: written.length === 0 && isHarmless(tool.annotations) };
}

/** Undefined: it is no JSON. */
function readJson(item: Frame): unknown {
  try {
    return JSON.parse(item.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** Some clients read `"Name"` where there is no `"name"`. */
function nameIn(tool: Record<string, unknown>): string | undefined {
  if (Object.hasOwn(tool, 'name')) return typeof tool.name === 'string' ? tool.name : undefined;
  const key = Object.keys(tool).find((one) => foldedKey(one) === 'name');
  const name = key === undefined ? undefined : tool[key];
  return typeof name === 'string' ? name : undefined;
}

/**
 * MCP "Tool annotations": `readOnlyHint` is false by default, `destructiveHint` true. A tool that says nothing of itself may
 * destroy something.
 */
function isHarmless(annotations: unknown): boolean {
  if (!isObject(annotations)) return false;
  if (Object.keys(annotations).some((key) => !HINTS.includes(key) && FOLDED_HINTS.includes(foldedKey(key))))
    return false;
  return annotations.readOnlyHint === true || annotations.destructiveHint === false;
}

const HINTS = ['readOnlyHint', 'destructiveHint'];
const FOLDED_HINTS = HINTS.map(foldedKey);

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
