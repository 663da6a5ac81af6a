/** A source of messages whose reading can be paused. */
export interface PausableSender {
  /** Pauses reading until `by`, and every other object that holds it, has called `release`. */
  hold(by: object): void;
  /** Ends the hold of `by`; does nothing when there is none. */
  release(by: object): void;
}
