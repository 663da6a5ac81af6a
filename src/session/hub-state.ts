import {
  type Envelope,
  envelopeOf,
  type Message,
  type RawId,
  rawId,
  readEnvelope,
} from '../protocol/envelope.js';
import type { Frame } from '../protocol/frame.js';
import { ErrorCode, encodeError } from '../protocol/jsonrpc.js';
import { Method } from '../protocol/mcp.js';
import type { OnStatus, StatusEvent, WhyStale } from '../protocol/status.js';
import type { Clock } from '../time/clock.js';
import type { Connection } from './connection.js';
import type { Handshake } from './handshake.js';
import { HeldMessages } from './held-messages.js';
import { newTally } from './inflight-calls.js';
import { failOwnRequests } from './own-request.js';
import type { ServerLife } from './server-life.js';

export type WhyReplaced = Extract<StatusEvent, { type: 'server-replaced' }>['why'];

export interface HubOptions {
  /** The server's name, for the texts of error replies. */
  name: string;
  handshake: Handshake;
  clock: Clock;
  holdTimeoutMs: number;
  maxHeldBytes: number;
  /** The bound of both transports, for the texts of error replies. */
  maxFrameBytes: number;
  onStatus: OnStatus;
  /** The running server cannot serve this endpoint: end it and start a fresh one. */
  replaceServer: (why: WhyReplaced) => void;
  /** The server is a multiplexer's router, which stands for processes with bridges of their own. */
  isRouter?: boolean;
  /** The server is one of several behind a router, which takes only replies to what it has asked. */
  isMember?: boolean;
  /** Sees every frame that is carried; for the trace level only. */
  onFrame: ((to: 'server' | 'endpoint', frame: Frame) => void) | undefined;
}

/** A promise means: that side is slower than we are; it resolves when there is room again. */
export interface Backpressure {
  server: Promise<void> | undefined;
  endpoint: Promise<void> | undefined;
}

/** What whoever calls hears instead of an answer. */
export interface ErrorReply {
  /** One of `ErrorCode`. */
  code: number;
  text: string;
}

/** Callers behind a relaying endpoint that may wait for the answer to their `initialize`: more than anybody has seen. */
const MAX_WAITING = 256;

/** Where the two sides of a link meet: who is there now, what waits, and what goes out next. */
export class HubState {
  readonly options: HubOptions;
  readonly handshake: Handshake;
  readonly held: HeldMessages;
  /** To keep it with the frame pays where others in this process read the frame as well. */
  readonly readEnvelope: (frame: Frame) => Envelope;
  /** Of the server, over all its lives. */
  readonly tally = newTally();
  life: ServerLife | undefined;
  connection: Connection | undefined;
  /** What the frames of the present batch lead to; written at once when the batch is done. */
  toServer: Frame[] = [];
  toEndpoint: Frame[] = [];
  /** Why the server is down, while it will not be back in time for a message to wait for it. */
  downForLong: string | undefined;
  /** Somebody has begun to start the server. */
  isStarted = false;
  /** Set: no call is begun any more, and its caller hears this. */
  refusing: ErrorReply | undefined;
  /** Bytes of our own answers that each side has not read, as far as it is slow; see `handleBatch`. */
  readonly unread = { server: 0, endpoint: 0 };
  /** While somebody waits for that: called after everything that may have answered the last call. */
  onFlushed: (() => void) | undefined;
  /** When the batch came that is being handled. */
  #batchAt: number | undefined;
  #staleReplies = 0;

  constructor(options: HubOptions) {
    this.options = options;
    this.handshake = options.handshake;
    this.readEnvelope = options.isRouter || options.isMember ? readEnvelope : envelopeOf;
    this.held = new HeldMessages({
      clock: options.clock,
      holdTimeoutMs: options.holdTimeoutMs,
      maxBytes: options.maxHeldBytes,
      onRefused: (message, why) => {
        this.refuse(message, why);
        // Called by a timer.
        if (why === 'too-long') this.flush();
      },
    });
  }

  /** Clock time in milliseconds; that of a batch is looked at once, and not for each of its messages. */
  get now(): number {
    return this.#batchAt ?? this.options.clock.now();
  }

  batchBegins(): void {
    this.#batchAt = this.options.clock.now();
  }

  batchEnds(): void {
    this.#batchAt = undefined;
  }

  /** Why the server cannot be asked, when it does not run. */
  get whyUnavailable(): string {
    if (this.downForLong !== undefined) return this.downForLong;
    return this.isStarted ? 'it is still being started' : 'it is started when its link has a connection';
  }

  /** Writes what has gathered; `before` is what an earlier write has come to. */
  flush(before?: Backpressure): Backpressure {
    const slow = {
      server: this.#send('server') ?? before?.server,
      endpoint: this.#send('endpoint') ?? before?.endpoint,
    };
    this.onFlushed?.();
    return slow;
  }

