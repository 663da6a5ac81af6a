import type { Lease, LeaseRequest } from '../leases/lease.js';
import type { LeaseLoss, LeaseWaiting } from '../protocol/lease-words.js';

/** Resolves with a lease when the link may dial; with undefined when the signal aborts first. Never rejects. */
export type Acquire = (
  wish: Pick<LeaseRequest, 'signal' | 'onWaiting' | 'onWanted'>,
) => Promise<Lease | undefined>;

/** What a link does with its connection when the lease has to go. */
export interface LeaseEnds {
  /** A link of higher rank waits for the lease. */
  onWanted: () => void;
  /** The lease is lost already. */
  onLost: (loss: LeaseLoss) => void;
}

/**
 * A link's lease. It is taken before the first dial and kept from one connection to the next: if each short network failure
 * cost the lease, the endpoint would get another link's tools each time. It is released when a link of higher rank wants
 * it, or when it is lost, at once unless a connection is open.
 */
export class HeldLease {
  readonly #acquire: Acquire;
  #held: Lease | undefined;
  #isWanted = false;
  #ends: LeaseEnds | undefined;

  constructor(acquire: Acquire) {
    this.#acquire = acquire;
  }

  /** Whether the link may dial, and use its connection, now. */
  get isTaken(): boolean {
    return this.#held?.isHeld() === true;
  }

  /** Resolves when the link has the lease, or `signal` aborts. Returns true when the link had to wait. */
  async take(signal: AbortSignal, onWaiting: (waiting: LeaseWaiting) => void): Promise<boolean> {
    let waited = false;
    await this.release();
    this.#isWanted = false;
    const held = await this.#acquire({
      signal,
      onWaiting: (waiting) => {
        waited = true;
        onWaiting(waiting);
      },
      onWanted: () => {
        this.#isWanted = true;
        if (this.#ends) this.#ends.onWanted();
        else void this.release();
      },
    });
    this.#held = held;
    const onLost = () => {
      if (this.#held !== held) return;
      if (this.#ends) this.#ends.onLost(held!.lost.reason as LeaseLoss);
      else void this.release();
    };
    if (held?.lost.aborted) onLost();
    else held?.lost.addEventListener('abort', onLost, { once: true });
    // `onWanted` was called before `acquire` had resolved.
    if (this.#isWanted) await this.release();
    return waited;
  }

  /**
   * Runs `act`, to which `ends` tells at once that the lease is wanted or lost. Such a lease is released when `act` has ended.
   */
  async during<T>(act: () => Promise<T>, ends: LeaseEnds): Promise<T> {
    this.#ends = ends;
    try {
      return await act();
    } finally {
      this.#ends = undefined;
      if (this.#isWanted || !this.isTaken) await this.release();
    }
  }

  /** Releases the lease, if the link has it. No connection may be open. Resolves when others can take it. */
  async release(): Promise<void> {
    const held = this.#held;
    this.#held = undefined;
    await held?.release();
  }
}
