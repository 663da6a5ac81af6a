import { isDeepStrictEqual } from 'node:util';
import type { Envelope, RawId } from './envelope.js';
import type { Frame } from './frame.js';
import { InternedStrings } from './interned-strings.js';
import { BACKSLASH, OPEN_BRACE, OPEN_BRACKET, QUOTE } from './json-bytes.js';
import { parsed, type Range, textIn, valueAt } from './json-parts.js';

/** The MCP methods that mcp-pipe has to recognise; all others are only sent on. */
export const Method = {
  initialize: 'initialize',
  initialized: 'notifications/initialized',
  ping: 'ping',
  listTools: 'tools/list',
  callTool: 'tools/call',
  cancelled: 'notifications/cancelled',
  progress: 'notifications/progress',
  log: 'notifications/message',
  listRoots: 'roots/list',
  subscribe: 'resources/subscribe',
  unsubscribe: 'resources/unsubscribe',
  resourceUpdated: 'notifications/resources/updated',
  setLevel: 'logging/setLevel',
  taskStatus: 'notifications/tasks/status',
  /** MCP 2026-07-28: replaces `initialize`. */
  discover: 'server/discover',
  /** MCP 2026-07-28: replaces the GET stream and resources/subscribe. */
  listen: 'subscriptions/listen',
} as const;

/** Key in `_meta` of messages of a subscription: the id of its `subscriptions/listen` (MCP 2026-07-28). */
export const SUBSCRIPTION_ID = 'io.modelcontextprotocol/subscriptionId';

/** Key in `_meta` of a request that asks for log messages while it is handled (MCP 2026-07-28). */
export const LOG_LEVEL = 'io.modelcontextprotocol/logLevel';

/** The parts of `params` of `initialize` that are used (MCP lifecycle, "Initialization"). */
export interface InitializeParams {
  protocolVersion: string;
  capabilities: Record<string, unknown>;
  clientInfo?: Record<string, unknown>;
}

/** `params` of the `initialize` that the xiaozhi cloud sends, from logs of its users. */
export const CLOUD_INITIALIZE: InitializeParams = {
  protocolVersion: '2024-11-05',
  capabilities: { sampling: {}, roots: { listChanged: false } },
  clientInfo: { name: 'xz-mcp-broker', version: '0.0.1' },
};

/** Reads `params` of an `initialize` frame; missing members become empty. */
export function initializeParams(frame: Frame): InitializeParams {
  const given = paramsOf(frame) ?? {};
  return {
    protocolVersion: typeof given.protocolVersion === 'string' ? given.protocolVersion : '',
    capabilities: isObject(given.capabilities) ? given.capabilities : {},
    ...(isObject(given.clientInfo) ? { clientInfo: given.clientInfo } : {}),
  };
}

/** Whether a server would give both the same answer: `clientInfo` makes no difference. */
export function sameHandshake(a: InitializeParams, b: InitializeParams): boolean {
  if (a.protocolVersion !== b.protocolVersion) return false;
  try {
    return isDeepStrictEqual(a.capabilities, b.capabilities);
  } catch {
    // The value is nested too deeply to be compared; it counts as different.
    return false;
  }
}

/** Key in `params._meta` for the revision of a request (MCP 2026-07-28 "Per-request metadata"). */
export const VERSION_KEY = 'io.modelcontextprotocol/protocolVersion';
/** Keys beside it, for the client's capabilities and its `clientInfo`. */
export const CAPABILITIES_KEY = 'io.modelcontextprotocol/clientCapabilities';
export const CLIENT_INFO_KEY = 'io.modelcontextprotocol/clientInfo';

/**
 * Whether the request belongs to MCP 2026-07-28, which has no `initialize`: it names its protocol version in
 * `params._meta`, or its method exists only there.
 */
export function isModernRequest(frame: Frame, envelope: Envelope): boolean {
  if (envelope.method === Method.discover || envelope.method === Method.listen) return true;
  if (!frame.includes(VERSION_KEY)) return false;
  const meta = paramsOf(frame)?._meta;
  return isObject(meta) && typeof meta[VERSION_KEY] === 'string';
}

/** `params._meta.progressToken` as JSON text, or undefined (MCP "Progress"). Looks only into frames that may name it. */
export function progressTokenAsked(frame: Frame, envelope: Envelope): string | undefined {
  // Members of a batch keep their tokens.
  if (!envelope.mayNameProgress || envelope.paramsStart < 0 || 'start' in envelope) return undefined;
  if (envelope.token === null) envelope.token = readProgressToken(frame, envelope.paramsStart);
  return envelope.token;
}

function readProgressToken(frame: Frame, paramsStart: number): string | undefined {
  const at = valueAt(frame, TOKEN_IN_PARAMS, { start: paramsStart, end: frame.length });
  // An object is no token, and may be nested too deeply to be parsed.
  const isNested = at && (frame[at.start] === OPEN_BRACE || frame[at.start] === OPEN_BRACKET);
  const token = at && !isNested ? asToken(parsed(frame, at)) : undefined;
  return token !== undefined && token.length <= MAX_TOKEN_LENGTH ? token : undefined;
}

/** The page of a list that a request asks for (MCP "Pagination"); undefined: the first one, or another request. */
export function cursorAsked(frame: Frame, { method, paramsStart }: Envelope): string | undefined {
  if (paramsStart < 0 || method === undefined || !isList(method)) return undefined;
  const cursor = valueAt(frame, ['cursor'], { start: paramsStart, end: frame.length });
  return cursor && textIn(frame, cursor);
}

