/** So many calls in so long. */
export interface Rate {
  calls: number;
  perMs: number;
}

/** What a caller may have and do. A member that is lacking limits nothing. */
export interface Grant {
  /** Servers by their names in the configuration; globs with `*` and `?`. */
  servers?: readonly string[] | undefined;
  /** Agents, at addresses of their own; globs. With `servers` and without it: none. */
  agents?: readonly string[] | undefined;
  /** Tools, by the names that their servers give them; globs. */
  tools?: readonly string[] | undefined;
  /** Only tools that say that they change nothing (MCP "Tool annotations", `readOnlyHint`). */
  readOnly?: boolean | undefined;
  /** Calls of this caller, of all tools together. */
  rate?: Rate | undefined;
}
