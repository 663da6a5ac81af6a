import { ErrorCode } from '../protocol/jsonrpc.js';
import type { LeaseHolder, OnStatus } from '../protocol/status.js';
import type { HubClient } from '../servers/hub-client.js';
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
  #client: HubClient | undefined;
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
    if (this.#client) void this.#yield(this.#client);
  }

  /** The connection is open, and `client` serves it. */
  opened(client: HubClient): void {
    this.#client = client;
    if (this.#isWanted) void this.#yield(client);
  }

  /** The connection has ended. */
  ended(): void {
    this.#ended.abort();
  }

  async #yield(client: HubClient): Promise<void> {
    const { clock, drainTimeoutMs, onStatus, signal } = this.#options;
    const enough = new AbortController();
    const cancelTimer = clock.after(drainTimeoutMs, () => enough.abort());
    await withAnySignal([this.#ended.signal, signal, enough.signal], (first) => client.whenIdle(first));
    cancelTimer();
    if (this.#ended.signal.aborted || signal.aborted) return;
    this.isDone = true;
    const newHolder = this.#newHolder;
    onStatus({ type: 'lease-yielded', pending: client.unfinished, ...(newHolder ? { newHolder } : {}) });
    const who = newHolder ? 'Another mcp-pipe' : 'A link of higher priority';
    const text = `${who} took the connection over before this call was answered. The call was not repeated, because it may have had effects.`;
    await client.rejectAndClose(
      { code: ErrorCode.turnOver, text },
      `${who[0]!.toLowerCase()}${who.slice(1)} takes over`,
    );
  }
}
