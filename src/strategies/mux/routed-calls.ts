import { randomBytes } from 'node:crypto';
import { CallTable, type PendingCall } from '../../protocol/calls/call-table.js';
import type { Envelope, RawId } from '../../protocol/envelope.js';
import type { Frame } from '../../protocol/frame.js';
import { progressTokenAsked } from '../../protocol/mcp.js';
import type { Clock } from '../../time/clock.js';
import type { RouterPart } from './router-context.js';
import type { ServerChannel } from './server-channel.js';

/** The router asks for its own sake. */
type Asker = 'endpoint' | 'router';

/** A request that a server is working on. */
export interface RoutedCall extends PendingCall<Asker> {
  readonly peer: ServerChannel;
  /** Of the tool or prompt, for people. */
  name: string | undefined;
  /** The request belongs to MCP 2026-07-28. */
  isModern: boolean;
  /** Sees the reply; the result goes to the endpoint, undefined keeps it back. */
  onReply: ((reply: Frame, envelope: Envelope) => Frame | undefined) | undefined;
  /** Of a call of the router: no reply will come. */
  onGone: (() => void) | undefined;
}

/** A call that is about to be entered. */
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
    isModern: false,
    onReply: undefined,
    onGone: undefined,
  };
}

/** Progress of tasks is reported after the call that made them has ended (MCP 2025-11-25 "Tasks"); so many are remembered. */
const MAX_TASK_TOKENS = 1_024;

export interface RoutedCallsOptions {
  clock: Clock;
  callTimeoutMs: number;
  onTimeout: (call: RoutedCall) => void;
}

/** Tells our ids from everybody else's, another mcp-pipe's among them. */
const MARK = `mcp-pipe-mux-${randomBytes(6).toString('hex')}-`;

/** Every request that is on its way to a server. A reply is taken once, and only from the server that was asked. */
export class RoutedCalls extends CallTable<Asker, RoutedCall> implements RouterPart {
  readonly #taskTokens = new Map<string, ServerChannel>();

  constructor({ clock, callTimeoutMs, onTimeout }: RoutedCallsOptions) {
    super({
      ids: 'keep',
      newId: (_, count) => `"${MARK}${count}"`,
      cancelled: 'forgotten',
      timeout: { ms: callTimeoutMs, clock, onTimeout },
    });
  }

  /** An id, as JSON text, that no other request has. */
  ownId(): string {
    return this.newId('');
  }

  /** Enters a request; the result is the frame to send, the same one unless its id is taken. */
  enter(frame: Frame, envelope: Envelope, call: RoutedCall): Frame {
    call.progressToken = progressTokenAsked(frame, envelope);
    return this.enterCall(frame, envelope, call);
  }

  /** The call that a reply of `channel` ends; undefined when it was asked nothing under that id. */
  takeFrom(channel: ServerChannel, raw: RawId): RoutedCall | undefined {
    const call = this.takeId(raw, channel);
    return call === 'fenced' ? undefined : call;
  }

  /** Forgets the endpoint's call with that id (JSON text): a cancelled call need not be answered (MCP "Cancellation"). */
  cancel(requestId: string): RoutedCall | undefined {
    return this.cancelCall(requestId, 'endpoint');
  }

  /** Whether one of the server's calls asked for progress under that token (JSON text). */
  expectsProgress(channel: ServerChannel, token: string): boolean {
    if (this.#taskTokens.get(token) === channel) return true;
    return this.has(({ peer, progressToken }) => peer === channel && progressToken === token);
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
    return this.has(({ peer }) => peer === channel);
  }

  /** No server will answer any of them. */
  close(): void {
    for (const call of this.clear()) call.onGone?.();
  }
}
