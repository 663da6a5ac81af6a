import { randomUUID } from 'node:crypto';
import { type Envelope, type RawId, readEnvelope } from '../../../protocol/envelope.js';
import type { Frame } from '../../../protocol/frame.js';
import { membersOf, type Range, textIn, valueAt } from '../../../protocol/json-parts.js';
import { withParams } from '../../../protocol/message-members.js';
import { withId } from '../../../protocol/with-id.js';

/** A result with which the server asks for input (MCP 2026-07-28 "Multi Round-Trip Requests"). */
export interface InputRequired {
  requests: readonly InputRequest[];
  /** `requestState` as it stands in the result; undefined: there is none. */
  state: Buffer | undefined;
}

/** What the server wants to know: a request to the client. */
export interface InputRequest {
  /** The server's name for it, as JSON text. */
  key: string;
  method: string;
  /** As JSON text; undefined: there are none. */
  params: string | undefined;
}

/** What a server may ask for. */
const INPUT_METHODS: ReadonlySet<string | undefined> = new Set([
  'elicitation/create',
  'roots/list',
  'sampling/createMessage',
]);

/** Reads a response that asks for input; undefined for any other. */
export function inputRequiredIn(frame: Frame, { kind, isError }: Envelope): InputRequired | undefined {
  if (kind !== 'response' || isError || !frame.includes('input_required')) return undefined;
  const type = valueAt(frame, ['result', 'resultType']);
  if (!type || textIn(frame, type) !== 'input_required') return undefined;
  const requests = valueAt(frame, ['result', 'inputRequests']);
  const state = valueAt(frame, ['result', 'requestState']);
  return {
    requests: requests ? membersOf(frame, requests).map((member) => inputRequest(frame, member)) : [],
    state: state && frame.subarray(state.start, state.end),
  };
}

function inputRequest(frame: Frame, member: Range & { key: string }): InputRequest {
  const method = valueAt(frame, ['method'], member);
  const params = valueAt(frame, ['params'], member);
  return {
    key: JSON.stringify(member.key),
    method: (method && textIn(frame, method)) ?? '',
    params: params && frame.toString('utf8', params.start, params.end),
  };
}

/** The first request that clients cannot be asked; undefined when there is none. */
export function unknownInput({ requests }: InputRequired): InputRequest | undefined {
  return requests.find(({ method }) => !INPUT_METHODS.has(method));
}

/** The request as servers of earlier revisions send it. */
export function clientRequest(id: RawId, { method, params }: InputRequest): Frame {
  const tail = params === undefined ? '' : `,"params":${params}`;
  const frame = Buffer.from(`{"jsonrpc":"2.0","id":${id},"method":${JSON.stringify(method)}${tail}}`);
  if (method !== 'elicitation/create' || params === undefined) return frame;
  const mode = valueAt(frame, ['params', 'mode']);
  const isUrl = mode !== undefined && textIn(frame, mode) === 'url';
  // Clients of 2025-11-25 require it; this revision has removed it.
  return isUrl && !valueAt(frame, ['params', 'elicitationId'])
    ? withParams(frame, `"elicitationId":"${randomUUID()}"`)
    : frame;
}

/** `request` once more, under another id, with what the client has answered, and the server's state as it was given. */
export function nextRound(
  request: Frame,
  id: RawId,
  answers: ReadonlyMap<string, Buffer>,
  { state }: InputRequired,
): Frame {
  const members: Buffer[] = [];
  const add = (...parts: (Buffer | string)[]) => {
    if (members.length > 0) members.push(Buffer.from(','));
    members.push(...parts.map((part) => Buffer.from(part as string)));
  };
  if (answers.size > 0) {
    const inner = [...answers].flatMap(([key, answer], at) => [
      Buffer.from(`${at === 0 ? '' : ','}${key}:`),
      answer,
    ]);
    add('"inputResponses":{', Buffer.concat(inner), '}');
  }
  if (state) add('"requestState":', state);
  const frame = members.length === 0 ? request : withParams(request, Buffer.concat(members));
  return withId(frame, readEnvelope(frame), id);
}
