import type { LeaseHolder, LeaseWaiting } from '../protocol/status.js';

/** The right to hold one of the endpoint's connections. */
export interface GrantedLease {
  /** Gives it back; once is enough. */
  release(): void;
}

/** What a link says when it asks for its lease. */
export interface AcquireOptions {
  /** Ends the waiting. */
  signal: AbortSignal;
  /** Another link or process has the connection; called again when that changes. */
  onWaiting: (waiting: LeaseWaiting) => void;
  /** The lease should be given back soon: a link of higher rank waits for it, or another process, `taker`, has it. */
  onWanted: (taker?: LeaseHolder) => void;
}

/** Resolves when the link may dial, with undefined when the signal aborts before. Never rejects. */
export type Acquire = (wish: AcquireOptions) => Promise<GrantedLease | undefined>;

/**
 * A link's lease. It is taken before the first dial and kept from one connection to the next: a link that lost its
 * place at every hiccup of the network would hand the endpoint another set of tools each time. It is given back when a link
 * of higher rank wants it, at once unless a connection is open.
 */
export class HeldLease {
  readonly #acquire: Acquire;
  #held: GrantedLease | undefined;
  #isWanted = false;
  #whenWanted: ((taker?: LeaseHolder) => void) | undefined;

  constructor(acquire: Acquire) {
    this.#acquire = acquire;
  }

  get isTaken(): boolean {
    return this.#held !== undefined;
  }

  /** Resolves when the link has it, or the signal aborts; true when it had to be waited for. */
  async take(signal: AbortSignal, onWaiting: (waiting: LeaseWaiting) => void): Promise<boolean> {
    let waited = false;
    this.#isWanted = false;
    const held = await this.#acquire({
      signal,
      onWaiting: (waiting) => {
        waited = true;
        onWaiting(waiting);
      },
      onWanted: (taker) => {
        this.#isWanted = true;
        if (this.#whenWanted) this.#whenWanted(taker);
        else this.release();
      },
    });
    this.#held = held;
    // It was wanted before it arrived here.
    if (this.#isWanted) this.release();
    return waited;
  }

  /** A lease that is wanted while `act` runs is given back when that has ended; `onWanted` hears of it at once. */
  async during<T>(act: () => Promise<T>, onWanted: (taker?: LeaseHolder) => void): Promise<T> {
    this.#whenWanted = onWanted;
    try {
      return await act();
    } finally {
      this.#whenWanted = undefined;
      if (this.#isWanted) this.release();
    }
  }

  /** Gives it back, when it is taken. No connection may be open. */
  release(): void {
    this.#held?.release();
    this.#held = undefined;
  }
}
