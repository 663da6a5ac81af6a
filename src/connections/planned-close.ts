import { ErrorCode } from '../protocol/jsonrpc.js';
import type { LeaseHolder, LeaseLoss } from '../protocol/lease-words.js';
import type { WhyRenewed } from '../protocol/renewal.js';
import type { OnStatus } from '../protocol/status.js';
import type { HubClient } from '../servers/hub-client.js';
import type { ErrorReply } from '../servers/refusals.js';
import type { Clock } from '../time/clock.js';
import { withAnySignal } from '../time/with-any-signal.js';
import { CALLS_GIVEN_UP_MS } from './watch-inactivity.js';

export interface PlannedCloseOptions {
  clock: Pick<Clock, 'after'>;
  onStatus: OnStatus;
  drainTimeoutMs: number;
  /** Aborts when the link stops, which closes the connection by itself. */
  signal: AbortSignal;
}

/** A link of higher rank waits for the lease, or the other process `newHolder` has it already. */
interface Yield {
  newHolder?: LeaseHolder;
}

/** Why a connection is renewed. */
export interface Renewal {
  why: WhyRenewed;
  /** Whether the connection is still to be renewed when no call is pending any more. Default: it is. */
  isWanted?: () => boolean;
}

/**
 * Closes one connection that works, between two calls, or when its calls take too long: it is yielded, so that a link of higher
 * rank or another process gets the lease, or renewed, which means that the link dials again at once. One whose lease is lost is
 * closed without waiting for calls, and a dial is given up.
 */
// D137
export class PlannedClose {
  readonly #options: PlannedCloseOptions;
  #isEnded = false;
  /** Ends the wait for calls when the connection has ended. */
  #onEnded: AbortController | undefined;
  #yield: Yield | undefined;
  #renewal: Renewal | undefined;
  #client: HubClient | undefined;
  /** How long calls are waited for, in ms, and what ends that wait; undefined while the connection is not being closed. */
  #patienceMs = Number.POSITIVE_INFINITY;
  #enough: AbortController | undefined;
  #cancelTimer = () => {};
  readonly #cut = new AbortController();
  /** Ends the close at once; undefined while the lease is not lost. */
  #force: AbortController | undefined;
  /** Why the connection was closed; undefined when it ended otherwise. */
  done: 'yielded' | 'renewed' | 'lost' | undefined;

  constructor(options: PlannedCloseOptions) {
    this.#options = options;
  }

  /** Begins to yield the connection; one that was about to be renewed is yielded instead. */
  yield(newHolder?: LeaseHolder): void {
    this.#yield ??= newHolder ? { newHolder } : {};
    this.#begin(this.#options.drainTimeoutMs);
  }

  /**
   * Begins to renew the connection, unless it is being closed. Calls are waited for for up to `drainTimeoutMs` when a person
   * has asked, otherwise until their callers have given up. `isWanted` is asked right before the connection is closed.
   */
  renew({ why, isWanted }: Renewal): void {
    const isAsked = why === 'asked';
    if (isAsked) this.#renewal = { why };
    else this.#renewal ??= { why, ...(isWanted ? { isWanted } : {}) };
    this.#begin(isAsked ? this.#options.drainTimeoutMs : CALLS_GIVEN_UP_MS);
  }

  /** Aborts when the lease is lost so that the socket has to go before anything else. */
  get cut(): AbortSignal {
    return this.#cut.signal;
  }