  #send(to: 'server' | 'endpoint'): Promise<void> | undefined {
    const batch = to === 'server' ? this.toServer : this.toEndpoint;
    if (batch.length === 0) return undefined;
    if (to === 'server') this.toServer = [];
    else this.toEndpoint = [];
    const { onFrame } = this.options;
    if (onFrame) for (const frame of batch) onFrame(to, frame);
    const slow = (to === 'server' ? this.life : this.connection)?.transport.send(batch);
    // For the reason that `BatchQueue` has.
    batch.length = 0;
    return slow;
  }

  /** Lets go of the running server and asks for a fresh one. */
  replace(why: WhyReplaced): void {
    if (!this.life) return;
    this.release('it was replaced by a fresh one');
    this.options.replaceServer(why);
  }

  /** Lets go of the running server; whoever waits for it hears so, and what comes from now on waits for the next. */
  release(why: string): number {
    const life = this.life;
    if (!life) return 0;
    this.flush();
    const failed = this.failCalls(life, why);
    // Nobody may dial on the strength of a server that is on its way out.
    life.ready = false;
    this.life = undefined;
    return failed;
  }

  /** Answers every call that `life` owes to the present connection with an error; the result counts them. */
  failCalls(life: ServerLife, why: string): number {
    const { name } = this.options;
    failOwnRequests(life.ownRequests, name);
    const calls = this.connection ? life.inflight.abandon(this.connection) : [];
    for (const call of calls) {
      const text = `The MCP server "${name}" ended while this call was running: ${why}. The call was not repeated, because it may have had effects.`;
      this.#refuse(call.method, encodeError(call.rawId, ErrorCode.serverExited, text, { server: name }));
    }
    this.tally.failed += calls.length;
    return calls.length;
  }

  /** Answers every call that `life` owes to the present connection with `refusal`, just before the connection is closed. */
  refuseCalls(life: ServerLife, refusal: ErrorReply): void {
    if (!this.connection) return;
    for (const { rawId, method } of life.inflight.of(this.connection))
      if (method !== Method.listen) this.answerWithError(rawId, refusal);
  }

  /** A message that the server will never see. */
  refuse({ frame, envelope }: Message, why: 'too-long' | 'full' | 'server-down'): void {
    const { name, maxHeldBytes, onStatus } = this.options;
    if (why === 'full')
      onStatus({ type: 'queue-full', queue: 'messages for the server', bound: maxHeldBytes });
    const text = `The MCP server "${name}" is not running: ${this.whyUnavailable}. Try again later.`;
    for (const item of requestsIn(envelope)) {
      const raw = rawId(frame, item);
      if (this.refusing) this.answerWithError(raw, this.refusing);
      else this.#refuse(item.method!, encodeError(raw, ErrorCode.serverDown, text, { server: name }));
    }
  }

  /** An `initialize` whose answer is not there yet. */
  queueInitialize({ waitingInitializes }: Connection, frame: Frame, raw: RawId): void {
    // The first one is kept in any case, as what the next server is greeted with.
    const bytes = waitingInitializes.reduce((sum, other) => sum + other.frame.length, frame.length);
    const hasRoom = waitingInitializes.length === 0 || bytes <= this.options.maxHeldBytes;
    if (waitingInitializes.length < MAX_WAITING && hasRoom)
      return void waitingInitializes.push({ frame, rawId: raw });
    const text = `The MCP server "${this.options.name}" is still being started, and ${waitingInitializes.length} initialize wait for it already. Try again later.`;
    this.answerWithError(raw, { code: ErrorCode.serverDown, text });
  }

  answerWithError(raw: RawId, { code, text }: ErrorReply): void {
    this.toEndpoint.push(encodeError(raw, code, text));
  }

  /** No server will come for what waits. */
  refuseWaitingInitializes(refusal: ErrorReply): void {
    const waiting = this.connection?.waitingInitializes.splice(0) ?? [];
    for (const { rawId } of waiting) this.answerWithError(rawId, refusal);
    this.held.refuseAll();
  }

  /** Callers whose `initialize` no server has survived. */
  failWaitingInitializes(why: string): void {
    const { name } = this.options;
    for (const { rawId } of this.connection?.waitingInitializes.splice(0) ?? []) {
      const text = `The MCP server "${name}" did not answer this initialize: ${why}.`;
      this.#refuse(Method.initialize, encodeError(rawId, ErrorCode.serverExited, text, { server: name }));
    }
  }

  /** An answer in the place of a server's. */
  #refuse(method: string, reply: Frame): void {
    this.toEndpoint.push(reply);
    if (!this.connection) return;
    if (method === Method.initialize) this.answered(this.connection, method, true);
    this.refused(this.connection, method, reply);
  }

  /** The endpoint is answered with an error, and may end the connection because of it. */
  refused(connection: Connection, method: string, reply: Frame): void {
    const refused = { method, reply, at: this.options.clock.now() };
    connection.refused.last = refused;
    if (method === Method.initialize) connection.refused.initialize = refused;
  }

  /** A reply goes out to the endpoint. */
  answered(connection: Connection, method: string, isError: boolean): void {
    const { initialize, refused } = connection;
    const again = !isError && refused.initialize !== undefined;
    const first = method === Method.initialize && (initialize === 'unanswered' || again);
    if (first) refused.initialize = undefined;
    if (!first && connection.answeredAt !== undefined) return;
    const now = this.options.clock.now();
    if (first) connection.initialize = 'answered';
    // An endpoint whose `initialize` is refused has nothing to work with.
    if (first && isError) return;
    connection.answeredAt ??= now;
    if (!first) return;
    this.options.onStatus({
      type: 'client-initialized',
      afterMs: Math.round(now - connection.initializeAt),
      client: this.handshake.client,
      protocolVersion: this.handshake.protocolVersion,
    });
  }

  reportInvalidMessage(from: 'server' | 'endpoint', why: string, frame: Frame): void {
    this.options.onStatus({
      type: 'invalid-message',
      from,
      why,
      excerpt: frame.toString('utf8', 0, 400),
      bytes: frame.length,
    });
  }

  /** A reply was kept from a connection, or a server, that did not ask. */
  reportStaleReply(why: WhyStale = 'cut'): void {
    this.#staleReplies += 1;
    this.options.onStatus({ type: 'stale-reply', total: this.#staleReplies, why });
  }
}

/** The requests of a message: itself, those of a batch, or none. */
export function requestsIn(envelope: Envelope): Envelope[] {
  if (envelope.kind === 'request') return [envelope];
  return (envelope.items ?? []).filter((item) => item.kind === 'request');
}
