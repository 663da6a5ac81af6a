import { matchesGlob } from './glob.js';

/** So many calls in so long. */
export interface Rate {
  calls: number;
  perMs: number;
}

/** What a caller may have and do. A member that is lacking limits nothing, but for `servers` and `agents`: one without the other. */
export interface Grant {
  /** Servers by their names in the configuration; globs with `*` and `?`. With `agents` and without it: none. */
  servers?: readonly string[] | undefined;
  /** Agents, at addresses of their own; globs. With `servers` and without it: none. */
  agents?: readonly string[] | undefined;
  /** Tools, by the names that their servers give them; globs. */
  tools?: readonly string[] | undefined;
  /** Only tools that say that they change nothing (MCP "Tool annotations", `readOnlyHint`). */
  readOnly?: boolean | undefined;
  /** Calls of this caller, of all tools together. */
  rate?: Rate | undefined;
  /** Calls of this caller that run at a time. */
  concurrent?: number | undefined;
}

/** Whether servers or agents are limited at all. */
export function isLimited(grant: Grant | undefined): boolean {
  return grant?.servers !== undefined || grant?.agents !== undefined;
}

/** Whether a server may be had at its own address and among all together. Pure. */
export function grantsServer(grant: Grant | undefined, name: string): boolean {
  if (!isLimited(grant)) return true;
  return grant?.servers?.some((glob) => matchesGlob(glob, name)) === true;
}

/** Whether an agent's address, with whatever servers the agent has, may be used. Pure. */
export function grantsAgent(grant: Grant | undefined, name: string): boolean {
  if (!isLimited(grant)) return true;
  return grant?.agents?.some((glob) => matchesGlob(glob, name)) === true;
}
