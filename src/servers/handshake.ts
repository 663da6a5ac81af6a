import { type Envelope, type RawId, readEnvelope } from '../protocol/envelope.js';
import type { Frame } from '../protocol/frame.js';
import { encodeRequest } from '../protocol/jsonrpc.js';
import {
  CLOUD_INITIALIZE,
  type InitializeParams,
  initializeParams,
  labelOf,
  Method,
  protocolVersionOf,
  sameHandshake,
  serverInfoOf,
} from '../protocol/mcp.js';
import { withId } from '../protocol/with-id.js';
import { declared, differenceOf, type HandshakeDifference } from './handshake-difference.js';

/** Whether a new server process is sent `initialize` before any request, and which. */
export type Era =
  /** It is sent the `initialize` that the endpoint sent last: the usual case. */
  | 'legacy'
  /** None is sent: the endpoint speaks MCP 2026-07-28, which has no `initialize`. */
  | 'modern'
  /** None is sent: the configuration leaves `initialize` to the endpoint (`handshake: "passthrough"`). */
  | 'passthrough';

/** One `initialize` and the server's answer to it. */
interface Exchange {
  params: InitializeParams;
  answer: { frame: Frame; envelope: Envelope } | undefined;
  /** The answer was given to another `initialize`, whose differences do not change a server's answer. */
  isReused?: boolean;
}

/** Number of further callers behind one relaying endpoint for which the answer to `initialize` is kept. */
const MAX_OTHERS = 8;

/**
 * The handshake of a server, or of the router of a mux, over all its processes and the connections of its clients.
 *
 *     mcp-pipe                         server                endpoint
 *        |-- initialize (as last seen) -->|                      |
 *        |<------------- its answer ------|   recorded           |
 *        |-- dial ---------------------------------------------->|
 *        |<------------------------------------ initialize ------|
 *        |-- the recorded answer, with this request's id ------->|   at once
 *        |<------------- notifications/initialized --------------|
 *        |-- notifications/initialized -->|                      |   once per server process
 *
 * An endpoint that sends another `initialize` than expected: see `initialize.ts`. When this ends the server process: see
 * `restarts.ts`. The next process is sent the new `initialize`.
 */
export class Handshake {
  era: Era;
  /** Called with each `initialize` that new server processes are sent from now on. */
  onExpected: (ownInitialize: Frame) => void = () => {};
  /** The `initialize` for the next server process: as the endpoint sent it, except for the id. */
  #ownInitialize: Frame = encodeRequest('0', Method.initialize, CLOUD_INITIALIZE);
  #primary: Exchange = { params: CLOUD_INITIALIZE, answer: undefined };
  /** The `initialize` that the present process was sent at its start. */
  #firstSent = { ownInitialize: this.#ownInitialize, params: CLOUD_INITIALIZE };
  /** The last `initialize` that a process accepted, or else the one of the cloud. */
  #lastAccepted = this.#firstSent;
  /** Further exchanges with the same process: a relaying endpoint passes on the `initialize` of each of its callers. */
  #others: Exchange[] = [];
  /** The last `initialize` that the present process was sent, and that it follows. */
  #lastSent: InitializeParams = CLOUD_INITIALIZE;
  /** Every client capability that the present process was sent, by any `initialize`. */
  #declared = new Set(declared(CLOUD_INITIALIZE));
  /** The `initialize` that a process exited on before it had answered; the last one of that kind. */
  #exitedOn: InitializeParams | undefined;
  /** Client capabilities that any process of this server has used. */
  readonly #used = new Set<string>();

  constructor(mode: 'speculative' | 'passthrough') {
    this.era = mode === 'passthrough' ? 'passthrough' : 'legacy';
  }

  /** The parameters of `ownInitialize`. */
  get params(): InitializeParams {
    return this.#primary.params;
  }

  get ownInitialize(): Frame {
    return this.#ownInitialize;
  }

  /** Whether the server was, or is being, initialised with equal protocol version and capabilities. */
  knows(frame: Frame): boolean {
    return this.#find(initializeParams(frame)) !== undefined;
  }

