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
  const { version, link, why, at, records, ...others } = value;
  if (typeof version !== 'number') return 'broken';
  if (version > VERSION) return 'newer';
  if (
    typeof link !== 'string' ||
    typeof why !== 'string' ||
    !isTime(at) ||
    !isShallow(others, MAX_DEPTH) ||
    !Array.isArray(records)
  )
    return 'broken';
  const { exception, mcpPipe, pid, unwritten, ...box } = value as unknown as BlackBoxFile;
  return {
    ...box,
    mcpPipe: textOf(mcpPipe),
    pid: numberOf(pid),
    unwritten: numberOf(unwritten),
    ...(isObject(exception) ? { exception: exceptionIn(exception) } : {}),
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
  if (!isObject(value) || !isTime(value.at) || !isShallow(value, MAX_DEPTH)) return false;
  if (typeof value.event === 'string') return isTextOrMissing(value.server);
  const isDirected = value.to === 'server' || value.to === 'endpoint';
  const { kind, bytes, method, name, id, tookMs, code } = value;
  return (
    isDirected &&
    typeof kind === 'string' &&
    typeof bytes === 'number' &&
    [method, name, id].every(isTextOrMissing) &&
    [tookMs, code].every(isNumberOrMissing)
  );
}

function exceptionIn({ name, stack }: Record<string, unknown>): { name: string; stack: readonly string[] } {
  return { name: textOf(name), stack: Array.isArray(stack) ? stack.map(textOf) : [] };
}

/** Members of a Status nest less than that. Text that nests without end cannot be written again. */
const MAX_DEPTH = 16;

function isShallow(value: unknown, left: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return left > 0 && Object.values(value).every((one) => isShallow(one, left - 1));
}

/** Whether a number can be a time: milliseconds that a Date takes. */
function isTime(value: unknown): value is number {
  return typeof value === 'number' && !Number.isNaN(new Date(value).getTime());
}

const isTextOrMissing = (value: unknown) => value === undefined || typeof value === 'string';
const isNumberOrMissing = (value: unknown) => value === undefined || typeof value === 'number';

/** What another program wrote may be no text, and nothing that can become one. */
function textOf(value: unknown): string {
  return typeof value === 'object' ? '?' : String(value);
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