  /** The lease is lost (`LeaseLoss`). */
  // D294
  lost(loss: LeaseLoss): void {
    if (loss.why === 'file-gone') return this.yield(loss.newHolder);
    if (this.#cut.signal.aborted) return;
    const client = this.#client;
    this.done = 'lost';
    this.#cancelTimer();
    this.#options.onStatus({ type: 'lease-lost', pending: client?.unfinished ?? 0, ...loss });
    this.#cut.abort();
    const force = new AbortController();
    this.#force = force;
    const graceMs = loss.why === 'not-renewed' ? Math.min(LONGEST_GRACE_MS, loss.spareMs / 2) : 0;
    if (graceMs > 0) this.#cancelTimer = this.#options.clock.after(graceMs, () => force.abort());
    else force.abort();
    if (client) void client.rejectAndClose(LOST, LOST_REASON, force.signal);
  }

  /** The connection is open, and `client` serves it. */
  opened(client: HubClient): void {
    this.#client = client;
    if (this.#yield || this.#renewal) this.#begin(this.#patienceMs);
  }

  /** The connection has ended. */
  ended(): void {
    this.#isEnded = true;
    this.#onEnded?.abort();
    this.#cancelTimer();
  }

  #begin(patienceMs: number): void {
    const isShorter = patienceMs < this.#patienceMs;
    if (isShorter) this.#patienceMs = patienceMs;
    const client = this.#client;
    if (!client || (this.#enough && !isShorter)) return;
    const isFirst = !this.#enough;
    const enough = this.#enough ?? new AbortController();
    this.#enough = enough;
    this.#cancelTimer();
    this.#cancelTimer = this.#options.clock.after(this.#patienceMs, () => enough.abort());
    if (isFirst) void this.#close(client, enough.signal);
  }

  async #close(client: HubClient, enough: AbortSignal): Promise<void> {
    const { signal } = this.#options;
    const onEnded = new AbortController();
    this.#onEnded = onEnded;
    if (this.#isEnded) onEnded.abort();
    await withAnySignal([onEnded.signal, signal, enough], (first) => client.whenIdle(first));
    this.#cancelTimer();
    if (this.#isEnded || signal.aborted || this.#cut.signal.aborted) return;
    if (!this.#yield && this.#renewal?.isWanted?.() === false) {
      this.#renewal = undefined;
      this.#patienceMs = Number.POSITIVE_INFINITY;
      this.#enough = undefined;
      return;
    }
    const { refusal, reason } = this.#report(client.unfinished);
    await client.rejectAndClose(refusal, reason, this.#force?.signal);
  }

  /** Reports why the connection is closed; `pending` calls get `refusal`, and the endpoint `reason`. */
  #report(pending: number): { refusal: ErrorReply; reason: string } {
    const { onStatus } = this.#options;
    if (!this.#yield) {
      const { why } = this.#renewal!;
      this.done = 'renewed';
      onStatus({ type: 'connection-renewed', why, from: 'open', pending });
      const text = `mcp-pipe had to make the connection anew before this call was answered. ${NOT_REPEATED}`;
      return { refusal: { code: ErrorCode.connectionRenewed, text }, reason: RENEWAL_REASONS[why] };
    }
    this.done = 'yielded';
    const { newHolder } = this.#yield;
    onStatus({ type: 'lease-yielded', pending, ...(newHolder ? { newHolder } : {}) });
    const who = newHolder ? 'Another mcp-pipe' : 'A link of higher priority';
    const text = `${who} took the connection over before this call was answered. ${NOT_REPEATED}`;
    return {
      refusal: { code: ErrorCode.turnOver, text },
      reason: `${who[0]!.toLowerCase()}${who.slice(1)} takes over`,
    };
  }
}

const NOT_REPEATED = 'The call was not repeated, because it may have had effects.';

/** How long the endpoint may take to read the errors of its calls and to answer the close frame, in ms. */
const LONGEST_GRACE_MS = 1_000;

const LOST = {
  code: ErrorCode.turnOver,
  text: `mcp-pipe has lost its lease of this connection, because it could not renew it in time, before this call was answered. ${NOT_REPEATED}`,
};
const LOST_REASON = 'mcp-pipe has lost its lease';

/** Reasons of the close frame. */
const RENEWAL_REASONS: Record<WhyRenewed, string> = {
  asked: 'mcp-pipe connects again, as it was asked to',
  'list-change-unread': 'mcp-pipe connects again, because its lists have changed',
};
