import { type Envelope, type RawId, rawId } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import { spliced, valueAt } from '../../protocol/json-parts.js';
import { progressTokenAsked } from '../../protocol/mcp.js';
import { withId } from '../../protocol/with-id.js';

/**
 * Each process counts the ids of its requests from 0, and the client gets those of all of them. So a request gets an id in
 * which the process and its own id stand: nothing has to be kept until the client answers.
 *
 *     5 of process 3  ->  "mcp-pipe-copy-3:5"        "a" of process 3  ->  "mcp-pipe-copy-3:\"a\""
 */
const MARK = 'mcp-pipe-copy-';

/** The id, or progress token, by which clients know that of a process: JSON text. */
export function sharedId(copy: number, own: RawId): string {
  return JSON.stringify(`${MARK}${copy}:${own}`);
}

/** The process and its own id; undefined when `shared`, JSON text, is no such id. */
export function ownId(shared: RawId): { copy: number; own: string } | undefined {
  if (typeof shared !== 'string' || !shared.startsWith(`"${MARK}`)) return undefined;
  const text = parsedText(shared);
  const [, copy, own] = (typeof text === 'string' && /^mcp-pipe-copy-(\d+):(.*)$/s.exec(text)) || [];
  return own !== undefined && isId(own) ? { copy: Number(copy), own } : undefined;
}

/** Clients write such ids as well, and it becomes a part of what a process gets: it must not be anything else, nor a second line. */
function isId(own: string): boolean {
  const id = parsedText(own);
  return (typeof id === 'string' || typeof id === 'number') && own.trim() === own;
}

/** What JSON text says; undefined when it is none. */
function parsedText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A request of a process, as the client gets it. */
export function sharedRequest(frame: Frame, envelope: Envelope, copy: number): Frame {
  const edits = [
    { start: envelope.idStart, end: envelope.idEnd, bytes: sharedId(copy, rawId(frame, envelope)) },
  ];
  const token = progressTokenAsked(frame, envelope);
  const at = token === undefined ? undefined : valueAt(frame, ['params', '_meta', 'progressToken']);
  if (at && token !== undefined) edits.push({ ...at, bytes: sharedId(copy, token) });
  return spliced(frame, edits);
}

/** The answer of the client, or its progress, as the process knows it; undefined when it belongs to none. */
export function ownAnswer(frame: Frame, envelope: Envelope): { copy: number; frame: Frame } | undefined {
  const id = envelope.idStart < 0 ? undefined : ownId(rawId(frame, envelope));
  return id && { copy: id.copy, frame: withId(frame, envelope, id.own) };
}

/** A notification that names a request or its progress, at this path, with the id that the other side knows. */
export function withNamed(frame: Frame, member: 'requestId' | 'progressToken', id: string): Frame {
  const at = valueAt(frame, ['params', member]);
  return at ? spliced(frame, [{ ...at, bytes: id }]) : frame;
}
