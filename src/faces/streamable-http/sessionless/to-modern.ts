import { type Envelope, type RawId, rawId } from '../../../protocol/envelope.js';
import type { Frame } from '../../../protocol/frame.js';
import { CLOSE_BRACE, OPEN_BRACE, SPACE } from '../../../protocol/json-bytes.js';
import {
  type Edit,
  membersOf,
  parsed,
  type Range,
  spliced,
  textIn,
  valueAt,
} from '../../../protocol/json-parts.js';
import { encodeError } from '../../../protocol/jsonrpc.js';
import { SUBSCRIPTION_ID } from '../../../protocol/mcp.js';
import { FIRST_MODERN_VERSION, LEGACY_VERSIONS } from '../../../protocol/revisions.js';
import { RpcError } from '../../../protocol/rpc-errors.js';

const COMPLETE = '"resultType":"complete"';
/** For servers that do not say for how long a result holds, and for whom (MCP 2026-07-28 "Caching"). */
const NOT_CACHED = '"ttlMs":0,"cacheScope":"private"';
/** Results that have to say it. */
const CACHED: ReadonlySet<string> = new Set([
  'tools/list',
  'prompts/list',
  'resources/list',
  'resources/templates/list',
  'resources/read',
]);
const SERVER_INFO_KEY = 'io.modelcontextprotocol/serverInfo';
/** "Resource not found" of earlier revisions. */
const RESOURCE_NOT_FOUND = -32002;

/** The reply of a server of any revision, with the id of the asker, as MCP 2026-07-28 has it. Other bytes stay. */
export function modernReply(id: RawId, method: string, frame: Frame, envelope: Envelope): Frame {
  const edits: Edit[] = [];
  if (envelope.idStart >= 0) edits.push({ start: envelope.idStart, end: envelope.idEnd, bytes: String(id) });
  const change = envelope.isError ? errorEdit(method, frame) : resultEdit(method, frame, envelope);
  if (change) edits.push(change);
  return spliced(frame, edits);
}

/** The members that a result lacks; a member that it has stays as it is. */
function resultEdit(method: string, frame: Frame, envelope: Envelope): Edit | undefined {
  const start = resultStart(frame, envelope);
  if (start < 0 || frame[start] !== OPEN_BRACE) return undefined;
  const missing = [
    ...(hasMember(frame, start, 'resultType') ? [] : [COMPLETE]),
    ...(CACHED.has(method) && !hasMember(frame, start, 'ttlMs') ? [NOT_CACHED] : []),
  ];
  if (missing.length === 0) return undefined;
  let next = start + 1;
  while (frame[next]! <= SPACE) next += 1;
  const text = missing.join(',');
  return { start: start + 1, end: start + 1, bytes: frame[next] === CLOSE_BRACE ? text : `${text},` };
}

const RESULT_FIRST = '{"result":';
const RESULT_NEXT = ',"result":';

/** Where the result begins; -1 when there is none. Nearly all servers write it where it is found without reading all of it. */
function resultStart(frame: Frame, { idEnd }: Envelope): number {
  if (frame.toString('latin1', 0, RESULT_FIRST.length) === RESULT_FIRST) return RESULT_FIRST.length;
  if (idEnd > 0 && frame.toString('latin1', idEnd, idEnd + RESULT_NEXT.length) === RESULT_NEXT)
    return idEnd + RESULT_NEXT.length;
  return valueAt(frame, ['result'])?.start ?? -1;
}

/** Whether the object has the member. Results are long, and nearly none spells it anywhere. */
function hasMember(frame: Frame, start: number, name: string): boolean {
  if (!frame.includes(name)) return false;
  return membersOf(frame, { start, end: frame.length }).some(({ key }) => key === name);
}

function errorEdit(method: string, frame: Frame): Edit | undefined {
  if (method !== 'resources/read') return undefined;
  const code = valueAt(frame, ['error', 'code']);
  if (!code || parsed(frame, code) !== RESOURCE_NOT_FOUND) return undefined;
  return { ...code, bytes: String(RpcError.invalidParams) };
}

/** Whether the reply is a result that says of which kind it is, as every result of MCP 2026-07-28 does. */
export function saysResultType(frame: Frame, envelope: Envelope): boolean {
  const start = resultStart(frame, envelope);
  return start >= 0 && hasMember(frame, start, 'resultType');
}

/** The answer to `server/discover`, made of a server's answer to `initialize`; its parts stay as they are. */
export function discoverReply(id: RawId, initialized: Frame): Frame {
  const textAt = (name: string) => {
    const range = valueAt(initialized, ['result', name]);
    return range && initialized.toString('utf8', range.start, range.end);
  };
  const instructions = valueAt(initialized, ['result', 'instructions']);
  const hasInstructions = instructions && textIn(initialized, instructions) !== undefined;
  const info = textAt('serverInfo');
  const members = [
    COMPLETE,
    `"supportedVersions":["${FIRST_MODERN_VERSION}"]`,
    `"capabilities":${modernCapabilities(initialized)}`,
    ...(hasInstructions ? [`"instructions":${textAt('instructions')}`] : []),
    NOT_CACHED,
    ...(info?.startsWith('{') ? [`"_meta":{"${SERVER_INFO_KEY}":${info}}`] : []),
  ];
  return Buffer.from(`{"jsonrpc":"2.0","id":${id},"result":{${members.join(',')}}}`);
}

