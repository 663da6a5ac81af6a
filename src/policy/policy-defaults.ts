/** Numbers of the guard that no configuration sets, each with its reason. */

/** Requests of one connection that stages hold back at a time: as many as wait for approval and turns of a busy client. */
export const MAX_HELD = 256;
/** Bytes of these requests. A client of the largest usual messages, pictures in arguments, has several. */
export const MAX_HELD_BYTES = 16 * 1024 * 1024;
/** Requests of one connection that the server has; as many as a hub follows. */
export const MAX_OPEN = 4_096;
/** Longer results are not looked into for `isError`, in bytes: scanning a MiB takes about a millisecond. */
export const MAX_LOOKED_INTO_BYTES = 1024 * 1024;
