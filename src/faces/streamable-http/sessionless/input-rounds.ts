import { createHash, randomBytes } from 'node:crypto';
import { type Envelope, idKey, type RawId, rawId } from '../../../protocol/envelope.js';
import type { Frame } from '../../../protocol/frame.js';
import { OPEN_BRACE } from '../../../protocol/json-bytes.js';
import { membersOf, parsed, valueAt } from '../../../protocol/json-parts.js';
import { ErrorCode, encodeError } from '../../../protocol/jsonrpc.js';
import { Method, paramAsJson } from '../../../protocol/mcp.js';
import { RpcError } from '../../../protocol/rpc-errors.js';
import type { Clock } from '../../../time/clock.js';
import type { Call, Calls, Exchange } from './calls.js';
import { isRecord } from './request-parts.js';
import { inputRequest, inputRequired, inputResponse } from './to-modern.js';

export interface InputRoundsOptions {
  clock: Clock;
  calls: Calls;
  /** How long a client may take to come back with input, in milliseconds. */
  inputWaitMs: number;
  /** See `SessionlessOptions`. */
  gatherMs: number;
  /** Calls that may wait for input at a time; what the server asks of more is answered with an error. */
  maxWaiting: number;
  toServer: (frame: Frame) => void;
  /** Called with a call whose client has not come back. The server is to be told to cancel it. */
  onAbandoned: (call: Call) => void;
}

/** Requests whose results may ask for input (MCP 2026-07-28 "Multi Round-Trip Requests"). */
const MAY_ASK: ReadonlySet<string> = new Set(['tools/call', 'prompts/get', 'resources/read']);
/** Ours begin so, so that one of an earlier process is told from one of a server. */
const STATE_PREFIX = 'mcp-pipe.';
const STATE_BYTES = 24;

/**
 * Requests of a server for clients of MCP 2026-07-28, which take none: the call that they belong to is answered with a result
 * that asks for input, and goes on at the server. The client sends its request again with the answers, and gets the result of
 * the same call.
 *
 *     client                       here                        server
 *       |-- tools/call (1) --------->|-- tools/call (7) --------->|
 *       |                            |<-- sampling (0) -----------|
 *       |<-- input_required (1) -----|                            |   call 7 goes on
 *       |-- tools/call (2) + input ->|-- answer (0) ------------->|
 *       |<-- result (2) -------------|<-- result (7) -------------|
 */
// D208
export class InputRounds {
  readonly #options: InputRoundsOptions;
  /** Calls that wait for their client, by the state that it has to bring. A state is good for one answer. */
  readonly #waiting = new Map<string, Call>();
  /** Calls that the server has asked something for, and whose client has not been told. */
  readonly #untold = new Set<Call>();
  #keys = 0;
  #cancelGathering: (() => void) | undefined;

  constructor(options: InputRoundsOptions) {
    this.#options = options;
  }

  /** The server asks for something. `flush` has to follow. */
  ask(frame: Frame, envelope: Envelope): void {
    const { calls, toServer, maxWaiting } = this.#options;
    const id = rawId(frame, envelope);
    const method = envelope.method!;
    if (method === Method.ping) return toServer(Buffer.from(`{"jsonrpc":"2.0","id":${id},"result":{}}`));
    if (!calls.newest(() => true))
      return toServer(encodeError(id, ErrorCode.noCaller, 'No call is running whose client could be asked.'));
    const call = calls.newest((each) => canAnswer(each, frame, method));
    if (!call) {
      const lacking = calls.newest((each) => takesInput(each) && each.exchange !== undefined);
      // Servers ask for roots on their own, whatever runs; everything else they ask for because of a call.
      if (lacking && method !== Method.listRoots)
        lacking.missing = { ...lacking.missing, ...neededFor(frame, method) };
      const text = `The client cannot be asked: it has not declared what "${method}" needs, or its call takes no input.`;
      return toServer(encodeError(id, RpcError.methodNotFound, text));
    }
    if (call.exchange && this.#waiting.size + this.#untold.size >= maxWaiting && !this.#untold.has(call)) {
      const text = 'Too many calls wait for their clients; this request was not passed on.';
      return toServer(encodeError(id, ErrorCode.tooManyServerRequests, text));
    }
    this.#keys += 1;
    call.questions.set(`input-${this.#keys}`, { serverId: id, request: inputRequest(frame, envelope) });
    if (call.exchange) this.#untold.add(call);
  }

  /** The server does not want to know it any more. Returns false when the notification names no request of it. */
  withdraw(frame: Frame): boolean {
    const requestId = paramAsJson(frame, 'requestId');
    if (requestId === undefined) return false;
    const wanted = idKey(requestId);
    for (const { questions } of this.#options.calls.values()) {
      for (const [key, { serverId }] of questions)
        if (idKey(serverId) === wanted) return questions.delete(key);
    }
    return false;
  }

