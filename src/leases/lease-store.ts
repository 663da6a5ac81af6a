import type { LeaseHolder } from '../protocol/lease-words.js';
import type { Claim } from './lease.js';

/** Holds the leases of several machines, each for a time to live that is counted by its own clock only. */
// D296
export interface LeaseStore {
  /** Its address without secrets, for people. */
  readonly shown: string;
  /**
   * Takes a slot of each claim, or of none. A holder of this id that is there already has its slot renewed, with a new fence.
   *
   * @throws Error when the store has not answered in time, or refused to. The slots may be taken all the same.
   */
  take(claims: readonly Claim[], holder: StoredHolder): Promise<Taking>;
  /**
   * Begins the time to live anew. A holder that the store has lost without knowing whom it gave the slot comes back with its
   * fence, if there is a slot. False: the slots are given to others, or free for them.
   *
   * @throws Error as `take`
   */
  renew(claims: readonly Claim[], holder: StoredHolder, fences: readonly number[]): Promise<boolean>;
  /** Gives the slots back that still have these fences, and only those. @throws Error as `take` */
  release(claims: readonly Claim[], holder: StoredHolder, fences: readonly number[]): Promise<void>;
  /**
   * A few claims of which a slot may be free, as `nameOf` names them. Each is offered to one machine at a time, so that not all
   * of them ask for the same one.
   *
   * @throws Error as `take`
   */
  offers(machine: Pick<StoredHolder, 'process'>): Promise<Offers>;
}

export interface Offers {
  claims: readonly string[];
  /** How many machines ask for leases. */
  machines: number;
}

/** Who asks. */
export interface StoredHolder extends LeaseHolder {
  /** Unique among all processes of all machines; the same for each lease of one link. */
  id: string;
  /** Of the process alone. */
  process: string;
  machine: string;
}

/** The answer to `take`. */
export type Taking =
  /** One fence for each claim: higher than that of every earlier lease of it. */
  | { is: 'taken'; fences: readonly number[] }
  | { is: 'full'; claim: number; holder: LeaseHolder | undefined }
  /** Another machine is to have it first, or the store is new: ask again. */
  | { is: 'later'; claim: number; isEmpty: boolean; forMs: number };
