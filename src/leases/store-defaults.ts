/** Numbers of leases in a store. */
export const STORE = {
  /** Longer than an endpoint takes to notice that a machine is gone (30 s between pings, 10 s for the answer). */
  ttlMs: 45_000,
  /**
   * From this part of the time to live on, without a renewal, the socket is closed. The rest is for closing it, and for clocks
   * that run at different speeds.
   */
  fencedAt: 0.8,
  /** From this part on the socket has to be gone: it is cut off, though calls have not got their errors yet. */
  goneAt: 0.9,
  /** Renewals come this many times in a time to live, so that two of them may fail. */
  renewals: 3,
  /**
   * A renewal that failed is tried again this many times in a time to live. When Redis comes back, all leases are renewed in one of these
   * intervals: with 100,000 that is 22,000 steps a second.
   */
  retries: 10,
  /**
   * The store's clock counts for this part of the time to live at most, from one step to the next. About as much as from one look of
   * a machine that waits to the next, so that time goes on while it is waited for. No more than what a holder leaves after `goneAt`: it
   * has ended by itself when a jump of the clock ends its lease.
   */
  longestStep: 0.1,
  /** Links that wait for a slot ask this many times in a time to live. */
  looks: 10,
  /**
   * All machines together ask this many times a second for slots that they wait for: each link asks less often, the more machines and
   * waiting links there are. What becomes free is offered besides, so this is for what is in no list: a thirtieth of a core of Redis.
   */
  looksPerSecond: 1_000,
  /** How many claims with a free slot a machine is offered, each time that it looks; few, so that all machines get some. */
  offers: 8,
  /** What is offered to one machine is offered to others after this long. */
  offeredForMs: 2_000,
  /** A machine that is not the first choice for a slot leaves it free for this part of the time to live. */
  yieldsFor: 0.25,
} as const;
