import { ErrorCode } from '../protocol/jsonrpc.js';
import type { LeaseHolder, OnStatus } from '../protocol/status.js';
import type { Bridge } from '../servers/bridge.js';
import type { Clock } from '../time/clock.js';
import { withAnySignal } from '../time/with-any-signal.js';

export interface LeaseYieldOptions {
  clock: Pick<Clock, 'after'>;
  onStatus: OnStatus;
  drainTimeoutMs: number;
  /** Aborts when the link stops. The link that waits gets the lease then, without a yield. */
  signal: AbortSignal;
}

/**
 * Closes one connection so that a link of higher rank, or another process, gets the lease: between two calls, or after
 * `drainTimeoutMs`.
 */
export class LeaseYield {
  readonly #options: LeaseYieldOptions;
  readonly #ended = new AbortController();
  #isWanted = false;
  #newHolder: LeaseHolder | undefined;
  #bridge: Bridge | undefined;
  /** The connection was closed because of the yield. */
  isDone = false;

  constructor(options: LeaseYieldOptions) {
    this.#options = options;
  }

  /** Begins the yield: a link of higher rank waits for the lease, or the other process `newHolder` has it already. */
  start(newHolder?: LeaseHolder): void {
    if (this.#isWanted) return;
    this.#isWanted = true;
    this.#newHolder = newHolder;
    if (this.#bridge) void this.#yield(this.#bridge);
  }

  /** The connection is open, and `bridge` serves it. */
  opened(bridge: Bridge): void {
    this.#bridge = bridge;
    if (this.#isWanted) void this.#yield(bridge);
  }

  /** The connection has ended. */
  ended(): void {
    this.#ended.abort();
  }

  async #yield(bridge: Bridge): Promise<void> {
    const { clock, drainTimeoutMs, onStatus, signal } = this.#options;
    const enough = new AbortController();
    const cancelTimer = clock.after(drainTimeoutMs, () => enough.abort());
    await withAnySignal([this.#ended.signal, signal, enough.signal], (first) => bridge.whenIdle(first));
    cancelTimer();
    if (this.#ended.signal.aborted || signal.aborted) return;
    this.isDone = true;
    const newHolder = this.#newHolder;
    onStatus({ type: 'lease-yielded', pending: bridge.unfinished, ...(newHolder ? { newHolder } : {}) });
    const who = newHolder ? 'Another mcp-pipe' : 'A link of higher priority';
    const text = `${who} took the connection over before this call was answered. The call was not repeated, because it may have had effects.`;
    await bridge.rejectAndClose(
      { code: ErrorCode.turnOver, text },
      `${who[0]!.toLowerCase()}${who.slice(1)} takes over`,
    );
  }
}
