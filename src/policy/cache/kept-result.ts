import type { RawId } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import { OPEN_BRACE } from '../../protocol/json-bytes.js';
import { membersOf, spliced, textIn, valueAt } from '../../protocol/json-parts.js';
import { Method } from '../../protocol/mcp.js';
import { markKept } from '../../protocol/own-error.js';
import { CACHE } from './cache-defaults.js';
import type { KeptResult } from './cache-store.js';

/** What may be kept of an answer. */
export interface Keepable {
  result: Buffer;
  /** Above 0. */
  ttlMs: number;
  /** Its server says that it is the same for all (MCP 2026-07-28 `cacheScope`). */
  isPublic: boolean;
}

/** Requests that only read a list: how long that is good, its server says (SEP-2549). */
export const LISTS: ReadonlySet<string> = new Set([
  Method.listTools,
  'prompts/list',
  'resources/list',
  'resources/templates/list',
]);
export const READ_RESOURCE = 'resources/read';

/**
 * What may be kept of the answer to a request of this method: never an error, nor a result that says `isError`, that asks for
 * input, or that begins a task.
 *
 * @param ttlMs how long a result is good whose server does not say it
 */
export function keepable(method: string, reply: Frame, ttlMs: number): Keepable | undefined {
  const at = valueAt(reply, ['result']);
  if (!at || reply[at.start] !== OPEN_BRACE || at.end - at.start > CACHE.maxResultBytes) return undefined;
  const members = new Map(membersOf(reply, at).map(({ key, start, end }) => [key, { start, end }]));
  const rawOf = (key: string) => {
    const value = members.get(key);
    return value && reply.toString('latin1', value.start, value.end);
  };
  const type = members.get('resultType');
  if (type && textIn(reply, type) !== 'complete') return undefined;
  const isError = rawOf('isError');
  if ((isError !== undefined && isError !== 'false') || members.has('task')) return undefined;
  const said = rawOf('ttlMs');
  const own = said === undefined ? undefined : Number(said);
  if (own !== undefined && !(own > 0)) return undefined;
  const goodForMs = method === Method.callTool ? Math.min(ttlMs, own ?? ttlMs) : own;
  const forMs = goodForMs ?? (LISTS.has(method) ? 0 : ttlMs);
  if (forMs <= 0) return undefined;
  const scope = members.get('cacheScope');
  const isPublic = method !== Method.callTool && scope !== undefined && textIn(reply, scope) === 'public';
  // Copied: a part of the frame would keep all that came with it.
  const result = Buffer.from(reply.subarray(at.start, at.end));
  return { result, ttlMs: Math.min(forMs, CACHE.mostTtlMs), isPublic };
}

/** The answer to a request of this id. What it says of how long it is good, it says from now on. */
export function replyWith(rawId: RawId, { result, leftMs }: KeptResult): Frame {
  const ttl = valueAt(result, ['ttlMs']);
  const now = ttl ? spliced(result, [{ ...ttl, bytes: String(Math.floor(leftMs)) }]) : result;
  const head = Buffer.from(`{"jsonrpc":"2.0","id":${rawId},"result":`);
  return markKept(Buffer.concat([head, now, TAIL]));
}

const TAIL = Buffer.from('}');
