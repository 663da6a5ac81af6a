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
 * asked to release its lease.
 */
export interface Rank {
  /** Higher numbers go first; `priority` of the server, 0 by default. */
  priority: number;
  /** Place in the configuration. */
  order: number;
}

/** A link's request for a lease. `acquire` settles when the lease is granted, or `signal` has aborted. */
export interface LeaseRequest extends Rank {
  /** Name of the link that asks; shown to other links and processes. */
  link: string;
  /** A slot of each claim is needed: of the token, and of the account group when it has a cap. */
  claims: readonly Claim[];
  /** Aborting it ends the wait. */
  signal: AbortSignal;
  /** Called when other links or processes have the slots, and again when the holder changes. */
  onWaiting: (waiting: LeaseWaiting) => void;
  /**
   * Called at most once, when the link should release its lease as soon as it can, because a link of higher rank waits for
   * it. With `newHolder`, another process already has the slot.
   */
  onWanted: (newHolder?: LeaseHolder) => void;
}

/** The right to hold one of a token's connections (D6). */
export interface Lease {
  /** Releases the lease; later calls do nothing. Call it when the socket is closed: the next link dials at once (D6). */
  release(): void;
}

/** Decides which link may dial a token now. `openLeases` returns one for all processes of this machine. */
export interface Leases {
  /** Call it when the rank of a pending request has changed. */
  ranksChanged?(): void;
  /** Resolves with the lease when this link may dial; with undefined when `signal` aborts first. Never rejects. */
  acquire(request: LeaseRequest): Promise<Lease | undefined>;
  /** Other processes that hold a connection of the claim now; empty when that is not known. */
  heldElsewhere(claim: Claim): readonly LeaseHolder[];
}

/** Slots that several processes share. */
// D12: Redis is to be one more of these.
export interface SharedSlots {
  /**
   * Takes a free slot of each claim. If a claim has none left, takes none and returns that claim and its holders. Never
   * waits. `onLost` is called at most once, when another process turns out to have one of the slots.
   */
  takeAll(
    claims: readonly Claim[],
    link: string,
    onLost: (newHolder: LeaseHolder) => void,
  ): { release: () => void } | { refused: Claim; holder: LeaseHolder | undefined };
  /** Other processes that hold a connection of the claim now; empty when that is not known. */
  heldElsewhere(claim: Claim): readonly LeaseHolder[];
  /** Calls `wake` whenever a slot may have become free, until the returned function is called. */
  watch(wake: () => void): () => void;
}
