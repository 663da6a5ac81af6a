import type { Frame } from '../../protocol/frame.js';
import { parsed, spliced, valueAt } from '../../protocol/json-parts.js';

interface Block {
  type?: unknown;
  text?: unknown;
}

/** `result` of `tools/call` (MCP "Tools"). */
interface ToolResult {
  content?: unknown;
  structuredContent?: unknown;
  isError?: unknown;
  /** MCP 2026-07-28. */
  resultType?: unknown;
}

/** The note where text was cut off; both lengths in bytes. */
function words(bytes: number, maxBytes: number): string {
  return `\n[cut by mcp-pipe: the result had ${bytes} bytes, more than the ${maxBytes} that are allowed]`;
}

/**
 * A tool's reply with its text cut, so that the whole message has at most `maxBytes`. A note in the text says so. The
 * message stays valid JSON and UTF-8. Content that is no text is dropped if it does not fit.
 */
export function cutResult(frame: Frame, maxBytes: number): Frame {
  const at = valueAt(frame, ['result']);
  const result = at && (parsed(frame, at) as ToolResult | null);
  if (!at || !Array.isArray(result?.content)) return frame;
  const note = words(frame.length, maxBytes);
  const room = maxBytes - (frame.length - (at.end - at.start));
  const withResult = (text: string) => spliced(frame, [{ ...at, bytes: text }]);
  const content = result.content as Block[];
  const cut = withText(result, content, note, room);
  if (cut) return withResult(cut);
  // `structuredContent` usually repeats the text (MCP "Structured Content"). A result without it is marked as an error.
  const { structuredContent, ...rest } = result;
  const bare: ToolResult = structuredContent === undefined ? rest : { ...rest, isError: true };
  const onlyText = withText(
    bare,
    content.filter((block) => block?.type === 'text'),
    note,
    room,
  );
  if (onlyText) return withResult(onlyText);
  const { resultType } = result;
  const only = { resultType, content: [{ type: 'text', text: note.trim() }], isError: true };
  return withResult(JSON.stringify(only));
}

/** The result with as much of the texts as fits, front to back; undefined when not even the note does. */
function withText(result: ToolResult, blocks: Block[], note: string, room: number): string | undefined {
  const texts = blocks.map((block) =>
    block?.type === 'text' && typeof block.text === 'string' ? block.text : undefined,
  );
  const last = texts.findLastIndex((text) => text !== undefined);
  if (last < 0) return undefined;
  const build = (length: number): string => {
    let left = length;
    const content = blocks.map((block, i): Block => {
      const text = texts[i];
      if (text === undefined) return block;
      const part = cutText(text, left);
      // Nothing after the cut, though it may have left a character's worth of room.
      left = part.length < text.length ? 0 : left - part.length;
      return { ...block, text: i === last ? part + note : part };
    });
    return JSON.stringify({ ...result, content });
  };
  const fits = (length: number) => Buffer.byteLength(build(length)) <= room;
  if (!fits(0)) return undefined;
  let most = 0;
  // A character takes at least one byte.
  let tooMany =
    Math.min(
      room,
      texts.reduce<number>((sum, text) => sum + (text?.length ?? 0), 0),
    ) + 1;
  while (tooMany - most > 1) {
    const middle = (most + tooMany) >> 1;
    if (fits(middle)) most = middle;
    else tooMany = middle;
  }
  return build(most);
}

/** At most `length` characters, never half of a surrogate pair. */
function cutText(text: string, length: number): string {
  if (text.length <= length) return text;
  const code = text.charCodeAt(length - 1);
  return text.slice(0, code >= 0xd800 && code <= 0xdbff ? length - 1 : length);
}
