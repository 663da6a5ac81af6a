import type { LeaseHolder, LeaseWaiting } from '../protocol/status.js';

/** Something of which only so many connections may be open at once. */
export interface Claim {
  /** Whether connections of a token are counted, or those of an account group. */
  kind: LeaseWaiting['of'];
  /** What tells it from all others without revealing it: hex digits of a hash. */
  key: string;
  /** What people see of it: a token's fingerprint, an account group's name. */
  label: string;
  /** How many connections it allows, 1 or more. */
  slots: number;
}

/** Which of several goes first: the higher priority, then the lower order. Equals do not ask each other to make room. */
export interface Rank {
  /** The higher goes first; `priority` of the server, 0 by default. */
  priority: number;
  /** Place in the configuration. */
  order: number;
}

/** A link's request for the right to dial. `acquire` settles when it is granted or given up. */
export interface LeaseRequest extends Rank {
  /** Name of the link that asks: other links and processes are told it. */
  link: string;
  /** One slot of each is needed: of the token, and of the account group when it has a cap. */
  claims: readonly Claim[];
  /** Ends the waiting. */
  signal: AbortSignal;
  /** Another link or process has what is asked for; called again when that changes. */
  onWaiting: (waiting: LeaseWaiting) => void;
  /**
   * It should give its lease back as soon as it can, because a link of higher rank waits for what it holds or, with
   * `taker`, because another process has it by now. At most once.
   */
  onWanted: (taker?: LeaseHolder) => void;
}

/** The right to hold one of a token's connections. */
export interface Lease {
  /** Gives it back; later calls do nothing. To be called once the socket has closed, because the next link dials at once (D6). */
  release(): void;
}

/** Decides which link may dial a token now. */
export interface Leases {
  /** Resolves when this link may dial; with undefined when `signal` aborts before. Never rejects. */
  acquire(request: LeaseRequest): Promise<Lease | undefined>;
  /** Other processes that hold a connection of that claim now; empty when that cannot be known. */
  heldElsewhere(claim: Claim): readonly LeaseHolder[];
}

/** Slots that several processes share. */
// D12: Redis is to be one more of these.
export interface SharedSlots {
  /**
   * Takes a free slot of each claim, or of none and tells which one has none left and who has them; never waits. `onLost`
   * hears at most once that another process has one of them after all.
   */
  takeAll(
    claims: readonly Claim[],
    link: string,
    onLost: (taker: LeaseHolder) => void,
  ): { giveBack: () => void } | { refused: Claim; holder: LeaseHolder | undefined };
  /** Other processes that hold a connection of that claim now; empty when that cannot be known. */
  heldElsewhere(claim: Claim): readonly LeaseHolder[];
  /** Calls `resume` whenever a slot may have become free, until the result is called. */
  watch(wake: () => void): () => void;
}
