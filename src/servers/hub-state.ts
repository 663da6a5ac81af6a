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
import type { OnStatus, ServerState, WhyInvalid, WhyStale } from '../protocol/status.js';
import type { Clock } from '../time/clock.js';
import type { Connection } from './connection.js';
import type { Handshake } from './handshake.js';
import { HeldMessages } from './held-messages.js';
import { newTally } from './inflight-calls.js';
import { failOwnRequests } from './own-request.js';
import type { ErrorReply } from './refusals.js';
import type { ServerLife, WhyReplaced } from './server-life.js';
import { isUp } from './server-state.js';

export type OnFrame = (to: 'server' | 'endpoint', frame: Frame) => void;

export interface HubOptions {
  /** The server's name, for the texts of error replies. */
  name: string;
  handshake: Handshake;
  clock: Clock;
  holdTimeoutMs: number;
  maxHeldBytes: number;
  /** The longest message that both transports take, in bytes; for the texts of error replies. */
  maxFrameBytes: number;
  onStatus: OnStatus;
  /** State of the server; only its supervisor moves it. */
  server: { readonly state: ServerState };
  /** The server is the router of a mux. Each server behind the router has a bridge of its own. */
  isRouter?: boolean;
  /** The server is one of several behind a router. The router accepts only replies to requests that it has sent. */
  isMember?: boolean;
  /** Called with every frame that is sent; for the trace level only. */
  onFrame?: OnFrame | undefined;
}

/** Options that belong to the link that uses the server. */
export type HubUse = Pick<
  HubOptions,
  'onFrame' | 'isMember' | 'holdTimeoutMs' | 'maxHeldBytes' | 'maxFrameBytes'
>;

/** A promise means that this side does not read fast enough; it resolves when the side's queue has room again. */
export interface Backpressure {
  server: Promise<void> | undefined;
  endpoint: Promise<void> | undefined;
}

/**
 * How many `initialize` requests of one connection may wait for the server's answer. A relaying endpoint passes on one for
 * each of its callers; no such endpoint has had this many.
 */
const MAX_WAITING = 256;

/** State that both sides of a bridge share: the server process, the connection, held messages, and frames to be sent. */
export class HubState {
  readonly options: HubOptions;
  readonly handshake: Handshake;
  readonly held: HeldMessages;
  /** With a router, the envelope is kept with the frame, because the router reads the frame as well. */
  readEnvelope: (frame: Frame) => Envelope = envelopeOf;
  /** Counts of the server's calls, over all its processes. */
  readonly tally = newTally();
  life: ServerLife | undefined;
  connection: Connection | undefined;
  /** Frames to send, gathered while a batch is handled; `flush` writes them. */
  toServer: Frame[] = [];
  toEndpoint: Frame[] = [];
  /**
   * Why the server is down; set while its next start is further away than `holdTimeoutMs`, so that messages do not wait.
   */
  downForLong: string | undefined;
  /** While set, every new request is answered with this error. */
  refusing: ErrorReply | undefined;
  /** Bytes of our own answers that each side has not read; counted while the side is slow. See `handle-batch.ts`. */
  readonly unread = { server: 0, endpoint: 0 };
  /** Called after each `flush`, which may have answered the last pending request. Set by `IdleWait`. */
  onFlushed: (() => void) | undefined;
  /** When the batch that is being handled came; clock time in milliseconds. */
  #batchAt: number | undefined;
  #staleReplies = 0;

  constructor(options: HubOptions) {
    this.options = options;
    this.handshake = options.handshake;
    this.use({});
    this.held = new HeldMessages({
      clock: options.clock,
      get holdTimeoutMs() {
        return options.holdTimeoutMs;
      },
      get maxBytes() {
        return options.maxHeldBytes;
      },
      onRefused: (message, why) => {
        this.refuse(message, why);
        // Called by a timer.
        if (why === 'too-long') this.flush();
      },
    });
  }

  /** Call it when another link starts to use the server. No connection may be open. */
  use(ofLink: Partial<HubUse>): void {
    const { isRouter, isMember } = Object.assign(this.options, ofLink);
    this.readEnvelope = isRouter || isMember ? readEnvelope : envelopeOf;
    this.refusing = undefined;
  }

  /** Clock time in milliseconds. Within a batch the clock is read once, not for each message. */
  get now(): number {
    return this.#batchAt ?? this.options.clock.now();
  }

  beginBatch(): void {
    this.#batchAt = this.options.clock.now();
  }

  endBatch(): void {
    this.#batchAt = undefined;
  }

  /** The server process that takes requests; undefined while none does. */
  get upLife(): ServerLife | undefined {
    return isUp(this.options.server.state) ? this.life : undefined;
  }

  /** The server takes requests, but has rejected `initialize`; the endpoint's own `initialize` may be accepted. */
  get isServerRefused(): boolean {
    return this.life !== undefined && this.options.server.state === 'refused';
  }

  /** Why the server, which does not run, cannot take requests; for the texts of error replies. */
  get whyUnavailable(): string {
    if (this.downForLong !== undefined) return this.downForLong;
    return this.options.server.state === 'stopped'
      ? 'it is started when its link has a connection'
      : 'it is still being started';
  }

