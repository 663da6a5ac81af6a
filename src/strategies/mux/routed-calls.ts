import { randomBytes } from 'node:crypto';
import { type Envelope, type IdKey, idKey, type RawId, withId } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import { Method, progressTokenAsked } from '../../protocol/mcp.js';
import type { Clock } from '../../time/clock.js';
import type { RouterPart } from './router-context.js';
import type { ServerChannel } from './server-channel.js';

/** A request that a server is working on. */
export interface RoutedCall {
  channel: ServerChannel;
  /** The id as the asker spelled it. */
  rawId: RawId;
  /** The server knows the call under this id instead; JSON text. */
  alias: string | undefined;
  method: string;
  /** Of the tool or prompt, for people. */
  name: string | undefined;
  /** The request belongs to MCP 2026-07-28. */
  isModern: boolean;
  /** JSON text of the progress token the asker chose. */
  progressToken: string | undefined;
  /** Clock time in milliseconds after which nobody waits any longer. */
  deadline: number;
  /** Sees the reply; the result goes to the endpoint, undefined keeps it back. */
  onReply: ((reply: Frame, envelope: Envelope) => Frame | undefined) | undefined;
  /** Of a call of ours: no reply will come. */
  onGone: (() => void) | undefined;
}

/** A call that is about to be entered. */
export function newCall(channel: ServerChannel, rawId: RawId, method: string): RoutedCall {
  return {
    channel,
    rawId,
    alias: undefined,
    method,
    name: undefined,
    isModern: false,
    progressToken: undefined,
    deadline: 0,
    onReply: undefined,
    onGone: undefined,
  };
}

/** Calls altogether; an endpoint that asks for so many at a time has lost count. */
const MAX_CALLS = 16_384;
/** Ids of calls that nobody waits for and that may yet be answered; so many are remembered. */
const MAX_ABANDONED = 4_096;
/** Progress of tasks is reported after the call that made them has ended (MCP 2025-11-25 "Tasks"); so many are remembered. */
const MAX_TASK_TOKENS = 1_024;

export interface RoutedCallsOptions {
  clock: Clock;
  callTimeoutMs: number;
  onTimeout: (call: RoutedCall) => void;
}

/** Tells our ids from everybody else's, another mcp-pipe's among them. */
const MARK = `mcp-pipe-mux-${randomBytes(6).toString('hex')}-`;

/** Every request that is on its way to a server, whoever asked. A reply is taken once, and only from the server that was asked. */
export class RoutedCalls implements RouterPart {
  readonly #options: RoutedCallsOptions;
  /** By the key under which the server answers, oldest first. */
  readonly #calls = new Map<IdKey, RoutedCall>();
  /** A late reply must not end a later call with the same id. */
  readonly #abandoned = new Map<IdKey, ServerChannel>();
  readonly #taskTokens = new Map<string, ServerChannel>();
  #ids = 0;
  #aliased = 0;
  #cancelTimer: (() => void) | undefined;

  constructor(options: RoutedCallsOptions) {
    this.#options = options;
  }

  /** An id, as JSON text, that nobody else uses. */
  ownId(): string {
    this.#ids += 1;
    return `"${MARK}${this.#ids}"`;
  }

  /** So many run that one more is refused. */
  get isFull(): boolean {
    return this.#calls.size >= MAX_CALLS;
  }

  /** Enters a request; the result is the frame to send, the same one unless its id is taken. */
  enter(frame: Frame, envelope: Envelope, call: RoutedCall): Frame {
    const { clock, callTimeoutMs } = this.#options;
    const key = idKey(call.rawId);
    if (this.#calls.has(key) || this.#abandoned.has(key)) {
      call.alias = this.ownId();
      this.#aliased += 1;
    }
    call.progressToken = progressTokenAsked(frame, envelope);
    // How long a server may take to start is not for us to say, and `initialize` is never cancelled (MCP "Cancellation").
    const isBounded = call.method !== Method.initialize;
    call.deadline = isBounded ? clock.now() + callTimeoutMs : Number.POSITIVE_INFINITY;
    this.#calls.set(call.alias ?? key, call);
    call.channel.calls += 1;
    this.#cancelTimer ??= clock.after(callTimeoutMs, () => this.#expire());
    return call.alias ? withId(frame, envelope, call.alias) : frame;
  }

  /** The call that a reply of `channel` ends; undefined when it was asked nothing under that id. */
  take(channel: ServerChannel, raw: RawId): RoutedCall | undefined {
    const key = idKey(raw);
    const call = this.#calls.get(key);
    if (call?.channel === channel) {
      this.#remove(key, call);
      return call;
    }
    if (this.#abandoned.get(key) === channel) this.#abandoned.delete(key);
    return undefined;
  }

  /** Forgets the asker's call with that id (JSON text): a cancelled call need not be answered (MCP "Cancellation"). */
  cancel(requestId: string): RoutedCall | undefined {
    const wanted = idKey(requestId);
    const direct = this.#calls.get(wanted);
    if (direct && !direct.alias && !direct.onGone) {
      this.#abandon(wanted, direct);
      return direct;
    }
    if (this.#aliased === 0) return undefined;
    for (const [key, call] of this.#calls) {
      if (!call.alias || call.onGone || idKey(call.rawId) !== wanted) continue;
      this.#abandon(key, call);
      return call;
    }
    return undefined;
  }

  /** Whether one of the server's calls asked for progress under that token (JSON text). */
  expectsProgress(channel: ServerChannel, token: string): boolean {
    if (this.#taskTokens.get(token) === channel) return true;
    for (const call of this.#calls.values())
      if (call.channel === channel && call.progressToken === token) return true;
    return false;
  }

  /** The call has made a task: its progress goes on. */
  lives(channel: ServerChannel, progressToken: string | undefined): void {
    if (progressToken === undefined) return;
    this.#taskTokens.set(progressToken, channel);
    if (this.#taskTokens.size > MAX_TASK_TOKENS)
      this.#taskTokens.delete(this.#taskTokens.keys().next().value!);
  }

  /** Whether the server works on a call. */
  isBusy(channel: ServerChannel): boolean {
    return channel.calls > 0;
  }

  /** Nobody will answer any of them. */
  close(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    for (const [key, call] of [...this.#calls]) {
      this.#remove(key, call);
      call.onGone?.();
    }
  }

  #remove(key: IdKey, call: RoutedCall): void {
    this.#calls.delete(key);
    call.channel.calls -= 1;
    if (call.alias) this.#aliased -= 1;
  }

  #abandon(key: IdKey, call: RoutedCall): void {
    this.#remove(key, call);
    this.#abandoned.set(key, call.channel);
    if (this.#abandoned.size > MAX_ABANDONED) this.#abandoned.delete(this.#abandoned.keys().next().value!);
  }

  /** All calls that are bounded may take equally long, so the oldest comes first. */
  #expire(): void {
    const { clock, onTimeout } = this.#options;
    this.#cancelTimer = undefined;
    for (const [key, call] of this.#calls) {
      if (call.deadline === Number.POSITIVE_INFINITY) continue;
      // Timers may fire a fraction early.
      const leftMs = call.deadline - clock.now();
      if (leftMs > 1) {
        this.#cancelTimer = clock.after(leftMs, () => this.#expire());
        return;
      }
      this.#abandon(key, call);
      onTimeout(call);
    }
  }
}
