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

/** Every page of `tools/list` (MCP "Pagination"); the result of the outcome is `{ tools }`. */
export async function listTools(ask: Ask, options: AskOptions): Promise<AskOutcome> {
  const tools: Tool[] = [];
  let cursor: unknown;
  for (let page = 0; page < MAX_PAGES; page++) {
    const outcome = await ask('tools/list', cursor === undefined ? undefined : { cursor }, options);
    if ('error' in outcome) return outcome;
    const { tools: some, nextCursor } = (outcome.result ?? {}) as { tools?: unknown; nextCursor?: unknown };
    if (Array.isArray(some)) tools.push(...(some as Tool[]).filter((tool) => typeof tool?.name === 'string'));
    if (nextCursor === undefined || nextCursor === null || nextCursor === cursor) break;
    cursor = nextCursor;
  }
  return { result: { tools } };
}
