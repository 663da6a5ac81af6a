import { ErrorCode } from '../protocol/jsonrpc.js';
import type { AskOptions, AskOutcome } from './ask.js';

/** A tool as the server describes it (MCP "Tools"); only what is read here is named. */
export interface Tool {
  name: string;
  description?: string;
  inputSchema?: Record<string, unknown>;
  [member: string]: unknown;
}

export type Ask = (
  method: string,
  params: Record<string, unknown> | undefined,
  options: AskOptions,
) => Promise<AskOutcome>;

/** A server that always names a next page would never be done. */
const MAX_PAGES = 1_000;
/** So long, as JSON, may a list be over all its pages. */
const MAX_LIST_BYTES = 16 * 1024 * 1024;

/** Every page of `tools/list` (MCP "Pagination"); the result of the outcome is `{ tools }`. */
export async function listTools(ask: Ask, options: AskOptions): Promise<AskOutcome> {
  const tools: Tool[] = [];
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
    // One by one: there may be more than a call takes arguments.
    if (Array.isArray(some))
      for (const tool of some as Tool[]) if (typeof tool?.name === 'string') tools.push(tool);
    if (nextCursor === undefined || nextCursor === null || nextCursor === cursor) break;
    cursor = nextCursor;
  }
  return { result: { tools } };
}