  /** Answers the calls for which the server has asked something with what it wants to know, all at once and soon. */
  flush(): void {
    if (this.#untold.size === 0) return;
    const { clock, gatherMs } = this.#options;
    if (gatherMs === 0) this.#tellAll();
    else this.#cancelGathering ??= clock.after(gatherMs, () => this.#tellAll());
  }

  /** Whether the state was made here, now or by an earlier process. */
  isOwn(state: string): boolean {
    return state.startsWith(STATE_PREFIX);
  }

  /** Whether a call waits for the client that brings this state. */
  has(state: string): boolean {
    return this.#waiting.has(state);
  }

  /**
   * Goes on with the call that the state stands for. Returns it; undefined when there is none, or when the request is not the
   * one that it was given for.
   */
  resume(state: string, exchange: Exchange, frame: Frame, envelope: Envelope): Call | undefined {
    const call = this.#waiting.get(state);
    if (!call || !isSameRequest(call, frame, envelope)) return undefined;
    this.#endWait(call);
    this.#options.calls.attach(call, exchange);
    const { responses } = exchange.parts;
    for (const answer of responses ? membersOf(frame, responses) : []) {
      const question = call.questions.get(answer.key);
      if (!question || frame[answer.start] !== OPEN_BRACE) continue;
      call.questions.delete(answer.key);
      this.#options.toServer(inputResponse(question.serverId, frame, answer));
    }
    // What is missing is asked for again, with what the server has asked for meanwhile.
    if (call.questions.size > 0 && !call.reply) this.#tell(call);
    return call;
  }

  /** The call is over: nobody answers what the server wanted to know for it. */
  drop(call: Call, why: string): void {
    this.#untold.delete(call);
    this.#endWait(call);
    for (const { serverId } of call.questions.values())
      this.#options.toServer(encodeError(serverId, ErrorCode.noCaller, why));
    call.questions.clear();
  }

  clear(): void {
    for (const call of [...this.#waiting.values()]) this.#endWait(call);
    this.#untold.clear();
    this.#cancelGathering?.();
  }

  #tellAll(): void {
    this.#cancelGathering = undefined;
    for (const call of this.#untold) this.#tell(call);
    this.#untold.clear();
  }

  #endWait(call: Call): void {
    if (!call.wait) return;
    call.wait.cancelTimer();
    this.#waiting.delete(call.wait.state);
    call.wait = undefined;
  }

  #tell(call: Call): void {
    if (call.questions.size === 0) return;
    const { calls, clock, inputWaitMs, onAbandoned } = this.#options;
    const exchange = calls.detach(call);
    if (!exchange) return;
    const state = STATE_PREFIX + randomBytes(STATE_BYTES).toString('base64url');
    const cancelTimer = clock.after(inputWaitMs, () => {
      this.drop(call, 'The client has not come back with an answer.');
      onAbandoned(call);
    });
    call.wait = { state, cancelTimer };
    this.#waiting.set(state, call);
    const asked = [...call.questions].map(([key, { request }]) => [key, request] as const);
    exchange.send(inputRequired(exchange.id, asked, state));
  }
}

/** Whether the client of the call may be asked for anything. */
function takesInput({ isModern, method, reply }: Call): boolean {
  return isModern && !reply && MAY_ASK.has(method);
}

/** Whether the client of the call has said that it can answer such a request (MCP 2026-07-28 "Capabilities"). */
function canAnswer(call: Call, frame: Frame, asked: string): boolean {
  if (!takesInput(call)) return false;
  const { capabilities } = call.parts;
  const needed = Object.entries(neededFor(frame, asked));
  return needed.length > 0 && needed.every(([name, parts]) => has(capabilities[name], Object.keys(parts)));
}

function has(declared: unknown, parts: readonly string[]): boolean {
  if (!isRecord(declared)) return false;
  // Without a word about modes elicitation is by forms, as in earlier revisions.
  return parts.every((part) =>
    part === 'form' ? isRecord(declared.form) || declared.url === undefined : isRecord(declared[part]),
  );
}

/** The capabilities that a client needs to answer such a request; none: no client of MCP 2026-07-28 is asked so. */
function neededFor(frame: Frame, asked: string): Record<string, Record<string, object>> {
  const valueIn = (path: readonly string[]): unknown => {
    const range = valueAt(frame, path);
    return range && parsed(frame, range);
  };
  switch (asked) {
    case 'roots/list':
      return { roots: {} };
    case 'sampling/createMessage':
      return { sampling: valueIn(['params', 'tools']) === undefined ? {} : { tools: {} } };
    case 'elicitation/create':
      return { elicitation: valueIn(['params', 'mode']) === 'url' ? { url: {} } : { form: {} } };
    default:
      return {};
  }
}

/** Whether a request is the call's once more, but for its id, its `_meta` and the input. */
function isSameRequest(call: Call, frame: Frame, envelope: Envelope): boolean {
  try {
    return envelope.method === call.method && digestOf(frame) === digestOf(call.frame);
  } catch {
    // Nested too deeply to be compared.
    return false;
  }
}

const NOT_OF_REQUEST: ReadonlySet<string> = new Set(['_meta', 'inputResponses', 'requestState']);

/** Equal for requests with equal parameters, whatever the order of members. */
function digestOf(frame: Frame): string {
  const range = valueAt(frame, ['params']);
  const members = range ? membersOf(frame, range).filter(({ key }) => !NOT_OF_REQUEST.has(key)) : [];
  const values = members.map((member) => [member.key, parsed(frame, member)] as const);
  return createHash('sha256')
    .update(canonical(Object.fromEntries(values)))
    .digest('base64');
}

/** JSON text with the members of objects in the order of their names. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    isRecord(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
  );
}

/** The error for a state that stands for no call. */
export function unknownState(id: RawId): Frame {
  const text =
    'requestState belongs to no call of this client that waits for input, or to another request; it holds for one answer and for a limited time. Send the request again without it.';
  return encodeError(id, RpcError.invalidParams, text);
}
