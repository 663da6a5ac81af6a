import type { Lease, LeaseRequest } from '../leases/lease.js';
import type { LeaseHolder, LeaseWaiting } from '../protocol/status.js';

/** Resolves with a lease when the link may dial; with undefined when the signal aborts first. Never rejects. */
export type Acquire = (
  wish: Pick<LeaseRequest, 'signal' | 'onWaiting' | 'onWanted'>,
) => Promise<Lease | undefined>;

/**
 * A link's lease. It is taken before the first dial and kept from one connection to the next: if each short network failure
 * cost the lease, the endpoint would get another link's tools each time. It is released when a link of higher rank wants
 * it, at once unless a connection is open.
 */
export class HeldLease {
  readonly #acquire: Acquire;
  #held: Lease | undefined;
  #isWanted = false;
  #whenWanted: ((newHolder?: LeaseHolder) => void) | undefined;

  constructor(acquire: Acquire) {
    this.#acquire = acquire;
  }

  get isTaken(): boolean {
    return this.#held !== undefined;
  }

  /** Resolves when the link has the lease, or `signal` aborts. Returns true when the link had to wait. */
  async take(signal: AbortSignal, onWaiting: (waiting: LeaseWaiting) => void): Promise<boolean> {
    let waited = false;
    this.#isWanted = false;
    const held = await this.#acquire({
      signal,
      onWaiting: (waiting) => {
        waited = true;
        onWaiting(waiting);
      },
      onWanted: (newHolder) => {
        this.#isWanted = true;
        if (this.#whenWanted) this.#whenWanted(newHolder);
        else this.release();
      },
    });
    this.#held = held;
    // `onWanted` was called before `acquire` had resolved.
    if (this.#isWanted) this.release();
    return waited;
  }

  /** Runs `act`. A lease that is wanted meanwhile is released when `act` has ended; `onWanted` is called at once. */
  async during<T>(act: () => Promise<T>, onWanted: (newHolder?: LeaseHolder) => void): Promise<T> {
    this.#whenWanted = onWanted;
    try {
      return await act();
    } finally {
      this.#whenWanted = undefined;
      if (this.#isWanted) this.release();
    }
  }

  /** Releases the lease, if the link has it. No connection may be open. */
  release(): void {
    this.#held?.release();
    this.#held = undefined;
  }
}
