import {
  type IdKey,
  idKey,
  type Message,
  type RawId,
  rawId,
  readEnvelope,
} from '../../../protocol/envelope.js';
import type { Frame } from '../../../protocol/frame.js';
import { valueAt } from '../../../protocol/json-parts.js';
import { ErrorCode, encodeError } from '../../../protocol/jsonrpc.js';
import { cancelled } from '../../../protocol/mcp.js';
import type { OversizeMessage } from '../../../protocol/oversize.js';
import type { ServerEnd } from '../../../protocol/server-end.js';
import { withId } from '../../../protocol/with-id.js';
import type { Clock } from '../../../time/clock.js';
import {
  clientRequest,
  type InputRequired,
  inputRequiredIn,
  nextRound,
  unknownInput,
} from './input-required.js';
import type { ReplySink } from './modern-transport.js';
import type { Outcome } from './wire.js';

export interface TranslatedCallsOptions {
  clock: Clock;
  /** Sends a request; returns what cancels it. */
  ask: (message: Message, sink: ReplySink) => () => void;
  deliver: (frame: Frame) => void;
  deliverOversize: (message: OversizeMessage) => void;
  fail: (rawId: RawId, end: ServerEnd) => void;
  /** Called with each reply to a request of the client. */
  onReply: (request: Message, reply: Message) => void;
}

/** Most rounds in which the server asks for input for one call; SDKs take as many. */
const MAX_ROUNDS = 10;
/** The wait before a call is repeated because the server wants only that, in milliseconds: as in the SDKs. */
const NOTHING_ASKED_MS = 250;

interface Call {
  id: RawId;
  key: IdKey;
  /** As the client has sent it. */
  request: Message;
  /** As it was sent first. */
  sent: Frame;
  rounds: number;
  /** What the server wants to know in the present round. */
  wanted: InputRequired | undefined;
  /** What the client has answered in the present round, by the server's names. */
  answers: Map<string, Buffer>;
  /** Requests to the client without an answer: their ids, and the server's names for them. */
  open: Map<IdKey, { id: RawId; name: string }>;
  /** Ends what runs or waits. */
  cancel: () => void;
}

/**
 * The requests of a client of an earlier revision to a server of MCP 2026-07-28. Where the server asks for input, the client
 * gets the requests that servers of its revision send, and the request is sent again with the answers (MCP "Multi Round-Trip
 * Requests").
 */
export class TranslatedCalls {
  readonly #options: TranslatedCallsOptions;
  readonly #calls = new Map<IdKey, Call>();
  /** Which call each request to the client belongs to. */
  readonly #asking = new Map<IdKey, Call>();
  /** Number of ids that were made here. */
  #ids = 0;

  constructor(options: TranslatedCallsOptions) {
    this.#options = options;
  }

  /** `sent`: the request as it goes to the server. */
  start(request: Message, sent: Frame): void {
    const id = rawId(request.frame, request.envelope);
    const call: Call = {
      ...{ id, key: idKey(id), request, sent, rounds: 0, wanted: undefined },
      ...{ answers: new Map(), open: new Map(), cancel: () => {} },
    };
    this.#calls.set(call.key, call);
    this.#send(call, sent);
  }

  /** The client does not wait for the answer any more. */
  cancel(key: IdKey | undefined): void {
    const call = key === undefined ? undefined : this.#calls.get(key);
    if (call) this.#leave(call);
  }

  /** The client has answered a request. */
  answerInput({ frame, envelope }: Message): void {
    if (envelope.idStart < 0) return;
    const key = idKey(rawId(frame, envelope));
    const call = this.#asking.get(key);
    const asked = call?.open.get(key);
    if (!call || !asked) return;
    this.#asking.delete(key);
    call.open.delete(key);
    const answer = valueAt(frame, [envelope.isError ? 'error' : 'result']);
    if (!answer) return;
    const bytes = Buffer.from(frame.subarray(answer.start, answer.end));
    if (envelope.isError) {
      // There is no place for an error in what the server gets, so its request fails with it.
      this.#leave(call);
      this.#options.deliver(
        Buffer.concat([Buffer.from(`{"jsonrpc":"2.0","id":${call.id},"error":`), bytes, Buffer.from('}')]),
      );
      return;
    }
    call.answers.set(asked.name, bytes);
    if (call.open.size === 0) this.#repeat(call);
  }

  stop(): void {
    for (const call of this.#calls.values()) call.cancel();
    this.#calls.clear();
    this.#asking.clear();
  }

  #send(call: Call, frame: Frame): void {
    const request = { frame, envelope: readEnvelope(frame) };
    call.wanted = undefined;
    call.cancel = this.#options.ask(request, {
      onMessage: (message) => this.#receive(call, message),
      onOversize: (oversize) =>
        this.#options.deliverOversize(
          oversize.kind === 'response' ? { ...oversize, rawId: String(call.id) } : oversize,
        ),
      onEnd: (outcome) => this.#ended(call, outcome),
    });
  }

  #receive(call: Call, message: Message): void {
    const { frame, envelope } = message;
    if (envelope.kind !== 'response') return this.#options.deliver(frame);
    call.wanted = inputRequiredIn(frame, envelope);
    if (call.wanted) return;
    this.#options.onReply(call.request, message);
    this.#options.deliver(call.rounds === 0 ? frame : withId(frame, envelope, call.id));
  }

  /** The exchange is over: the call is, too, unless the server wants to know something. */
  #ended(call: Call, outcome: Outcome): void {
    if (this.#calls.get(call.key) !== call) return;
    if (outcome === 'answered' && call.wanted) return this.#askClient(call, call.wanted);
    this.#calls.delete(call.key);
    if (typeof outcome === 'object') this.#options.fail(call.id, outcome.end);
  }

  #askClient(call: Call, wanted: InputRequired): void {
    call.rounds += 1;
    call.answers.clear();
    const unknown = unknownInput(wanted);
    if (unknown) {
      return this.#giveUp(
        call,
        `the server asks for ${unknown.method || 'nothing known'}, which clients do not answer`,
      );
    }
    if (call.rounds > MAX_ROUNDS)
      return this.#giveUp(call, `the server asks for input more than ${MAX_ROUNDS} times`);
    if (wanted.requests.length === 0) {
      call.cancel = this.#options.clock.after(NOTHING_ASKED_MS, () => this.#repeat(call));
      return;
    }
    call.cancel = () => {};
    const requests = wanted.requests.map((request) => {
      const id = this.#newId('input');
      const key = idKey(id);
      call.open.set(key, { id, name: request.key });
      this.#asking.set(key, call);
      return clientRequest(id, request);
    });
    for (const frame of requests) this.#options.deliver(frame);
  }

  #repeat(call: Call): void {
    this.#send(call, nextRound(call.sent, this.#newId('round'), call.answers, call.wanted!));
  }

  #giveUp(call: Call, why: string): void {
    this.#leave(call);
    this.#options.deliver(
      encodeError(call.id, ErrorCode.unreadable, `The call was not answered: ${why}.`, { why }),
    );
  }

  #leave(call: Call): void {
    this.#calls.delete(call.key);
    call.cancel();
    for (const [key, { id }] of call.open) {
      this.#asking.delete(key);
      this.#options.deliver(cancelled(id));
    }
    call.open.clear();
  }

  #newId(what: string): RawId {
    this.#ids += 1;
    return `"mcp-pipe-${what}-${this.#ids}"`;
  }
}