/** `tasks` of earlier revisions is another protocol than that of today's extension. */
function modernCapabilities(initialized: Frame): string {
  const range = valueAt(initialized, ['result', 'capabilities']);
  if (!range || initialized[range.start] !== OPEN_BRACE) return '{}';
  const kept = membersOf(initialized, range).filter(({ key }) => key !== 'tasks');
  const texts = kept.map(
    ({ key, start, end }) => `${JSON.stringify(key)}:${initialized.toString('utf8', start, end)}`,
  );
  return `{${texts.join(',')}}`;
}

/** The answer to an `initialize` that asks for the revision `asked`, made of the answer that the server gave. */
export function initializeReply(id: RawId, initialized: Frame, envelope: Envelope, asked: string): Frame {
  const edits: Edit[] = [{ start: envelope.idStart, end: envelope.idEnd, bytes: String(id) }];
  const version = valueAt(initialized, ['result', 'protocolVersion']);
  const spoken = version && textIn(initialized, version);
  // Servers of later revisions serve clients of earlier ones; versions are dates, and sort as text.
  if (version && spoken && LEGACY_VERSIONS.has(asked) && asked < spoken)
    edits.push({ ...version, bytes: JSON.stringify(asked) });
  return spliced(initialized, edits);
}

/** A result that asks for input (MCP 2026-07-28 "Multi Round-Trip Requests"). `state`: without characters to be escaped. */
export function inputRequired(
  id: RawId,
  asked: Iterable<readonly [key: string, request: string]>,
  state: string,
): Frame {
  const requests = [...asked].map(([key, request]) => `${JSON.stringify(key)}:${request}`).join(',');
  const members = `"resultType":"input_required","inputRequests":{${requests}},"requestState":"${state}"`;
  return Buffer.from(`{"jsonrpc":"2.0","id":${id},"result":{${members}}}`);
}

/** A server's request as it stands in such a result: without its id, which belongs to the connection. */
export function inputRequest(frame: Frame, { method, paramsStart }: Envelope): string {
  const params = paramsStart < 0 ? undefined : valueAt(frame, ['params']);
  const tail = params ? `,"params":${frame.toString('utf8', params.start, params.end)}` : '';
  return `{"method":${JSON.stringify(method)}${tail}}`;
}

/** The server's request, answered with the client's `inputResponses` member at `range` of `frame`. */
export function inputResponse(serverId: RawId, frame: Frame, { start, end }: Range): Frame {
  return Buffer.concat([
    Buffer.from(`{"jsonrpc":"2.0","id":${serverId},"result":`),
    frame.subarray(start, end),
    Buffer.from('}'),
  ]);
}

/** The answer that ends a subscription. */
export function listenResult(id: RawId): Frame {
  const meta = `"_meta":{"${SUBSCRIPTION_ID}":${id}}`;
  return Buffer.from(`{"jsonrpc":"2.0","id":${id},"result":{${COMPLETE},${meta}}}`);
}

/** A message of a subscription with its id as the client has it; `path`: where its `_meta` stands. */
export function ofSubscription(frame: Frame, path: 'params' | 'result', id: RawId): Frame {
  const at = valueAt(frame, [path, '_meta', SUBSCRIPTION_ID]);
  return at ? spliced(frame, [{ ...at, bytes: String(id) }]) : frame;
}

export function unsupportedVersion(id: RawId, supported: readonly string[], requested: string): Frame {
  const message = `the server does not speak this protocol version, but ${supported.join(', ')}`;
  return encodeError(id, RpcError.unsupportedVersion, message, { supported, requested });
}

export function missingCapability(id: RawId, requiredCapabilities: object): Frame {
  const names = Object.keys(requiredCapabilities).join(', ');
  const message = `the server has asked this client for something, and the request does not declare: ${names}`;
  return encodeError(id, RpcError.missingCapability, message, { requiredCapabilities });
}

/** Whether the reply is an error, or the result of a tool that says that it failed. */
export function saysError(frame: Frame, envelope: Envelope): boolean {
  if (envelope.isError) return true;
  const range = frame.includes('"isError"') ? valueAt(frame, ['result', 'isError']) : undefined;
  return range !== undefined && parsed(frame, range) === true;
}

/** The code of an error reply; undefined where there is none. */
export function errorCodeOf(frame: Frame, envelope: Envelope): number | undefined {
  if (!envelope.isError) return undefined;
  const range = valueAt(frame, ['error', 'code']);
  const code = range && parsed(frame, range);
  return typeof code === 'number' ? code : undefined;
}

/** The id of a response of the server as one of ours; undefined when it is none. */
export function ownIdOf(frame: Frame, envelope: Envelope): number | undefined {
  const raw = envelope.idStart < 0 ? undefined : Number(rawId(frame, envelope));
  return raw !== undefined && Number.isSafeInteger(raw) ? raw : undefined;
}
