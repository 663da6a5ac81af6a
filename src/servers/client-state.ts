import {
  type Envelope,
  keptEnvelope,
  type Message,
  type RawId,
  rawId,
  readEnvelope,
} from '../protocol/envelope.js';
import type { Frame } from '../protocol/frame.js';
import { ErrorCode, encodeError } from '../protocol/jsonrpc.js';
import { initializeParams, labelOf, Method } from '../protocol/mcp.js';
import type { OnStatus } from '../protocol/status.js';
import type { Clock } from '../time/clock.js';
import { FRAME_OVERHEAD_BYTES } from '../transports/batch-queue.js';
import type { Guard } from '../transports/guard.js';
import type { ConnectionOf } from './connection.js';
import { endedText } from './diagnose-server.js';
import { HeldMessages } from './held-messages.js';
import type { ErrorReply } from './refusals.js';
import { requestsIn } from './requests-in.js';
import { isCounted, newTally } from './tally.js';
import type { AnsweredCall, Traffic } from './traffic.js';

export type OnFrame = (to: 'server' | 'endpoint', frame: Frame) => void;

/** Options of the link that is the client. */
export interface ClientOptions {
  holdTimeoutMs: number;
  maxHeldBytes: number;
  /** The longest message that both transports take, in bytes; for the texts of error replies. */
  maxFrameBytes: number;
  /** Receives what happens to this client and its connections. What happens to the server, the hub reports. */
  onStatus: OnStatus;
  /** The client is a router, which accepts only replies to requests that it has sent. */
  isMember?: boolean;
  /** The client has connected to mcp-pipe, and may have sent `initialize` before the server was started. */
  isAccepted?: boolean;
  /** Called with every frame that is sent; for the trace level only. */
  onFrame?: OnFrame | undefined;
  /** Called with a request that was held until the server could take it, before it is sent. */
  onReleased?: ((id: RawId) => void) | undefined;
  /** Notes every message between the link and its endpoint. */
  traffic?: Traffic | undefined;
  /** The agent that the client belongs to. */
  agent?: string | undefined;
  /** Stands between the client's connections and the hub. */
  guard?: Guard | undefined;
}

/** What a client needs of its hub. */
export interface HubOfClient {
  readonly options: {
    readonly name: string;
    readonly clock: Clock;
    readonly isRouter?: boolean;
    readonly isRemote?: boolean;
  };
  /** Why the server is down, and how many milliseconds its next start was away when it went down. */
  readonly down: { why: string; nextStartMs: number } | undefined;
  /** Why the server, which does not run, cannot take requests; for the texts of error replies. */
  readonly whyUnavailable: string;
  /** Clock time in milliseconds; within a batch, the time at which it came. */
  readonly now: number;
  /** Clients to which frames are to be sent. */
  readonly written: ClientState[];
  flush(): unknown;
}

export type Connection = ConnectionOf<ClientState>;

/**
 * How many `initialize` requests of one connection may wait for the server's answer. A relaying endpoint passes on one for
 * each of its callers; no such endpoint has had this many.
 */
const MAX_WAITING = 256;
/** A client that has read nothing for this long holds up the server, and so the other clients, no longer. */
const STALLED_AFTER_MS = 1_500;
/** A client that stops reading again and again may hold up the others for one millisecond in this many. */
const HELD_UP_SHARE = 15;

/** What a hub keeps of one client: its connection, its held messages, and the frames to be sent to it. */
export class ClientState {
  readonly options: ClientOptions;
  readonly held: HeldMessages;
  connection: Connection | undefined;
  /** Counts of the client's calls while others used the server as well. */
  readonly tally = newTally();
  /** While set, every new request is answered with this error. */
  refusing: ErrorReply | undefined;
  /** Bytes of our own answers that were not read; counted while the client is slow. See `handle-batch.ts`. */
  unread = 0;
  /** Pending while the client does not read what it was last sent. */
  slow: Promise<void> | undefined;
  /** Set while the client has read nothing for `STALLED_AFTER_MS`, and others use the server; resolves when it reads again. */
  stalled: Promise<void> | undefined;
  /** See `HubState.readEnvelope`, which sets it. */
  readEnvelope: (frame: Frame) => Envelope;
  readonly traffic: Traffic | undefined;
  readonly #hub: HubOfClient;
  /** Frames to send, gathered while a batch is handled; `send` writes them. */
  #frames: Frame[] = [];
  #stalledBytes = 0;
  #patience: Promise<void> | undefined;
  /** How long the client may be waited for, in milliseconds, at `#waitedAt` (clock time). */
  #patienceMs = STALLED_AFTER_MS;
  #waitedAt = Number.NEGATIVE_INFINITY;

