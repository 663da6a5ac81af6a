import type { FrameKind } from '../protocol/frame-ring.js';

/**
 * The file of a black box: what happened on one link before something went wrong. JSON, UTF-8, one record per line:
 *
 *     { "format": "mcp-pipe-black-box", "version": 1, "mcpPipe": "0.9.0", "pid": 4711, "link": "calculator",
 *       "why": "connection-ended", "at": 1764158400000, "unwritten": 0,
 *       "records": [
 *         { "at": 1764158390000.5, "event": "open", "tookMs": 12 },
 *         { "at": 1764158391000.25, "to": "server", "kind": "request", "method": "tools/call", "name": "add", "id": "7", "bytes": 98 },
 *         { "at": 1764158391004, "to": "endpoint", "kind": "response", "method": "tools/call", "name": "add", "id": "7", "bytes": 60, "tookMs": 3.75 }
 *       ] }
 *
 * Times are milliseconds since 1970. A later version may have further members, records and values of `why`; `version` grows
 * when a reader of this one could not read it. Arguments, results, addresses of resources, stderr and what else servers and
 * endpoints wrote are not in it, and every text passed the redactor. Texts are to be escaped before they are shown (D97).
 */
export interface BlackBoxFile {
  format: typeof FORMAT;
  version: number;
  /** Version of mcp-pipe. */
  mcpPipe: string;
  pid: number;
  link: string;
  why: WhyWritten;
  /** When the black box was read, in milliseconds since 1970. */
  at: number;
  /** How often there was a reason to write since the last file, and none was written because that was too short ago. */
  unwritten: number;
  /** The exception that ended mcp-pipe: its kind and where it was thrown, without its text. */
  exception?: { name: string; stack: readonly string[] };
  /** In the order in which they happened. */
  records: readonly BlackBoxRecord[];
}

/**
 * `connection-ended`: in another way than planned; `server-ended`: a server process that was to run; `exception`: one that
 * mcp-pipe did not catch; `asked`: by `mcp-pipe explain --now`.
 */
export type WhyWritten = 'connection-ended' | 'server-ended' | 'exception' | 'asked';

export type BlackBoxRecord = FrameLine | EventLine;

/** A frame that was carried. Members that a frame does not have are missing. */
export interface FrameLine {
  at: number;
  to: 'server' | 'endpoint';
  kind: FrameKind;
  method?: string;
  /** The tool or prompt, as the endpoint spells it. */
  name?: string;
  /**
   * JSON text of the id, as the message spells it, at most 128 characters; of a cancellation, the id of the request that it
   * names.
   */
  id?: string;
  bytes: number;
  /** Of a response: milliseconds since its request. */
  tookMs?: number;
  /** Of an error: its code. */
  code?: number;
}

/** A Status: `event` is its `type`, and its other members stand beside it. `times`: how many of them came in a row. */
export type EventLine = { at: number; event: string; server?: string; times?: number } & Record<
  string,
  unknown
>;

/** Names the format in each file. */
export const FORMAT = 'mcp-pipe-black-box';
/** The first version of the format. */
export const VERSION = 1;

/** Why a file cannot be read. */
export type WhyUnreadableBox = 'not-json' | 'foreign' | 'newer' | 'broken';

/** Returns the file, or why it cannot be read. Records that no reader could use are left out. */
export function parseBlackBox(text: string): BlackBoxFile | WhyUnreadableBox {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'not-json';
  }
  if (!isObject(value) || value.format !== FORMAT) return 'foreign';
  const { version, link, why, at, records } = value;
  if (typeof version !== 'number') return 'broken';
  if (version > VERSION) return 'newer';
  if (
    typeof link !== 'string' ||
    typeof why !== 'string' ||
    typeof at !== 'number' ||
    !Array.isArray(records)
  )
    return 'broken';
  const box = value as unknown as BlackBoxFile;
  return {
    ...box,
    mcpPipe: String(box.mcpPipe),
    unwritten: Number(box.unwritten) || 0,
    ...(box.exception === undefined ? {} : { exception: exceptionIn(box.exception) }),
    records: records.filter(isRecord),
  };
}

/** The file as text. */
export function formatBlackBox({ records, ...head }: BlackBoxFile): string {
  const start = JSON.stringify(head).slice(0, -1);
  return `${start},"records":[\n${records.map((record) => JSON.stringify(record)).join(',\n')}\n]}\n`;
}

export function isFrameLine(record: BlackBoxRecord): record is FrameLine {
  return 'to' in record && !('event' in record);
}

function isRecord(value: unknown): value is BlackBoxRecord {
  if (!isObject(value) || typeof value.at !== 'number') return false;
  if (typeof value.event === 'string') return true;
  const isDirected = value.to === 'server' || value.to === 'endpoint';
  return isDirected && typeof value.kind === 'string' && typeof value.bytes === 'number';
}

function exceptionIn(value: unknown): { name: string; stack: readonly string[] } {
  const { name, stack } = isObject(value) ? value : {};
  return { name: String(name), stack: Array.isArray(stack) ? stack.map(String) : [] };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
