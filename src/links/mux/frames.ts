import type { RawId } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import { findMembers, membersOf, type Range, spliced, textIn, valueAt } from '../../protocol/json-parts.js';
import { CAPABILITIES_KEY, CLIENT_INFO_KEY, VERSION_KEY } from '../../protocol/mcp.js';
import { FIRST_MODERN_VERSION } from '../../protocol/revisions.js';

/** `params._meta` for our own requests of MCP 2026-07-28, while the endpoint has sent none; JSON text. */
export function metaOf(clientInfo: object): string {
  return JSON.stringify({
    [VERSION_KEY]: FIRST_MODERN_VERSION,
    [CLIENT_INFO_KEY]: clientInfo,
    [CAPABILITIES_KEY]: {},
  });
}

/** A request of our own; `params` is JSON text. */
export function requestFrame(rawId: RawId, method: string, params: string | undefined): Frame {
  const tail = params === undefined ? '' : `,"params":${params}`;
  return Buffer.from(`{"jsonrpc":"2.0","id":${rawId},"method":${JSON.stringify(method)}${tail}}`);
}

/** A reply with `result`, JSON text, whose bytes stay as they are. */
export function resultFrame(rawId: RawId, result: string | Buffer): Frame {
  const head = `{"jsonrpc":"2.0","id":${rawId},"result":`;
  if (typeof result === 'string') return Buffer.from(`${head}${result}}`);
  return Buffer.concat([Buffer.from(head), result, Buffer.from('}')]);
}

/** The string at `path` and where it stands; undefined when the value there is no string, or missing. */
export function textAt(frame: Frame, path: readonly string[]): { text: string; at: Range } | undefined {
  const at = valueAt(frame, path);
  const text = at && textIn(frame, at);
  return at && text !== undefined ? { text, at } : undefined;
}

/** JSON text of the value at `path`. */
export function jsonAt(frame: Frame, path: readonly string[]): string | undefined {
  const at = valueAt(frame, path);
  return at && frame.toString('utf8', at.start, at.end);
}

/** JSON text of the `_meta` at `range` of a request of MCP 2026-07-28; undefined for one of an earlier revision. */
export function modernMeta(frame: Frame, range: Range | undefined): string | undefined {
  if (!range || !findMembers(frame, range.start, [VERSION_KEY])[0]) return undefined;
  return frame.toString('utf8', range.start, range.end);
}

/** The reply with further members at the front of its result. A member that the result has already stays as it is. */
export function withMembers(frame: Frame, members: Readonly<Record<string, unknown>>): Frame {
  const at = valueAt(frame, ['result']);
  if (!at || frame[at.start] !== 0x7b) return frame;
  const own = membersOf(frame, at);
  const missing = Object.entries(members).filter(([name]) => !own.some(({ key }) => key === name));
  if (missing.length === 0) return frame;
  const text = missing.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',');
  const start = at.start + 1;
  return spliced(frame, [{ start, end: start, bytes: own.length > 0 ? `${text},` : text }]);
}