  constructor(hub: HubOfClient, options: ClientOptions) {
    this.#hub = hub;
    this.options = options;
    this.traffic = options.traffic;
    this.readEnvelope = hub.options.isRouter || options.isMember ? readEnvelope : keptEnvelope;
    this.held = new HeldMessages({
      clock: hub.options.clock,
      holdTimeoutMs: options.holdTimeoutMs,
      maxBytes: options.maxHeldBytes,
      onRefused: (message, why) => {
        this.refuse(message, why);
        // Called by a timer.
        if (why === 'too-long') hub.flush();
      },
    });
  }

  /** Why the server is down, if its next start is further away than `holdTimeoutMs`: messages do not wait for it. */
  get downForLong(): string | undefined {
    const { down } = this.#hub;
    return down && down.nextStartMs > this.options.holdTimeoutMs ? down.why : undefined;
  }

  /** Adds a frame to those that the next flush of the hub sends. `envelope` is that of the frame, if it was read. */
  push(frame: Frame, envelope?: Envelope): void {
    if (this.traffic && this.connection) this.traffic.sent(frame, envelope, this.#hub.now);
    this.#add(frame);
  }

  /** As `push`, for the answer to `call`; the id in `envelope` is the one that the server knows. */
  pushAnswer(call: AnsweredCall, reply: Frame, envelope: Envelope): void {
    this.traffic?.answered(call, reply, envelope, this.#hub.now);
    this.#add(reply);
  }

  #add(frame: Frame): void {
    if (this.#frames.length === 0) this.#hub.written.push(this);
    this.#frames.push(frame);
  }

  /** Bytes of the frames that are to be sent. */
  get bytesToSend(): number {
    let bytes = 0;
    for (const { length } of this.#frames) bytes += length + FRAME_OVERHEAD_BYTES;
    return bytes;
  }

  /** Sends the gathered frames. A promise means that the client does not read fast enough. */
  send(): Promise<void> | undefined {
    const frames = this.#frames;
    if (this.stalled) this.#stalledBytes += this.bytesToSend;
    this.#frames = [];
    const { onFrame } = this.options;
    if (onFrame) for (const frame of frames) onFrame('endpoint', frame);
    this.slow = this.connection?.transport.send(frames);
    this.traffic?.handed(this.slow, this.#hub.options.clock);
    // See `BatchQueue` for why the array is emptied.
    frames.length = 0;
    return this.slow;
  }

  /**
   * How long the server has to wait for this client, when other clients use it as well: until the client reads, for at most
   * `STALLED_AFTER_MS`, less what it has been waited for lately. Undefined when it need not wait.
   */
  get room(): Promise<void> | undefined {
    const { slow } = this;
    if (!slow || this.stalled) return undefined;
    if (this.#patience) return this.#patience;
    const { clock } = this.#hub.options;
    const since = clock.now();
    const patienceMs = this.#patienceMs + (since - this.#waitedAt) / HELD_UP_SHARE;
    const leftMs = Math.min(STALLED_AFTER_MS, patienceMs);
    if (leftMs < 1) {
      this.#stall(slow);
      return undefined;
    }
    this.#patience = new Promise((resolve) => {
      let isOver = false;
      const over = () => {
        if (isOver) return;
        isOver = true;
        cancel();
        this.#waitedAt = clock.now();
        this.#patienceMs = Math.max(0, leftMs - (this.#waitedAt - since));
        this.#patience = undefined;
        resolve();
      };
      const cancel = clock.after(leftMs, () => {
        this.#stall(slow);
        over();
      });
      void slow.then(over);
    });
    return this.#patience;
  }

  #stall(slow: Promise<void>): void {
    this.#stalledBytes = 0;
    this.stalled = slow.then(() => {
      this.stalled = undefined;
    });
  }

  /** The client does not read, and more than `maxHeldBytes` wait for it: its answers are replaced by short errors. */
  get isOverfull(): boolean {
    return this.stalled !== undefined && this.#stalledBytes > this.options.maxHeldBytes;
  }

  answerWithError(raw: RawId, { code, text }: ErrorReply): void {
    this.push(encodeError(raw, code, text));
  }

  /** Rejects the requests in a message that will not be sent to the server. */
  refuse({ frame, envelope }: Message, why: 'too-long' | 'full' | 'server-down'): void {
    const { maxHeldBytes, onStatus } = this.options;
    const { name, isRemote } = this.#hub.options;
    if (why === 'full')
      onStatus({ type: 'queue-full', queue: 'messages for the server', bound: maxHeldBytes });
    const text = `The MCP server "${name}" ${isRemote ? 'cannot be used now' : 'is not running'}: ${this.downForLong ?? this.#hub.whyUnavailable}. Try again later.`;
    for (const item of requestsIn(envelope)) {
      const raw = rawId(frame, item);
      if (this.refusing) this.answerWithError(raw, this.refusing);
      else this.#refuse(item.method!, encodeError(raw, ErrorCode.serverDown, text, { server: name }));
    }
  }

  /** Answers a request that the server process has not answered, and will not, with -31001 (serverExited). */
  failCall(rawId: RawId, method: string, why: string): void {
    if (isCounted(method)) this.tally.failed += 1;
    const text = endedText(this.#hub.options, why);
    const data = { server: this.#hub.options.name };
    this.#refuse(method, encodeError(rawId, ErrorCode.serverExited, text, data));
  }

  /**
   * Keeps an `initialize` until the server has answered its own; rejects it with -31002 when too many wait already, or when a
   * client that has connected would wait for a server that is started again much later.
   */
  queueInitialize({ waitingInitializes }: Connection, frame: Frame, raw: RawId): void {
    const { name } = this.#hub.options;
    if (this.options.isAccepted && this.downForLong !== undefined) {
      const text = `The MCP server "${name}" is not running: ${this.downForLong}. Try again later.`;
      return this.#refuse(Method.initialize, encodeError(raw, ErrorCode.serverDown, text, { server: name }));
    }
    // The first one is always kept: the next server process gets it.
    const bytes = waitingInitializes.reduce((sum, other) => sum + other.frame.length, frame.length);
    const hasRoom = waitingInitializes.length === 0 || bytes <= this.options.maxHeldBytes;
    if (waitingInitializes.length < MAX_WAITING && hasRoom)
      return void waitingInitializes.push({ frame, rawId: raw });
    const text = `The MCP server "${name}" is still being started, and ${waitingInitializes.length} initialize wait for it already. Try again later.`;
    this.answerWithError(raw, { code: ErrorCode.serverDown, text });
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
    const { name } = this.#hub.options;
    for (const { rawId } of this.connection?.waitingInitializes.splice(0) ?? []) {
      const text = `The MCP server "${name}" did not answer this initialize: ${why}.`;
      this.#refuse(Method.initialize, encodeError(rawId, ErrorCode.serverExited, text, { server: name }));
    }
  }

  /** Sends `reply`, an error, in place of the server's answer. */
  #refuse(method: string, reply: Frame): void {
    this.push(reply);
    if (!this.connection) return;
    if (method === Method.initialize) this.noteReply(this.connection, method, true);
    this.noteErrorReply(this.connection, method, reply);
  }

  /** Records an error reply: it may be why the endpoint closes the connection later. */
  noteErrorReply(connection: Connection, method: string, reply: Frame): void {
    const refused = { method, reply, at: this.#hub.options.clock.now() };
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
    const now = this.#hub.options.clock.now();
    if (first) connection.initialize = 'answered';
    // An endpoint whose `initialize` was rejected cannot use the connection, so it counts as not answered.
    if (first && isError) return;
    connection.answeredAt ??= now;
    if (!first) return;
    const { clientInfo, protocolVersion } = initializeParams(connection.firstInitialize!);
    this.options.onStatus({
      type: 'client-initialized',
      afterMs: Math.round(now - connection.initializeAt),
      client: labelOf(clientInfo),
      protocolVersion,
    });
  }
}
