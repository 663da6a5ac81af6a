/**
 * A frame is one JSON-RPC message as UTF-8 bytes, without a line ending. It is what one WebSocket text message
 * holds (RFC 6455 §5.6) and what one line of a stdio server holds (MCP, "stdio" transport).
 */
export type Frame = Buffer;

const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;

/**
 * The frame without the byte order mark at its beginning (.NET writes one before its first line); undefined when it
 * has none.
 */
export function withoutByteOrderMark(frame: Frame): Frame | undefined {
  return frame[0] === 0xef && frame[1] === 0xbb && frame[2] === 0xbf ? frame.subarray(3) : undefined;
}

/** True when the frame cannot be written as one line as it stands. */
export function hasLineBreak(frame: Frame): boolean {
  return frame.indexOf(LF) >= 0 || frame.indexOf(CR) >= 0;
}

/**
 * The same JSON on one line. Valid JSON holds raw line breaks only between tokens (RFC 8259 §7), so each one is
 * replaced by a space and nothing else changes. The caller has checked that the frame is valid JSON.
 */
export function onOneLine(frame: Frame): Frame {
  if (!hasLineBreak(frame)) return frame;
  const line = Buffer.from(frame);
  for (let i = 0; i < line.length; i++) if (line[i] === LF || line[i] === CR) line[i] = SPACE;
  return line;
}
