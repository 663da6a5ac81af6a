import type { AskOptions, AskOutcome, AskParams, Tool, ToolList } from '../protocol/ask.js';
import { ErrorCode } from '../protocol/jsonrpc.js';
import type { ItemFault } from '../protocol/list-event.js';
import { checkItem } from '../protocol/list-items/check.js';
import { isUsable } from '../protocol/list-items/output-schema.js';
import type { Json } from '../protocol/list-items/rules.js';

export type Ask = (method: string, params: AskParams, options: AskOptions) => Promise<AskOutcome>;

/** A bound, because a server may name a next page for ever. */
const MAX_PAGES = 1_000;
/** The longest list over all its pages, in bytes of JSON. */
const MAX_LIST_BYTES = 16 * 1024 * 1024;

/** Every page of `tools/list` (MCP "Pagination"); the result of the outcome is a `ToolList`. */
export async function listTools(ask: Ask, options: AskOptions): Promise<AskOutcome> {
  const list: ToolList = { tools: [], faults: [] };
  let count = 0;
  let cursor: unknown;
  let bytes = 0;
  for (let page = 0; page < MAX_PAGES; page++) {
    const outcome = await ask('tools/list', cursor === undefined ? undefined : { cursor }, options);
    if ('error' in outcome) return outcome;
    const { tools: some, nextCursor } = (outcome.result ?? {}) as { tools?: unknown; nextCursor?: unknown };
    bytes += JSON.stringify(some)?.length ?? 0;
    if (bytes > MAX_LIST_BYTES) {
      const message = `The server's list of tools goes on beyond ${MAX_LIST_BYTES} bytes; it was not read to its end.`;
      return { error: { code: ErrorCode.oversize, message } };
    }
    for (const tool of Array.isArray(some) ? (some as unknown[]) : []) {
      count += 1;
      const { name, at, isLeftOut } = await faultOf(tool, `#${count}`);
      if (typeof (tool as Tool | null)?.name === 'string') list.tools.push(tool as Tool);
      if (at.length > 0) list.faults.push({ name, at, isLeftOut });
    }
    if (nextCursor === undefined || nextCursor === null || nextCursor === cursor) break;
    cursor = nextCursor;
  }
  return { result: list };
}

/** Names what is wrong with a tool: a mux would repair the tool, or drop it from its list. */
async function faultOf(tool: unknown, place: string): Promise<ItemFault> {
  const { item, faults } = checkItem('tool', tool);
  if (!item) return { name: place, at: faults, isLeftOut: true };
  const schema = item.outputSchema as Json | undefined;
  const at = schema && !(await isUsable(schema)) ? [...faults, 'outputSchema'] : faults;
  return { name: item.name as string, at, isLeftOut: false };
}
