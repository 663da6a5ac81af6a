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
/** Tools that are remembered, and how deep their schemas are read: whoever answers chooses both. */
const MAX_TOOLS = 10_000;
const MAX_DEPTH = 16;

/**
 * Learns from the lists of tools that pass which arguments stand in headers, too, and compares them. A tool whose
 * schema did not pass here is not judged.
 */
export class ParamHeaders {
  readonly #byTool = new Map<string, readonly Declaration[]>();

  /** A successful reply to `tools/list`. */
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

  /** What is wrong with the headers of a call, in words; undefined when nothing is. */
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

/** A header value as it is meant: `=?base64?…?=` stands for what headers cannot hold. Undefined when that is malformed. */
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
    // An envelope may hold for a message whose inside is no JSON.
    return [];
  }
}

/** Only `properties` lead to an argument whose place is known. */
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

/** How a header spells the value; undefined when it has none. */
function asText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  // Larger integers are no longer what the body spelled.
  const isExact = typeof value === 'number' && (Number.isSafeInteger(value) || !Number.isInteger(value));
  return typeof value === 'boolean' || isExact ? String(value) : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
