import { type Envelope, type RawId, readEnvelope, withId } from '../protocol/envelope.js';
import type { Frame } from '../protocol/frame.js';
import { encodeRequest } from '../protocol/jsonrpc.js';
import {
  CLOUD_INITIALIZE,
  type InitializeParams,
  initializeParams,
  Method,
  protocolVersionOf,
  sameHandshake,
  serverInfoOf,
} from '../protocol/mcp.js';
import { type Difference, declared, differenceOf } from './difference.js';

/** How a fresh server process is greeted before anybody asks it anything. */
export type Era =
  /** With the `initialize` that this endpoint last sent: the ordinary case. */
  | 'legacy'
  /** Not at all: the downstream speaks MCP 2026-07-28, which has no `initialize`. */
  | 'modern'
  /** Not at all: the configuration leaves `initialize` to the endpoint (`handshake: "passthrough"`). */
  | 'passthrough';

/** One `initialize` and the server's answer to it. */
interface Exchange {
  params: InitializeParams;
  answer: { frame: Frame; envelope: Envelope } | undefined;
  /** The answer was given to other words, which make no difference to it. */
  isLent?: boolean;
}

/** More kinds of callers behind one relaying endpoint than this are not remembered. */
const MAX_OTHERS = 8;

/**
 * What is known about a link's handshake, across all lives of its server and its connection.
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
 * What an endpoint says otherwise than it was expected to: see `initialize.ts`; when that costs the server its process:
 * see `restarts.ts`. The next process is greeted with it.
 */
export class Handshake {
  era: Era;
  /** Hears of every `initialize` that servers are greeted with from now on. */
  onExpected: (greeting: Frame) => void = () => {};
  /** The `initialize` to greet the next server with: as an endpoint sent it, but for the id. */
  #greeting: Frame = encodeRequest('0', Method.initialize, CLOUD_INITIALIZE);
  #primary: Exchange = { params: CLOUD_INITIALIZE, answer: undefined };
  /** What the process was greeted with. */
  #sent = { greeting: this.#greeting, params: CLOUD_INITIALIZE };
  /** The last greeting that a server accepted, or else the cloud's. */
  #proven = this.#sent;
  /** Other callers' handshakes with the same process: a relaying endpoint passes on each caller's `initialize`. */
  #others: Exchange[] = [];
  /** What the process was told last: it goes by that. */
  #told: InitializeParams = CLOUD_INITIALIZE;
  /** Capabilities of endpoints that the process was told of, by whoever. */
  #declared = new Set(declared(CLOUD_INITIALIZE));
  /** What the last process was greeted with that ended before it answered. */
  #fatal: InitializeParams | undefined;
  /** Capabilities of endpoints that some process of this server has made use of. */
  readonly #used = new Set<string>();

  constructor(mode: 'speculative' | 'passthrough') {
    this.era = mode === 'passthrough' ? 'passthrough' : 'legacy';
  }

  get greeting(): Frame {
    return this.#greeting;
  }

  /** Whether the server was, or is being, initialised with equal protocol version and capabilities. */
  knows(frame: Frame): boolean {
    return this.#find(initializeParams(frame)) !== undefined;
  }

  /** What this `initialize` asks for otherwise than the process has been told last. */
  difference(frame: Frame): Difference {
    const { answer } = this.#primary;
    const answered = answer && protocolVersionOf(answer.frame);
    return differenceOf(initializeParams(frame), this.#told, answered, this.#used);
  }

  /** Whether the process was told that an endpoint has this capability. */
  hasTold(capability: string): boolean {
    return this.#declared.has(capability);
  }

  /** The server has asked an endpoint for what this capability stands for. */
  uses(capability: string): void {
    this.#used.add(capability);
  }

  /** From now on servers are greeted with this `initialize`. */
  expect(frame: Frame): void {
    const params = initializeParams(frame);
    const known = this.#find(params);
    // Our own id: whatever the endpoint chose, null perhaps, is between it and us.
    this.#greeting = withId(frame, readEnvelope(frame), '0');
    if (known === this.#primary) known.params = params;
    // The process may have answered it to another caller.
    else this.#primary = { params, answer: known?.answer };
    this.onExpected(this.#greeting);
  }

  /** The same, and what the running process has answered goes for it, though it was asked in other words. */
  expectAsAnswered(frame: Frame): void {
    const { answer } = this.#primary;
    this.expect(frame);
    if (this.#primary.answer) return;
    this.#primary.answer = answer;
    this.#primary.isLent = true;
  }

  /** The endpoint that another server has talked with comes to this one: it is expected to initialise as it last did. */
  adopt(other: Handshake): void {
    if (this.era !== 'passthrough' && other.era !== 'passthrough') this.era = other.era;
    this.expectAsAnswered(other.#greeting);
  }

  /** A fresh process starts: it knows nothing of other callers. */
  freshServer(): void {
    this.#others = [];
    this.#sent = { greeting: this.#greeting, params: this.#primary.params };
    this.#told = this.#primary.params;
    this.#declared = new Set(declared(this.#told));
  }

  /** Whether a process has ended on being greeted so. */
  hasEndedOn(greeting: Frame): boolean {
    return this.#fatal !== undefined && sameHandshake(initializeParams(greeting), this.#fatal);
  }

  /** The server's answer to the greeting. */
  record(frame: Frame): void {
    this.#primary.answer = { frame, envelope: readEnvelope(frame) };
    this.#primary.isLent = !sameHandshake(this.#primary.params, this.#sent.params);
    this.#proven = this.#sent;
  }

  /**
   * No server has survived the present greeting yet, so it may be what ends them: the next one gets the last greeting
   * that was accepted. False when there is nothing to fall back to.
   */
  fallBack(): boolean {
    const { answer, isLent } = this.#primary;
    if ((answer && !isLent) || this.#greeting === this.#proven.greeting) return false;
    // D17: only a greeting that was answered is kept.
    this.#fatal = this.#primary.params;
    this.#greeting = this.#proven.greeting;
    this.#primary = { params: this.#proven.params, answer: undefined };
    return true;
  }

  /** The same process is told a further caller's `initialize`; the result is to be called with its reply. */
  alsoExpect(frame: Frame): (reply: Frame) => void {
    const params = initializeParams(frame);
    const before = this.#told;
    this.#told = params;
    for (const name of declared(params)) this.#declared.add(name);
    return (reply) => {
      const envelope = readEnvelope(reply);
      if (envelope.isError) {
        if (this.#told === params) this.#told = before;
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

  /** The recorded answer to that `initialize`, or else to the expected one, under the id `rawId`; undefined while it has not come. */
  answer(frame: Frame, rawId: RawId): Frame | undefined {
    const answer = this.#find(initializeParams(frame))?.answer ?? this.#primary.answer;
    return answer && withId(answer.frame, answer.envelope, rawId);
  }

  /** `clientInfo` of the endpoint as `name version`, for people. */
  get client(): string | undefined {
    return label(this.#primary.params.clientInfo);
  }

  get protocolVersion(): string {
    return this.#primary.params.protocolVersion;
  }

  /** `serverInfo` of the recorded answer as `name version`, for people. */
  get server(): string | undefined {
    return this.#primary.answer && label(serverInfoOf(this.#primary.answer.frame));
  }

  #find(params: InitializeParams): Exchange | undefined {
    return [this.#primary, ...this.#others].find((exchange) => sameHandshake(params, exchange.params));
  }
}

function label(info: Record<string, unknown> | undefined): string | undefined {
  if (typeof info?.name !== 'string') return undefined;
  return typeof info.version === 'string' ? `${info.name} ${info.version}` : info.name;
}
