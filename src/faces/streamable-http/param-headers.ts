import type { IncomingHttpHeaders } from 'node:http';
import type { Frame } from '../../protocol/frame.js';
import { decodeHeader, header } from '../../protocol/http-headers.js';
import {
  argumentAt,
  headerTextOf,
  PARAM_MARK,
  type ParamDeclaration,
  paramDeclarations,
} from '../../protocol/param-headers.js';

/** Most tools remembered: servers choose their number, so it is bounded. */
const MAX_TOOLS = 10_000;

/**
 * Learns from replies to `tools/list` which arguments are repeated in headers, and compares the two in calls (D91). A tool
 * whose schema was not seen here is not checked.
 */
export class ParamHeaders {
  readonly #byTool = new Map<string, readonly ParamDeclaration[]>();

  /** Reads a successful reply to `tools/list`. */
  learn(frame: Frame): void {
    if (this.#byTool.size === 0 && !frame.includes(PARAM_MARK)) return;
    for (const tool of toolsIn(frame)) {
      if (!isObject(tool) || typeof tool.name !== 'string') continue;
      const declarations = paramDeclarations(tool.inputSchema);
      if (declarations.length === 0) this.#byTool.delete(tool.name);
      else if (this.#byTool.size < MAX_TOOLS) this.#byTool.set(tool.name, declarations);
    }
  }

  /**
   * The fault in the headers of a call, as text; undefined when there is none. `args` returns its arguments: they are parsed only
   * for a tool that declares some.
   */
  fault(name: string, args: () => unknown, headers: IncomingHttpHeaders): string | undefined {
    const declarations = this.#byTool.get(name);
    if (!declarations) return undefined;
    const given = args();
    for (const declaration of declarations) {
      const value = argumentAt(given, declaration.path);
      const expected = headerTextOf(value);
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

function toolsIn(frame: Frame): unknown[] {
  try {
    const { result } = JSON.parse(frame.toString('utf8')) as { result?: { tools?: unknown } };
    return Array.isArray(result?.tools) ? result.tools : [];
  } catch {
    // The envelope of a message may be valid although its inner parts are no JSON.
    return [];
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
