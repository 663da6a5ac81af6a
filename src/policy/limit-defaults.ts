/** Numbers of the limits, each with its reason; the configuration overrides some of them. */

/** Names that a limiter counts for each length of windows. A name costs about 200 bytes, so addresses from the whole net cost 20 MB. */
export const MAX_NAMES = 100_000;

/** Calls that wait for Redis to count them, of one process; a connection may hold 256 calls, for whatever they wait. */
export const MOST_ASKED = 128;

/** Calls that wait when as many as allowed run: enough for a model that asks for everything at once, and soon refused beyond that. */
export const QUEUE = 16;
export const MOST_CONCURRENT = 10_000;
export const MOST_QUEUE = 10_000;
/** When a client should come again to a full queue, in milliseconds: how long a call usually takes is not known. */
export const FULL_RETRY_MS = 1_000;

/** Failures in a row after which a server is left alone: more than one crash and its calls in flight, less than a minute of tries. */
export const BREAKER_FAILURES = 5;
/** How long it is left alone, in milliseconds: long enough for a restart, short enough for a person who waits. */
export const BREAKER_PAUSE_MS = 60_000;
export const LEAST_PAUSE_MS = 100;

/** Shorter limits end calls that are only slow to begin. */
export const LEAST_TIMEOUT_MS = 100;
/** Progress makes a call last up to so many times its limit (MCP "Timeouts": a maximum, whatever progress comes). */
export const MOST_TIMES_WITH_PROGRESS = 10;
