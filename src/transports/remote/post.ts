import type { Envelope } from '../../protocol/envelope.js';
import { Method } from '../../protocol/mcp.js';

/** What the POST of any message has; all revisions of MCP want both types accepted. */
export const POST_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
};

/** Whether it does no harm when the server reads a message twice (D171). */
export function isHarmless({ kind, method = '' }: Envelope): boolean {
  return kind === 'response' || (kind !== 'batch' && HARMLESS.has(method));
}

const HARMLESS: ReadonlySet<string> = new Set([
  ...[Method.initialize, Method.initialized, Method.ping, Method.cancelled, Method.discover, Method.listen],
  ...['tools/list', 'prompts/list', 'resources/list', 'resources/templates/list'],
]);
