import type { Frame } from '../../../protocol/frame.js';
import { encodeHeader } from '../../../protocol/http-headers.js';
import { OPEN_BRACE, OPEN_BRACKET } from '../../../protocol/json-bytes.js';
import { elementsOf, parsed, type Range, spliced, textIn, valueAt } from '../../../protocol/json-parts.js';
import {
  type DeclarationFault,
  declarationFault,
  headerTextOf,
  PARAM_MARK,
  type ParamDeclaration,
  paramDeclarations,
} from '../../../protocol/param-headers.js';

/** Most tools remembered: servers choose their number, so it is bounded. */
const MAX_TOOLS = 10_000;

/** Most tools that are reported as invalid: one server needs no more lines in the log. */
const MAX_REPORTED = 20;

/**
 * Learns from replies to `tools/list` which arguments of which tools are repeated in headers (MCP 2026-07-28 "Custom
 * Headers").
 */
export class ToolHeaders {
  readonly #byTool = new Map<string, readonly ParamDeclaration[]>();
  /** Tools that were reported as invalid. */
  readonly #reported = new Set<string>();
  /** Called once with each tool whose declarations are invalid, and why. */
  readonly #onInvalid: (tool: string, why: DeclarationFault) => void;

  constructor(onInvalid: (tool: string, why: DeclarationFault) => void) {
    this.#onInvalid = onInvalid;
  }

  /** Reads a reply to `tools/list`; returns it without the tools whose declarations are invalid. */
  learn(frame: Frame): Frame {
    if (this.#byTool.size === 0 && !frame.includes(PARAM_MARK)) return frame;
    const tools = valueAt(frame, ['result', 'tools']);
    if (!tools) return frame;
    const elements = elementsOf(frame, tools);
    const invalid = new Set<number>();
    for (const [at, element] of elements.entries()) if (!this.#learnTool(frame, element)) invalid.add(at);
    return invalid.size === 0 ? frame : without(frame, elements, invalid);
  }

  /** Reads one tool; returns whether its declarations are valid. */
  #learnTool(frame: Frame, range: Range): boolean {
    const nameRange = valueAt(frame, ['name'], range);
    const name = nameRange && textIn(frame, nameRange);
    if (name === undefined) return true;
    this.#byTool.delete(name);
    if (!frame.subarray(range.start, range.end).includes(PARAM_MARK)) return true;
    const schemaRange = valueAt(frame, ['inputSchema'], range);
    const schema = schemaRange && parsed(frame, schemaRange);
    const fault = declarationFault(schema);
    if (fault !== undefined) {
      if (!this.#reported.has(name) && this.#reported.size < MAX_REPORTED) {
        this.#reported.add(name);
        this.#onInvalid(name, fault);
      }
      return false;
    }
    const declarations = paramDeclarations(schema);
    if (declarations.length > 0 && this.#byTool.size < MAX_TOOLS) this.#byTool.set(name, declarations);
    return true;
  }

  /** The headers that repeat arguments of a `tools/call`, whose `params` begin at `paramsStart`. */
  of(name: string, frame: Frame, paramsStart: number): Record<string, string> {
    const headers: Record<string, string> = {};
    for (const { path, header } of this.#byTool.get(name) ?? []) {
      const range = valueAt(frame, ['arguments', ...path], { start: paramsStart, end: frame.length });
      if (!range || frame[range.start] === OPEN_BRACE || frame[range.start] === OPEN_BRACKET) continue;
      const text = headerTextOf(parsed(frame, range));
      if (text !== undefined) headers[header] = encodeHeader(text);
    }
    return headers;
  }
}

/** The frame without some elements of one of its arrays, and without their commas. */
function without(frame: Frame, elements: readonly Range[], left: ReadonlySet<number>): Frame {
  const kept = elements.filter((_, at) => !left.has(at));
  const [first, last] = [elements[0]!, elements.at(-1)!];
  const parts = kept.flatMap(({ start, end }, at) => [
    Buffer.from(at === 0 ? '' : ','),
    frame.subarray(start, end),
  ]);
  return spliced(frame, [{ start: first.start, end: last.end, bytes: Buffer.concat(parts) }]);
}
