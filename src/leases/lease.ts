import type { LeaseHolder, LeaseObstacle, LeaseWaiting } from '../protocol/lease-words.js';

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
  /** Called at most once, when the link should release its lease as soon as it can: a link of higher rank waits for it. */
  onWanted: () => void;
}

/** The right to hold one of a token's connections (D6). */
export interface Lease {
  /**
   * Aborts when the lease was lost, with `LeaseLoss` as its reason. After `file-gone` calls may finish (D84). After any other
   * loss the socket has to be closed before anything else. `release` does not abort it.
   */
  readonly lost: AbortSignal;
  /**
   * Whether the lease is held now. A process that was stopped for a while has to ask before it uses the socket: no timer has
   * told it yet that the time is over. Aborts `lost` if it is.
   */
  isHeld(): boolean;
  /**
   * Releases the lease; later calls do nothing. Call it when the socket is closed: the next link dials at once (D6). Resolves
   * when others can take it, or when that cannot be known; never rejects.
   */
  release(): Promise<void>;
}

/** Decides which link may dial a token now. `openLeases` returns one for all processes of this machine. */
export interface Leases {
  /** Call it when the rank of a pending request has changed. */
  ranksChanged?(): void;
  /** Resolves with the lease when this link may dial; with undefined when `signal` aborts first. Never rejects. */
  acquire(request: LeaseRequest): Promise<Lease | undefined>;
  /** Other processes that hold a connection of the claim now, as far as is known at this moment. */
  heldElsewhere(claim: Claim): readonly LeaseHolder[];
  /** `heldElsewhere` knows too little: only asking for a lease tells whether others have it. */
  readonly asksFirst?: boolean;
}

/** Slots that several processes share. */
// D12
export interface SharedSlots {
  /**
   * Takes a free slot of each claim. If a claim has none left, takes none and returns that claim and one of its holders.
   * Does not wait for a slot to become free. Never rejects.
   */
  takeAll(claims: readonly Claim[], link: string): Promise<Lease | RefusedSlots>;
  /** See `Leases`. */
  heldElsewhere(claim: Claim): readonly LeaseHolder[];
  /** See `Leases`. */
  readonly asksFirst?: boolean;
  /**
   * Calls `wake` whenever a slot may have become free, until the returned function is called; with the names of claims
   * (`nameOf`) when it is worth asking for these only.
   */
  watch(wake: (names?: ReadonlySet<string>) => void): () => void;
}

/** There is no slot now. */
export interface RefusedSlots {
  refused: Claim;
  holder: LeaseHolder | undefined;
  obstacle?: LeaseObstacle;
  /** See `LeaseWaiting`. */
  store?: string;
}
