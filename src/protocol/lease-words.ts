/** The link and process that hold a lease. */
export interface LeaseHolder {
  /** Process id. */
  pid: number;
  /** Name of the link in that process. */
  link: string;
  /** Milliseconds since 1970. */
  since: number;
  /** Name of the machine; undefined: this one. */
  machine?: string;
}

/** Why a link has lost its lease. */
export type LeaseLoss =
  /** The lock file was removed or changed by another program, and another process of this machine has the slot. */
  | { why: 'file-gone'; newHolder: LeaseHolder }
  /** It could not be renewed for `forMs`. Another machine can take the slot in `spareMs`: at once, if that is 0. */
  | { why: 'not-renewed'; forMs: number; spareMs: number }
  /** It could not be renewed in time, and was given to others: to `newHolder`, if that is known. */
  | { why: 'taken'; newHolder: LeaseHolder | undefined };

/** Why no lease can be given at all now. */
export type LeaseObstacle =
  /** The store of leases does not answer: then nothing is dialled. `store` is its address without secrets. */
  | { why: 'store-down'; store: string; reason: string }
  /** The store has lost what it knew: until then, in milliseconds since 1970, only leases of before are given. */
  | { why: 'store-empty'; store: string; until: number };

/** Why a link may not dial now. */
export interface LeaseWaiting {
  /** Whether the token, or the account group that has a cap, has no connection left. */
  of: 'token' | 'account';
  /** The token's fingerprint, or the group's name. */
  label: string;
  /** Number of connections that the token or group allows. */
  slots: number;
  /** One of the holders; undefined when it cannot be read. */
  holder: LeaseHolder | undefined;
  /** The holder is a link of this process. */
  isOwn: boolean;
  /** Undefined: others have all slots. */
  obstacle?: LeaseObstacle;
  /** Without a holder: the store, as it is shown, that gives slots to one machine after another; undefined: lock files do. */
  store?: string;
}
