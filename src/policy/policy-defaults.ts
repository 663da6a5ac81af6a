/** Numbers of the guard that no configuration sets, each with its reason. */

/** Requests of one connection that stages hold back at a time: as many as wait for approval and turns of a busy client. */
export const MAX_HELD = 256;
/** Bytes of these requests. A client of the largest usual messages, pictures in arguments, has several. */
export const MAX_HELD_BYTES = 16 * 1024 * 1024;
/** Requests of one connection that the server has; as many as a hub follows. */
export const MAX_OPEN = 4_096;
/** Longer results are not looked into for `isError`, in bytes: scanning a MiB takes about a millisecond. */
export const MAX_LOOKED_INTO_BYTES = 1024 * 1024;
/** How long a call waits for the server's list of tools, when that has to be asked for first. A server that starts takes seconds. */
export const LIST_WAIT_MS = 30_000;
/** A name that was not in the list is looked for again after this long: names may be made up by the thousand. */
export const LIST_AGAIN_MS = 2_000;
/** Tools that are remembered of one server; lists of known servers have some hundreds at most. */
export const MAX_TOOLS = 10_000;
/** Pages of a list that are asked for, because a server may name a next page for ever. */
export const MAX_PAGES = 1_000;
/** Longer schemas are not kept, in bytes: compiling one takes seconds, and no known tool has one. */
export const MAX_SCHEMA_BYTES = 128 * 1024;
/** Schemas of one server together, in bytes; those beyond are not kept. */
export const MAX_SCHEMAS_BYTES = 4 * 1024 * 1024;
/** Schemas whose compiled form is kept, of all servers; the least recently used is compiled again. */
export const MAX_COMPILED = 512;
/** How long compiling one schema may take, in milliseconds; usual ones take a few. */
export const COMPILE_MS = 500;
/** How long one check may take, in milliseconds: a pattern or a schema may be made so that it takes for ever. Usual ones take less than one. */
export const CHECK_MS = 100;
/** Longer arguments, in bytes, are checked with a bound on the time, as those of schemas that may be slow are. */
export const QUICK_BYTES = 16 * 1024;
/** Longer ones are not checked. */
export const MAX_CHECKED_BYTES = 1024 * 1024;