  /** Sends the gathered frames. A side that this call sends nothing to keeps its promise from `before`. */
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
    // See `BatchQueue` for why the array is emptied.
    batch.length = 0;
    return slow;
  }

  /** Detaches the running server and has a new process started; does nothing when no server runs. */
  replace(why: WhyReplaced): void {
    const { life } = this;
    if (!life) return;
    this.detach('it was replaced by a fresh one');
    life.owner.replace(why);
  }

  /**
   * Detaches the running server. Its pending requests are answered with -31001 (serverExited); later messages wait for the
   * next process. Returns how many requests were answered so.
   */
  detach(why: string): number {
    const life = this.life;
    if (!life) return 0;
    this.flush();
    const failed = this.failCalls(life, why);
    this.life = undefined;
    return failed;
  }

  /** Answers every request of the connection that `life` has not answered with -31001; returns how many. */
  failCalls(life: ServerLife, why: string): number {
    const { name } = this.options;
    failOwnRequests(life.ownRequests, name);
    const calls = this.connection ? life.inflight.clearFor(this.connection) : [];
    for (const call of calls) {
      const text = `The MCP server "${name}" ended while this call was running: ${why}. The call was not repeated, because it may have had effects.`;
      this.#refuse(call.method, encodeError(call.rawId, ErrorCode.serverExited, text, { server: name }));
    }
    this.tally.failed += calls.length;
    return calls.length;
  }

  /**
   * Answers every request of the connection that `life` has not answered with `refusal`, just before the connection is
   * closed.
   */
  refuseCalls(life: ServerLife, refusal: ErrorReply): void {
    if (!this.connection) return;
    for (const { rawId, method } of life.inflight.of(this.connection))
      if (method !== Method.listen) this.answerWithError(rawId, refusal);
  }

  /** Rejects the requests in a message that will not be sent to the server. */
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

  /** Keeps an `initialize` until the server has answered its own; rejects it with -31002 when too many wait already. */
  queueInitialize({ waitingInitializes }: Connection, frame: Frame, raw: RawId): void {
    // The first one is always kept: the next server process gets it.
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

  /**
   * Answers every `initialize` that waits with `refusal`, and rejects all held messages: no server will be started for
   * them.
   */
  refuseWaitingInitializes(refusal: ErrorReply): void {
    const waiting = this.connection?.waitingInitializes.splice(0) ?? [];
    for (const { rawId } of waiting) this.answerWithError(rawId, refusal);
    this.held.refuseAll();
  }

  /** Answers every `initialize` that waits with -31001: the server process exited while it handled such an `initialize`. */
  failWaitingInitializes(why: string): void {
    const { name } = this.options;
    for (const { rawId } of this.connection?.waitingInitializes.splice(0) ?? []) {
      const text = `The MCP server "${name}" did not answer this initialize: ${why}.`;
      this.#refuse(Method.initialize, encodeError(rawId, ErrorCode.serverExited, text, { server: name }));
    }
  }

  /** Sends `reply`, an error, in place of the server's answer. */
  #refuse(method: string, reply: Frame): void {
    this.toEndpoint.push(reply);
    if (!this.connection) return;
    if (method === Method.initialize) this.noteReply(this.connection, method, true);
    this.noteErrorReply(this.connection, method, reply);
  }

  /** Records an error reply: it may be why the endpoint closes the connection later. */
  noteErrorReply(connection: Connection, method: string, reply: Frame): void {
    const refused = { method, reply, at: this.options.clock.now() };
    connection.refused.last = refused;
    if (method === Method.initialize) connection.refused.initialize = refused;
  }

  /** Records that a reply is sent to the endpoint; the first answered `initialize` is reported. */
  noteReply(connection: Connection, method: string, isError: boolean): void {
    const { initialize, refused } = connection;
    const again = !isError && refused.initialize !== undefined;
    const first = method === Method.initialize && (initialize === 'unanswered' || again);
    if (first) refused.initialize = undefined;
    if (!first && connection.answeredAt !== undefined) return;
    const now = this.options.clock.now();
    if (first) connection.initialize = 'answered';
    // An endpoint whose `initialize` was rejected cannot use the connection, so it counts as not answered.
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

  reportInvalidMessage(from: 'server' | 'endpoint', why: WhyInvalid, frame: Frame): void {
    this.options.onStatus({
      type: 'invalid-message',
      from,
      why,
      excerpt: frame.toString('utf8', 0, 400),
      bytes: frame.length,
    });
  }

  /** Counts a reply that was dropped, because the connection or server that it would go to sent no such request. */
  reportStaleReply(why: WhyStale = 'cut'): void {
    this.#staleReplies += 1;
    this.options.onStatus({ type: 'stale-reply', total: this.#staleReplies, why });
  }
}

/** The requests in a message: the message itself, the requests of a batch, or none. */
export function requestsIn(envelope: Envelope): Envelope[] {
  if (envelope.kind === 'request') return [envelope];
  return (envelope.items ?? []).filter((item) => item.kind === 'request');
}