  /** How this `initialize` differs from the last one that the process was sent. */
  difference(frame: Frame): HandshakeDifference {
    const { answer } = this.#primary;
    const answered = answer && protocolVersionOf(answer.frame);
    return differenceOf(initializeParams(frame), this.#lastSent, answered, this.#used);
  }

  /** Whether the process was sent an `initialize` that declares this capability. */
  hasDeclared(capability: string): boolean {
    return this.#declared.has(capability);
  }

  /** Notes that the server has sent a request that needs this client capability. */
  noteUsed(capability: string): void {
    this.#used.add(capability);
  }

  /** New server processes are sent this `initialize` from now on. */
  expect(frame: Frame): void {
    const params = initializeParams(frame);
    const known = this.#find(params);
    // With an id of our own: the endpoint may have chosen any, null for instance.
    this.#ownInitialize = withId(frame, readEnvelope(frame), '0');
    if (known === this.#primary) known.params = params;
    // The process may have answered an equal `initialize` of another caller.
    else this.#primary = { params, answer: known?.answer };
    this.onExpected(this.#ownInitialize);
  }

  /** As `expect`; the last answer of the running process also counts as the answer to this `initialize`. */
  expectAsAnswered(frame: Frame): void {
    const { answer } = this.#primary;
    this.expect(frame);
    if (this.#primary.answer) return;
    this.#primary.answer = answer;
    this.#primary.isReused = true;
  }

  /** New server processes are sent what `change` makes of the present parameters; the recorded answer is kept. */
  widen(change: (params: InitializeParams) => InitializeParams): void {
    const { params } = this.#primary;
    const next = change(params);
    if (sameHandshake(params, next)) return;
    let frame: Frame;
    try {
      frame = encodeRequest('0', Method.initialize, next);
    } catch {
      // A client has declared something that is nested too deeply to be written again; the process is not told of it.
      return;
    }
    // D20: an `initialize` that the server exited on is not sent again.
    if (!this.hasExitedOn(frame)) this.expectAsAnswered(frame);
  }

  /**
   * Expects the `initialize` that the endpoint last sent to the server of `other`; used when the endpoint is switched
   * over.
   */
  expectInitializeOf(other: Handshake): void {
    if (this.era !== 'passthrough' && other.era !== 'passthrough') this.era = other.era;
    this.expectAsAnswered(other.#ownInitialize);
  }

  /** An earlier run of mcp-pipe had this answer to this `initialize`: the server is taken to have given it just now. */
  // D334
  recall(asked: Frame, answer: Frame): void {
    const params = initializeParams(asked);
    this.#ownInitialize = asked;
    this.#primary = { params, answer: { frame: answer, envelope: readEnvelope(answer) } };
    this.#firstSent = { ownInitialize: asked, params };
    this.#lastAccepted = this.#firstSent;
    this.#lastSent = params;
    this.#declared = new Set(declared(params));
  }

  /** The last `initialize` that was answered with a result, as new processes are sent it, and the answer. */
  get answered(): { asked: Frame; answer: Frame } | undefined {
    const answer = this.#primary.answer?.frame;
    return answer && { asked: this.#ownInitialize, answer };
  }

  /** Call it when a new process starts: answers of the last process to other callers' `initialize` are forgotten. */
  serverStarted(): void {
    this.#others = [];
    this.#firstSent = { ownInitialize: this.#ownInitialize, params: this.#primary.params };
    this.#lastSent = this.#primary.params;
    this.#declared = new Set(declared(this.#lastSent));
  }

  /** Whether a process has exited on an equal `initialize`. */
  hasExitedOn(ownInitialize: Frame): boolean {
    return this.#exitedOn !== undefined && sameHandshake(initializeParams(ownInitialize), this.#exitedOn);
  }

  /** Keeps the server's answer to the `initialize` that it was sent at its start. */
  record(frame: Frame): void {
    this.#primary.answer = { frame, envelope: readEnvelope(frame) };
    this.#primary.isReused = !sameHandshake(this.#primary.params, this.#firstSent.params);
    this.#lastAccepted = this.#firstSent;
  }

  /**
   * A process exited before it answered `initialize`, and no process has answered this one yet. It may be why the process
   * exited, so the next process is sent the last `initialize` that was accepted. Returns false when there is no other one.
   */
  fallBack(): boolean {
    const { answer, isReused } = this.#primary;
    if ((answer && !isReused) || this.#ownInitialize === this.#lastAccepted.ownInitialize) return false;
    // D17: only an `initialize` that a process answered is kept.
    this.#exitedOn = this.#primary.params;
    this.#ownInitialize = this.#lastAccepted.ownInitialize;
    this.#primary = { params: this.#lastAccepted.params, answer: undefined };
    return true;
  }

  /**
   * The present process is also sent this `initialize` of a further caller. The returned function is to be called with
   * the reply.
   */
  noteForwarded(frame: Frame): (reply: Frame) => void {
    const params = initializeParams(frame);
    const before = this.#lastSent;
    this.#lastSent = params;
    for (const name of declared(params)) this.#declared.add(name);
    return (reply) => {
      const envelope = readEnvelope(reply);
      if (envelope.isError) {
        if (this.#lastSent === params) this.#lastSent = before;
        return;
      }
      const exchange: Exchange = { params, answer: { frame: reply, envelope } };
      if (sameHandshake(params, this.#primary.params)) {
        this.#primary = exchange;
        return;
      }
      const others = this.#others.filter((other) => !sameHandshake(params, other.params));
      this.#others = [exchange, ...others].slice(0, MAX_OTHERS);
    };
  }

  /**
   * The recorded answer to this `initialize`, or else to the expected one, with the id `rawId`; undefined while there
   * is none.
   */
  answer(frame: Frame, rawId: RawId): Frame | undefined {
    const answer = this.#find(initializeParams(frame))?.answer ?? this.#primary.answer;
    return answer && withId(answer.frame, answer.envelope, rawId);
  }

  /** `clientInfo` of the endpoint as `name version`, for people. */
  get client(): string | undefined {
    return labelOf(this.#primary.params.clientInfo);
  }

  get protocolVersion(): string {
    return this.#primary.params.protocolVersion;
  }

  /** What the recorded answer says of the server: `serverInfo` as `name version`, for people, and the MCP revision that it agreed to. */
  get introduced(): { name: string | undefined; protocol: string | undefined } {
    const frame = this.#primary.answer?.frame;
    if (!frame) return { name: undefined, protocol: undefined };
    return { name: labelOf(serverInfoOf(frame)), protocol: protocolVersionOf(frame) };
  }

  #find(params: InitializeParams): Exchange | undefined {
    return [this.#primary, ...this.#others].find((exchange) => sameHandshake(params, exchange.params));
  }
}
