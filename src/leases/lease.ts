import type { LeaseHolder, LeaseWaiting } from '../protocol/status.js';

/** A token or account group that allows only a number of open connections. */
export interface Claim {
  /** Whether connections of a token are counted, or those of an account group. */
  kind: LeaseWaiting['of'];
  /** Hex digits of a hash that identifies the token or group without revealing it. */
  key: string;
  /** Text for people: the token's fingerprint, or the account group's name. */
  label: string;
  /** How many connections it allows, 1 or more. */
  slots: number;
}

/**
 * The order among links that want the same lease: higher priority first, then lower order. A link of equal rank is not
 * asked to give its lease back.
 */
export interface Rank {
  /** The higher goes first; `priority` of the server, 0 by default. */
  priority: number;
  /** Place in the configuration. */
  order: number;
}

/** A link's request for a lease. `acquire` settles when the lease is granted, or `signal` has aborted. */
export interface LeaseRequest extends Rank {
  /** Name of the link that asks; shown to other links and processes. */
  link: string;
  /** One slot of each claim is needed: of the token, and of the account group when it has a cap. */
  claims: readonly Claim[];
  /** Aborting it ends the wait. */
  signal: AbortSignal;
  /** Called when another link or process has the slots, and again when the holder changes. */
  onWaiting: (waiting: LeaseWaiting) => void;
  /**
   * Called at most once, when the link should give its lease back as soon as it can: a link of higher rank waits for it.
   * With `taker`, another process has the slot by now.
   */
  onWanted: (taker?: LeaseHolder) => void;
}

/** The right to hold one of a token's connections. */
export interface Lease {
  /**
   * Gives the lease back; later calls do nothing. To be called when the socket is closed: the next link dials at once
   * (D6).
   */
  release(): void;
}

/** Decides which link may dial a token now. */
export interface Leases {
  /** Has to be called when requests have another rank than when they were made. */
  ranksChanged?(): void;
  /** Resolves when this link may dial; with undefined when `signal` aborts before. Never rejects. */
  acquire(request: LeaseRequest): Promise<Lease | undefined>;
  /** Other processes that hold a connection of that claim now; empty when that cannot be known. */
  heldElsewhere(claim: Claim): readonly LeaseHolder[];
}

/** Slots that several processes share. */
// D12: Redis is to be one more of these.
export interface SharedSlots {
  /**
   * Takes a free slot of each claim; if one claim has none left, takes none and returns that claim and its holders. Never
   * waits. `onLost` is called at most once, when another process turns out to have one of the slots.
   */
  takeAll(
    claims: readonly Claim[],
    link: string,
    onLost: (taker: LeaseHolder) => void,
  ): { giveBack: () => void } | { refused: Claim; holder: LeaseHolder | undefined };
  /** Other processes that hold a connection of that claim now; empty when that cannot be known. */
  heldElsewhere(claim: Claim): readonly LeaseHolder[];
  /** Calls `wake` whenever a slot may have become free, until the returned function is called. */
  watch(wake: () => void): () => void;
}
