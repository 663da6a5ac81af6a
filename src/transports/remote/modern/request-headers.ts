import type { Message } from '../../../protocol/envelope.js';
import { encodeHeader, NAMED_BY } from '../../../protocol/http-headers.js';
import { textIn, valueAt } from '../../../protocol/json-parts.js';
import { VERSION_KEY } from '../../../protocol/mcp.js';
import { FIRST_MODERN_VERSION } from '../../../protocol/revisions.js';
import { POST_HEADERS } from '../post.js';
import type { ToolHeaders } from './tool-headers.js';

/** The headers of a POST of MCP 2026-07-28: what they repeat is in the message ("Standard Request Headers"). */
export function requestHeaders({ frame, envelope }: Message, tools?: ToolHeaders): Record<string, string> {
  const { method = '', paramsStart } = envelope;
  const member = NAMED_BY.get(method);
  const name = member === undefined ? undefined : textAt({ frame, envelope }, [member]);
  return {
    ...POST_HEADERS,
    'mcp-protocol-version': encodeHeader(
      textAt({ frame, envelope }, ['_meta', VERSION_KEY]) ?? FIRST_MODERN_VERSION,
    ),
    'mcp-method': encodeHeader(method),
    ...(name === undefined ? {} : { 'mcp-name': encodeHeader(name) }),
    ...(name === undefined || method !== 'tools/call' ? {} : tools?.of(name, frame, paramsStart)),
  };
}

/** The text at a path below `params`. */
function textAt({ frame, envelope }: Message, path: readonly string[]): string | undefined {
  if (envelope.paramsStart < 0) return undefined;
  const range = valueAt(frame, path, { start: envelope.paramsStart, end: frame.length });
  return range && textIn(frame, range);
}
