/** While a call runs, its end is looked for so many times within the time after which the server is parked. */
export const LOOKS = 4;
/** A look costs microseconds: more often than this would be seen in the CPU time of an idle machine. */
export const LEAST_LOOK_MS = 10;
/** A server stays for at most this much longer than it has to. */
export const MOST_LOOK_MS = 30_000;
/**
 * A server that is started on demand is parked after so long without a call: a person who talks to a device comes back within
 * minutes, and each start costs seconds of a processor and of patience.
 */
export const PARKED_ON_DEMAND_AFTER_MS = 600_000;
/**
 * A request of mcp-pipe's own waits for so long for a process that it has started: a first download of a package takes a minute or two,
 * and who asked, a rule or a page, has its own limit mostly.
 */
export const ASKED_WITHIN_MS = 120_000;
/** A server that was started for its lists, and has something under way when it has given them, is looked at again: in milliseconds. */
export const PARK_LEARNED_AGAIN_MS = 250;
/** So often, five seconds in all: what takes longer is no question for lists, and ends like any other use. */
export const PARK_LEARNED_TRIES = 20;
