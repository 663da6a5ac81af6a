import { type Envelope, rawId } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import { elementsOf, spliced, valueAt } from '../../protocol/json-parts.js';
import { ErrorCode } from '../../protocol/jsonrpc.js';
import { Method } from '../../protocol/mcp.js';
import type { GuardedCall, GuardedClient, Refusal, Stage, Verdict } from '../stage.js';
import type { DriftGuard } from './drift-guard.js';
import { showHidden } from './show-hidden.js';
import { plainList, toolListsIn } from './tool-lists.js';

/** Tools whose definition nobody has approved are neither listed nor called: `"drift": "hold"`. */
// D257
export function heldTools(guard: DriftGuard, { server }: Pick<GuardedClient, 'server'>): Stage {
  const refusal = (tool: string): Refusal | undefined => {
    const why = guard.whyHeld(server, tool);
    return why && { code: ErrorCode.toolChanged, ...textOf(why, server, tool) };
  };
  const verdict = (tool: string): Verdict => {
    const refuse = refusal(tool);
    return refuse && { refuse };
  };
  return {
    request: ({ method, tool, client }) => {
      if (method !== Method.callTool || tool === undefined) return undefined;
      // Another version of the server may have been started since its client has read the list.
      if (!guard.isListed(server))
        return guard.read(server, (...asked) => client.ask(...asked)).then(() => verdict(tool));
      return verdict(tool);
    },
    still: ({ method, tool }) =>
      method === Method.callTool && tool !== undefined ? refusal(tool) : undefined,
    reply: (call, reply, envelope) => withoutHeld(guard, server, call, reply, envelope),
  };
}

function textOf(why: 'waiting' | 'unlisted' | 'unread', server: string, tool: string) {
  const [itsTool, its] = [showHidden(tool).slice(0, 128), showHidden(server)];
  const message = {
    waiting: `The definition of the tool "${itsTool}" of the MCP server "${its}" is not the one that was approved, so it is held. A person who has read the difference lets it be called: mcp-pipe approve.`,
    unlisted: `The tool "${itsTool}" is not in the list of tools of the MCP server "${its}", so its definition cannot have been approved. Ask for tools/list, and call what is in it.`,
    unread: `The MCP server "${its}" has not told its tools since it was started, so whether "${itsTool}" is as it was approved is not known. Ask for tools/list, then call it again.`,
  }[why];
  return { message, data: { server, tool: tool.slice(0, 128), why } };
}

function withoutHeld(
  guard: DriftGuard,
  server: string,
  { method }: GuardedCall,
  answer: Frame,
  envelope: Envelope,
): Frame | undefined {
  if (method !== Method.listTools || envelope.isError) return undefined;
  const isPlain = toolListsIn(answer)?.isAmbiguous !== true;
  const reply = isPlain ? answer : plainList(answer, rawId(answer, envelope));
  const list = valueAt(reply, ['result', 'tools']);
  if (!list) return undefined;
  const all = elementsOf(reply, list).map(({ start, end }) => reply.subarray(start, end));
  const shown = all.filter((item) => guard.mayBeShown(server, item));
  if (shown.length === all.length) return isPlain ? undefined : reply;
  const commas = shown.flatMap((one, i) => (i === 0 ? [one] : [COMMA, one]));
  return spliced(reply, [{ ...list, bytes: Buffer.concat([OPEN, ...commas, CLOSE]) }]);
}

const [OPEN, COMMA, CLOSE] = ['[', ',', ']'].map((mark) => Buffer.from(mark)) as [Buffer, Buffer, Buffer];