/** Every request is asked this: `endsWith` takes as long as all else that is read of it, and is asked last. */
function isList(method: string): boolean {
  return method.charCodeAt(method.length - 1) === 0x74 && method.endsWith('/list');
}

/** The member of `params` with the name of the tool, prompt or resource (MCP "Tools", "Prompts", "Resources"). */
const CALLED: Readonly<Record<string, 'name' | 'uri'>> = {
  'tools/call': 'name',
  'prompts/get': 'name',
  'resources/read': 'uri',
};
/** First bytes of the params of a call, from nearly every client. */
const NAME_FIRST = Buffer.from('{"name":"');
/** Names are cut to this length for reports, in characters. */
const MAX_NAME_BYTES = 128;
/** Clients use no longer progress tokens, in bytes; progress with a longer one is sent on unchanged. */
const MAX_TOKEN_LENGTH = 1_024;
const TOKEN_IN_PARAMS = ['_meta', 'progressToken'];
const names = new InternedStrings();

/** Name of the tool, prompt or resource of a request, for people; undefined for other requests. Takes almost no time. */
export function calledName(frame: Frame, envelope: Envelope): string | undefined {
  if (envelope.called === null) envelope.called = readCalledName(frame, envelope);
  return envelope.called;
}

function readCalledName(frame: Frame, { method, paramsStart }: Envelope): string | undefined {
  const key = CALLED[method!];
  if (key === undefined || paramsStart < 0) return undefined;
  const end = endOfFirstName(frame, paramsStart);
  if (end > 0) return names.at(frame, paramsStart + NAME_FIRST.length, end);
  const value = valueAt(frame, [key], { start: paramsStart, end: frame.length });
  const name = value && textIn(frame, value);
  // Copied, because a part of a long string keeps the whole string in memory.
  return name && name.length > MAX_NAME_BYTES ? Buffer.from(name.slice(0, MAX_NAME_BYTES)).toString() : name;
}

/** Where the value of `name` in `params` stands, when that is the first member, short and without escapes; else undefined. */
export function firstNameAt(frame: Frame, { paramsStart }: Envelope): Range | undefined {
  const end = paramsStart < 0 ? 0 : endOfFirstName(frame, paramsStart);
  return end > 0 ? { start: paramsStart + NAME_FIRST.length - 1, end: end + 1 } : undefined;
}

/** The offset of the quote that ends a name at the beginning of `params`; 0 when there is none. */
function endOfFirstName(frame: Frame, paramsStart: number): number {
  let at = 0;
  while (at < NAME_FIRST.length && frame[paramsStart + at] === NAME_FIRST[at]) at += 1;
  if (at < NAME_FIRST.length) return 0;
  const start = paramsStart + at;
  const enough = start + MAX_NAME_BYTES;
  for (let end = start; end < enough && frame[end] !== BACKSLASH; end++) if (frame[end] === QUOTE) return end;
  return 0;
}

/** The member of `params` as JSON text: `progressToken` of a progress, `requestId` of a cancelled notification. */
export function paramAsJson(
  frame: Frame,
  name: 'progressToken' | 'requestId' | 'uri' | 'level',
): string | undefined {
  return asToken(paramsOf(frame)?.[name]);
}

/** A token or id as JSON text; undefined when it is neither string nor number (MCP "Progress", "Cancellation"). */
export function asToken(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? JSON.stringify(value) : undefined;
}

/** `serverInfo` of an answer to `initialize`; undefined where it cannot be read. */
export function serverInfoOf(reply: Frame): Record<string, unknown> | undefined {
  const result = objectOf(reply)?.result;
  return isObject(result) && isObject(result.serverInfo) ? result.serverInfo : undefined;
}

/** `clientInfo` or `serverInfo` as `name version`, for people. */
export function labelOf(info: Record<string, unknown> | undefined): string | undefined {
  if (typeof info?.name !== 'string') return undefined;
  return typeof info.version === 'string' ? `${info.name} ${info.version}` : info.name;
}

/** `protocolVersion` of an answer to `initialize`; undefined where it cannot be read. */
export function protocolVersionOf(reply: Frame): string | undefined {
  const result = objectOf(reply)?.result;
  return isObject(result) && typeof result.protocolVersion === 'string' ? result.protocolVersion : undefined;
}

/** The notification that cancels a request (MCP "Cancellation"); `id` is the request's id as it was sent. */
export function cancelled(id: RawId, reason?: string): Frame {
  const tail = reason === undefined ? '' : `,"reason":${JSON.stringify(reason)}`;
  const params = `{"requestId":${id}${tail}}`;
  return Buffer.from(`{"jsonrpc":"2.0","method":"${Method.cancelled}","params":${params}}`, 'utf8');
}

/** The cancelled notification with another `requestId`; its other members stay as they are. */
export function cancelledWith(frame: Frame, rawId: RawId): Frame {
  const message = JSON.parse(frame.toString('utf8')) as { params: Record<string, unknown> };
  message.params.requestId = typeof rawId === 'number' ? rawId : JSON.parse(rawId);
  return Buffer.from(JSON.stringify(message), 'utf8');
}

/** `params` of the message; undefined when it is no object. */
function paramsOf(frame: Frame): Record<string, unknown> | undefined {
  const params = objectOf(frame)?.params;
  return isObject(params) ? params : undefined;
}

/** The parsed message; undefined when it is no object, or no JSON. */
function objectOf(frame: Frame): Record<string, unknown> | undefined {
  try {
    const message: unknown = JSON.parse(frame.toString('utf8'));
    return isObject(message) ? message : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
