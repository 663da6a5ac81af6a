import { randomBytes } from 'node:crypto';
import { CallTable } from '../../protocol/calls/call-table.js';
import type { PendingCall } from '../../protocol/calls/pending-call.js';
import type { Envelope, RawId } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import { progressTokenAsked } from '../../protocol/mcp.js';
import type { Clock } from '../../time/clock.js';
import type { RouterPart } from './router-context.js';
import type { ServerChannel } from './server-channel.js';

/** `router`: a request of the router's own. */
type Asker = 'endpoint' | 'router';

/** A request that a server is working on. */
export interface RoutedCall extends PendingCall<Asker> {
  readonly peer: ServerChannel;
  /** Name of the tool or prompt, for people. */
  name: string | undefined;
  /** The same, as its server calls it. */
  key: string | undefined;
  /** The request belongs to MCP 2026-07-28. */
  isModern: boolean;
  /** Called with the reply. The endpoint gets the returned frame, or nothing for undefined. */
  onReply: ((reply: Frame, envelope: Envelope) => Frame | undefined) | undefined;
  /** For a call of the router: called when no reply will come. */
  onGone: (() => void) | undefined;
}

/** Creates a call, to be entered. */
export function newCall(asker: Asker, peer: ServerChannel, rawId: RawId, method: string): RoutedCall {
  return {
    asker,
    rawId,
    method,
    progressToken: undefined,
    alias: undefined,
    cancelled: false,
    peer,
    deadline: undefined,
    name: undefined,
    key: undefined,
    isModern: false,
    onReply: undefined,
    onGone: undefined,
  };
}

/**
 * Most progress tokens of tasks that are kept: a task reports progress after its call has ended (MCP 2025-11-25 "Tasks").
 */
const MAX_TASK_TOKENS = 1_024;

export interface RoutedCallsOptions {
  clock: Clock;
  callTimeoutMs: number;
  onTimeout: (call: RoutedCall) => void;
  /** Called with a call of the endpoint whose server is no longer one of the router's. */
  onLeft: (call: RoutedCall) => void;
}

/** Begins our ids, so that they differ from all others, those of another mcp-pipe included. */
const MARK = `mcp-pipe-mux-${randomBytes(6).toString('hex')}-`;

/** Pending requests to all servers. A reply is taken once, and only from the server that the request was sent to. */
export class RoutedCalls extends CallTable<Asker, RoutedCall> implements RouterPart {
  readonly #taskTokens = new Map<string, ServerChannel>();
  readonly #onLeft: (call: RoutedCall) => void;
  readonly #clock: Clock;
  #batchAt: number | undefined;

  constructor({ clock, callTimeoutMs, onTimeout, onLeft }: RoutedCallsOptions) {
    const now = () => this.#batchAt ?? clock.now();
    super({
      ids: 'keep',
      newId: (_, count) => `"${MARK}${count}"`,
      cancelled: 'forgotten',
      timeout: { ms: callTimeoutMs, clock: { now, after: (ms, fn) => clock.after(ms, fn) }, onTimeout },
    });
    this.#onLeft = onLeft;
    this.#clock = clock;
  }

  /** Until `endBatch`, the clock is not read for each call. */
  beginBatch(): void {
    this.#batchAt = this.#clock.now();
  }

  endBatch(): void {
    this.#batchAt = undefined;
  }

  /** A new id, JSON text, that no other request has. */
  ownId(): string {
    return String(this.newId(''));
  }

  /** Enters a request. Returns the frame to send, the same one unless its id is taken. */
  enter(frame: Frame, envelope: Envelope, call: RoutedCall): Frame {
    call.progressToken = progressTokenAsked(frame, envelope);
    const sent = this.enterCall(frame, envelope, call);
    // It is not ended twice.
    if (call.peer.member.limitsTime(call.method, call.key)) call.deadline = undefined;
    return sent;
  }

  /** The call that a reply of `channel` ends; undefined when the server was sent no request with this id. */
  takeFrom(channel: ServerChannel, raw: RawId): RoutedCall | undefined {
    const call = this.takeId(raw, channel);
    return call === 'stale' ? undefined : call;
  }

  /**
   * Removes and returns the endpoint's call with this id (JSON text): a cancelled call need not be answered (MCP
   * "Cancellation").
   */
  cancel(requestId: string): RoutedCall | undefined {
    return this.cancelCall(requestId, 'endpoint');
  }

  /** Whether a call to the server asks for progress with this token (JSON text). */
  expectsProgress(channel: ServerChannel, token: string): boolean {
    if (this.#taskTokens.get(token) === channel) return true;
    return this.has(({ peer, progressToken }) => peer === channel && progressToken === token);
  }

  /** Call it when a call was answered with a task: progress with its token is still sent on. */
  keepTaskToken(channel: ServerChannel, progressToken: string | undefined): void {
    if (progressToken === undefined) return;
    this.#taskTokens.set(progressToken, channel);
    if (this.#taskTokens.size > MAX_TASK_TOKENS)
      this.#taskTokens.delete(this.#taskTokens.keys().next().value!);
  }

  /** Whether the server works on a call. */
  isBusy(channel: ServerChannel): boolean {
    return this.has(({ peer }) => peer === channel);
  }

  /** Removes the server's calls, which it will not answer. */
  serverLeft(channel: ServerChannel): void {
    for (const call of [...this.values()]) {
      if (call.peer !== channel || !this.giveUp(call)) continue;
      if (call.asker === 'router') call.onGone?.();
      else this.#onLeft(call);
    }
    for (const [token, other] of this.#taskTokens) if (other === channel) this.#taskTokens.delete(token);
  }

  /** Removes all calls; no server will answer them. */
  close(): void {
    for (const call of this.clear()) call.onGone?.();
  }
}
