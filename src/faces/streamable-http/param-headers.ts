import type { IncomingHttpHeaders } from 'node:http';
import type { Frame } from '../../protocol/frame.js';
import { header } from './headers.js';

/** A tool's argument that clients repeat in a header: `x-mcp-header` in its schema (MCP 2026-07-28 "Custom Headers"). */
interface Declaration {
  path: readonly string[];
  /** In lower case, with its prefix. */
  header: string;
  isNumber: boolean;
}

const MARK = 'x-mcp-header';
const PREFIX = 'mcp-param-';
/** Most tools remembered, and deepest level of their schemas that is read: servers choose both, so both are bounded. */
const MAX_TOOLS = 10_000;
const MAX_DEPTH = 16;

/**
 * Learns from replies to `tools/list` which arguments are repeated in headers, and compares the two in calls (D91). A tool
 * whose schema was not seen here is not checked.
 */
export class ParamHeaders {
  readonly #byTool = new Map<string, readonly Declaration[]>();

  /** Reads a successful reply to `tools/list`. */
  learn(frame: Frame): void {
    if (this.#byTool.size === 0 && !frame.includes(MARK)) return;
    for (const tool of toolsIn(frame)) {
      if (!isObject(tool) || typeof tool.name !== 'string') continue;
      const declarations: Declaration[] = [];
      collect(tool.inputSchema, [], declarations);
      if (declarations.length === 0) this.#byTool.delete(tool.name);
      else if (this.#byTool.size < MAX_TOOLS) this.#byTool.set(tool.name, declarations);
    }
  }

  /** The fault in the headers of a call, as text; undefined when there is none. */
  fault(name: string, given: unknown, headers: IncomingHttpHeaders): string | undefined {
    for (const declaration of this.#byTool.get(name) ?? []) {
      const value = valueIn(given, declaration.path);
      const expected = asText(value);
      if (expected === undefined) continue;
      const sent = header(headers, declaration.header);
      if (sent === undefined)
        return `the body has ${declaration.path.join('.')}, but there is no ${declaration.header}`;
      const decoded = decodeHeader(sent);
      const isEqual =
        decoded === expected ||
        (declaration.isNumber && decoded !== undefined && decoded !== '' && Number(decoded) === value);
      if (!isEqual) return `${declaration.header} and ${declaration.path.join('.')} in the body differ`;
    }
    return undefined;
  }
}

const ENCODED = /^=\?base64\?(.*)\?=$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * Decodes a header value, in which `=?base64?…?=` encodes characters that headers cannot hold; undefined when it is
 * malformed.
 */
export function decodeHeader(value: string): string | undefined {
  const encoded = ENCODED.exec(value)?.[1];
  if (encoded === undefined) return value;
  if (!BASE64.test(encoded)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(encoded, 'base64'));
  } catch {
    return undefined;
  }
}

function toolsIn(frame: Frame): unknown[] {
  try {
    const { result } = JSON.parse(frame.toString('utf8')) as { result?: { tools?: unknown } };
    return Array.isArray(result?.tools) ? result.tools : [];
  } catch {
    // The envelope of a message may be valid although its inner parts are no JSON.
    return [];
  }
}

/** Collects declarations below `properties`: only those have a known place in the arguments. */
function collect(schema: unknown, path: readonly string[], into: Declaration[]): void {
  if (!isObject(schema) || !isObject(schema.properties) || path.length >= MAX_DEPTH) return;
  for (const [key, property] of Object.entries(schema.properties)) {
    if (!isObject(property)) continue;
    const own = [...path, key];
    const name = property[MARK];
    const isNumber = property.type === 'integer' || property.type === 'number';
    if (typeof name === 'string') into.push({ path: own, header: PREFIX + name.toLowerCase(), isNumber });
    collect(property, own, into);
  }
}

function valueIn(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (isObject(at) && Object.hasOwn(at, key) ? at[key] : undefined),
    value,
  );
}

/** The value as a header spells it; undefined for a value that headers do not repeat. */
function asText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  // A larger integer, parsed as a double, may differ from the one in the body.
  const isExact = typeof value === 'number' && (Number.isSafeInteger(value) || !Number.isInteger(value));
  return typeof value === 'boolean' || isExact ? String(value) : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
