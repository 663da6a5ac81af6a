import type { Envelope, Message } from '../../../protocol/envelope.js';
import type { Frame } from '../../../protocol/frame.js';
import { OPEN_BRACE } from '../../../protocol/json-bytes.js';
import {
  type Edit,
  findMembers,
  membersOf,
  parsed,
  type Range,
  spliced,
  textIn,
} from '../../../protocol/json-parts.js';
import {
  asToken,
  CAPABILITIES_KEY,
  CLIENT_INFO_KEY,
  LOG_LEVEL,
  Method,
  VERSION_KEY,
} from '../../../protocol/mcp.js';
import { LEGACY_VERSIONS } from '../../../protocol/revisions.js';

/** The parts of a request's `params` that a client without sessions depends on. */
export interface RequestParts {
  /** The request is of MCP 2026-07-28. */
  isModern: boolean;
  /** The object `_meta`; undefined when there is none. */
  meta: Range | undefined;
  version: string | undefined;
  capabilities: Readonly<Record<string, unknown>>;
  /** The level of log messages that it asks for (MCP 2026-07-28 "Logging"). */
  logLevel: string | undefined;
  /** The progress token, as it is spelled. */
  token: (Range & { raw: string }) | undefined;
  /** `requestState` and `inputResponses` (MCP 2026-07-28 "Multi Round-Trip Requests"). */
  state: string | undefined;
  responses: Range | undefined;
}

/** Members of `_meta` that only MCP 2026-07-28 knows. */
const MODERN_KEYS: ReadonlySet<string> = new Set([VERSION_KEY, CAPABILITIES_KEY, CLIENT_INFO_KEY, LOG_LEVEL]);
const PARAMS = ['_meta', 'requestState', 'inputResponses'] as const;

/** Reads the parts of a request; those that are no valid JSON inside count as missing. */
export function requestParts(frame: Frame, envelope: Envelope): RequestParts {
  const { method, paramsStart } = envelope;
  const [meta, state, responses] = paramsStart < 0 ? [] : findMembers(frame, paramsStart, PARAMS);
  const isObject = meta !== undefined && frame[meta.start] === OPEN_BRACE;
  const members = new Map(isObject ? membersOf(frame, meta).map((member) => [member.key, member]) : []);
  const memberOf = (key: string): unknown => {
    const range = members.get(key);
    return range && parsedOr(frame, range);
  };
  const textOf = (key: string): string | undefined => {
    const value = memberOf(key);
    return typeof value === 'string' ? value : undefined;
  };
  const version = textOf(VERSION_KEY);
  const isOwn = method === Method.discover || method === Method.listen;
  const capabilities = memberOf(CAPABILITIES_KEY);
  const tokenAt = members.get('progressToken');
  const raw = tokenAt && frame.toString('utf8', tokenAt.start, tokenAt.end);
  const isToken = raw !== undefined && asToken(memberOf('progressToken')) !== undefined;
  return {
    isModern: isOwn || (version !== undefined && !LEGACY_VERSIONS.has(version)),
    meta: isObject ? meta : undefined,
    version,
    capabilities: isRecord(capabilities) ? capabilities : {},
    logLevel: textOf(LOG_LEVEL),
    token: tokenAt && isToken ? { start: tokenAt.start, end: tokenAt.end, raw } : undefined,
    state: state && textIn(frame, state),
    responses,
  };
}

/** A request as the server gets it: with the id `sentId`, which is its progress token as well if it has one. */
export function sentAs(
  sentId: number,
  parts: RequestParts,
  isTranslated: boolean,
  { frame, envelope }: Message,
): Frame {
  const { token, meta } = parts;
  const bytes = String(sentId);
  const edits: Edit[] = [{ start: envelope.idStart, end: envelope.idEnd, bytes }];
  if (isTranslated && meta) edits.push(legacyMeta(frame, meta, token && bytes));
  else if (token) edits.push({ start: token.start, end: token.end, bytes });
  return spliced(frame, edits);
}

/** The edit that takes from `_meta` what only MCP 2026-07-28 knows, and puts `token` in the place of the progress token. */
function legacyMeta(frame: Frame, meta: Range, token: string | undefined): Edit {
  const kept = membersOf(frame, meta).filter(({ key }) => !MODERN_KEYS.has(key));
  const members = kept.map(({ key, start, end }) => {
    const value = key === 'progressToken' && token !== undefined ? token : frame.toString('utf8', start, end);
    return `${JSON.stringify(key)}:${value}`;
  });
  return { start: meta.start, end: meta.end, bytes: `{${members.join(',')}}` };
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parsedOr(frame: Frame, range: Range): unknown {
  try {
    return parsed(frame, range);
  } catch {
    return undefined;
  }
}
