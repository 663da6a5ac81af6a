import type { Frame } from '../protocol/frame.js';
import { OPEN_BRACE } from '../protocol/json-bytes.js';
import { valueAt } from '../protocol/json-parts.js';
import { Method } from '../protocol/mcp.js';
import { RpcError } from '../protocol/rpc-errors.js';
import type { Found, KnownToolsOf } from './known-tools.js';
import { Schemas, type WhyUnchecked } from './schemas.js';
import type { GuardedClient, StageFor, Verdict } from './stage.js';

export interface ArgumentsOptions {
  checkArguments: boolean;
}

/**
 * Checks arguments against the tool's `inputSchema` (MCP "Tools").
 *
 * @param onUnchecked Called with a tool whose arguments were not checked, and why; the same again for each call.
 */
export function argumentsStage(
  known: KnownToolsOf,
  onUnchecked: (client: GuardedClient, tool: string, why: WhyUnchecked) => void,
): StageFor<ArgumentsOptions> {
  const schemas = new Schemas();
  return (client, { checkArguments }) => {
    if (!checkArguments) return undefined;
    const tools = known.of(client);
    const checked = (tool: string, found: Found, frame: Frame): Verdict => {
      // The server has no such tool, and says so: a line of the log for each name would be written by clients.
      if (found === 'none') return undefined;
      const schema = typeof found === 'string' ? undefined : found.schema;
      if (!schema) return void onUnchecked(client, tool, 'no-schema');
      const given = valueAt(frame, ['params', 'arguments']);
      if (given && frame[given.start] !== OPEN_BRACE) return wrong(tool, '', 'must be object');
      const outcome = schemas.check(schema, given && frame.subarray(given.start, given.end));
      if (outcome === 'right') return undefined;
      if ('unchecked' in outcome) return void onUnchecked(client, tool, outcome.unchecked);
      return wrong(tool, outcome.wrong.path, outcome.wrong.expected);
    };
    return {
      request: (call, frame) => {
        const { method, tool } = call;
        if (method !== Method.callTool || tool === undefined) return undefined;
        const now = tools.now(tool);
        if (now && schemas.isLoaded) return checked(tool, now, frame);
        return new Promise<Verdict>((resolve) => {
          call.signal.addEventListener('abort', () => resolve(undefined), { once: true });
          void Promise.all([tools.find(tool), schemas.load()]).then(
            ([found]) => resolve(checked(tool, found, frame)),
            // The library is part of mcp-pipe: without it nothing can be said of arguments.
            () => resolve(void onUnchecked(client, tool, 'no-schema')),
          );
        });
      },
    };
  };
}

/** Names the argument and what is expected, never the value. */
function wrong(tool: string, path: string, expected: string): Verdict {
  const where = path === '' ? 'the arguments' : path.slice(1);
  const message = `Wrong arguments for ${tool.slice(0, 128)}: ${where} ${expected}.`;
  return { refuse: { code: RpcError.invalidParams, message, data: { path, expected } } };
}
