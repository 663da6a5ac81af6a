/** Numbers of what is shared over Redis, beside leases. */

/**
 * What must not wait for Redis waits this long, in ms: a Redis in the same network answers within one or two, one on another
 * continent within 200; a person does not notice it.
 */
export const WITHIN_MS = 250;
/** While Redis does not answer, it is tried again this often, in ms. */
export const TRY_AGAIN_MS = 1_000;
/** One that is away again before it has answered for this long, in ms, is tried half as often as before. */
export const STAYS_MS = 10_000;
/** It is tried at least this often, in ms: a log of a day has some thousand lines of it then, not a hundred thousand. */
export const LONGEST_TRY_MS = 30_000;
