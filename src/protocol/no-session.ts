/**
 * Why there is no session of an id. `ended`: it was one of this replica, or is one at another address. `other-caller`: it is open, and belongs
 * to another key. `other-replica`: another replica has given it out. `unsigned`: no signature that is known, and there is no key that all
 * replicas have, so it may be of another one, of this one before it was started again, or made up. `made-up`: made up, altered, or signed
 * with another key.
 */
// D308
export const NO_SESSION_REASONS = ['ended', 'other-caller', 'other-replica', 'unsigned', 'made-up'] as const;
export type NoSessionReason = (typeof NO_SESSION_REASONS)[number];

/** A request whose session is not there. What its client is told is the same for every reason. */
export interface NoSession {
  reason: NoSessionReason;
  /** The name of another replica that the id begins with; of an id that is not signed, anybody may have written it. */
  replica: string | undefined;
}
