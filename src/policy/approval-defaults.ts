/** Numbers of held tools and of approvals, each with its reason. */
export const APPROVALS = {
  /** How long a call waits for its server to have told its tools: as long as servers are given for a list elsewhere. */
  listWithinMs: 10_000,
  /**
   * `approveWithin`. The assistant of xiaozhi gives up on a call after 300 s and many clients after 60 s of silence, which progress
   * ends; a person who is told on a phone needs a minute.
   */
  withinMs: 120_000,
  /** Nobody reads a call in less. */
  leastWithinMs: 1_000,
  /** Interval of progress for clients that ask for it: well below 30 s, the shortest limit that is known. */
  progressEveryMs: 10_000,
  /** Calls of one client that wait: nobody reads more; the next one is refused. */
  mostOfClient: 16,
  /** Calls that wait in all: each holds its request. */
  most: 128,
  /** The longest arguments, as JSON in bytes: longer ones cannot be read before they are approved. */
  mostArgumentBytes: 64 * 1024,
  /** The longest time for which calls of a tool are approved ahead: a working day. */
  mostAheadMs: 8 * 3_600_000,
  /** Tools that are approved ahead. */
  mostAhead: 256,
  /** The longest reason of a person, in characters. */
  mostReason: 300,
} as const;
