import { type Message, readEnvelope } from '../../../protocol/envelope.js';
import { membersOf, textIn, valueAt } from '../../../protocol/json-parts.js';

/** Most pages that are asked for. */
const MAX_PAGES = 100;

/** Lists all tools, on behalf of the caller of `request`: with its `_meta`. */
export async function listTools(
  request: Message,
  ask: (message: Message, signal: AbortSignal) => Promise<Message | undefined>,
  signal: AbortSignal,
): Promise<void> {
  const meta = metaOf(request);
  let cursor: string | undefined;
  for (let page = 0; page < MAX_PAGES && !signal.aborted; page++) {
    const at = cursor === undefined ? '' : `"cursor":${cursor},`;
    const params = `{${at}"_meta":{${meta}}}`;
    const frame = Buffer.from(
      `{"jsonrpc":"2.0","id":"mcp-pipe-tools-${page}","method":"tools/list","params":${params}}`,
    );
    const answer = await ask({ frame, envelope: readEnvelope(frame) }, signal);
    const next = answer && valueAt(answer.frame, ['result', 'nextCursor']);
    if (!answer || !next || !textIn(answer.frame, next)) return;
    cursor = answer.frame.toString('utf8', next.start, next.end);
  }
}

/** The members of the request's `_meta` that every request carries. */
function metaOf({ frame, envelope }: Message): string {
  const meta = valueAt(frame, ['_meta'], { start: envelope.paramsStart, end: frame.length });
  return (meta ? membersOf(frame, meta) : [])
    .filter(({ key }) => key !== 'progressToken')
    .map(({ key, start, end }) => `${JSON.stringify(key)}:${frame.toString('utf8', start, end)}`)
    .join(',');
}
