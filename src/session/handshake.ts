import { type Envelope, type RawId, readEnvelope, withId } from '../protocol/envelope.js';
import type { Frame } from '../protocol/frame.js';
import { request } from '../protocol/jsonrpc.js';
import {
  CLOUD_INITIALIZE,
  type InitializeParams,
  initializeParams,
  Method,
  sameHandshake,
  serverInfoOf,
} from '../protocol/mcp.js';

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
 *        |-- the recorded answer, with this request's id ------->|   same version and capabilities
 *        |<------------- notifications/initialized --------------|
 *        |-- notifications/initialized -->|                      |   once per server process
 *
 * With another version or other capabilities a fresh server gets the endpoint's own `initialize`.
 */
export class Handshake {
  era: Era;
  /** The `initialize` to greet the next server with: as an endpoint sent it, but for the id. */
  #greeting: Frame = request('0', Method.initialize, CLOUD_INITIALIZE);
  #primary: Exchange = { params: CLOUD_INITIALIZE, answer: undefined };
  /** The last greeting that a server accepted, or else the cloud's. */
  #proven = { greeting: this.#greeting, params: CLOUD_INITIALIZE };
  /** Other callers' handshakes with the same process: a relaying endpoint passes on each caller's `initialize`. */
  #others: Exchange[] = [];
  /** The handshake that the process took part in last; undefined while that is the greeting. */
  #latest: Exchange | undefined;

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

  /** Whether the server works by the version and capabilities of this `initialize`: it goes by the last one it got. */
  isLatest(frame: Frame): boolean {
    return sameHandshake(initializeParams(frame), (this.#latest ?? this.#primary).params);
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
  }

  /**
   * The endpoint that another server has talked with comes to this one: it is expected to initialise as it last did.
   * True when a process that runs already was greeted in another way.
   */
  adopt(other: Handshake): boolean {
    const wasModern = this.era === 'modern';
    if (this.era !== 'passthrough' && other.era !== 'passthrough') this.era = other.era;
    const known = this.knows(other.#greeting);
    this.expect(other.#greeting);
    return this.era !== 'passthrough' && (wasModern !== (this.era === 'modern') || (!known && !wasModern));
  }

  /** A fresh process starts: it knows nothing of other callers. */
  freshServer(): void {
    this.#others = [];
    this.#latest = undefined;
  }

  /** The server's answer to the greeting. */
  record(frame: Frame): void {
    this.#primary.answer = { frame, envelope: readEnvelope(frame) };
    this.#proven = { greeting: this.#greeting, params: this.#primary.params };
  }

  /**
   * No server has survived the present greeting yet, so it may be what ends them: the next one gets the last greeting
   * that was accepted. False when there is nothing to fall back to.
   */
  fallBack(): boolean {
    if (this.#primary.answer || this.#greeting === this.#proven.greeting) return false;
    this.#greeting = this.#proven.greeting;
    this.#primary = { params: this.#proven.params, answer: undefined };
    return true;
  }

  /** A further caller's `initialize` goes to the same process; `answered` is to be called with the reply. */
  alsoExpect(frame: Frame): (reply: Frame) => void {
    const params = initializeParams(frame);
    const exchange: Exchange = { params, answer: undefined };
    const before = this.#latest;
    this.#latest = exchange;
    return (reply) => {
      const envelope = readEnvelope(reply);
      if (envelope.isError) {
        if (this.#latest === exchange) this.#latest = before;
        return;
      }
      exchange.answer = { frame: reply, envelope };
      if (sameHandshake(params, this.#primary.params)) return;
      const others = this.#others.filter((other) => !sameHandshake(params, other.params));
      this.#others = [exchange, ...others].slice(0, MAX_OTHERS);
    };
  }

  /** The recorded answer to that `initialize` under the id `rawId`; undefined while it has not come. */
  answer(frame: Frame, rawId: RawId): Frame | undefined {
    const answer = this.#find(initializeParams(frame))?.answer;
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
