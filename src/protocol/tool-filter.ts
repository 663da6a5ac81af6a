import { matchesGlob } from './glob.js';

/** Which tools of a server can be listed and called; globs with `*` and `?`. */
export interface ToolFilter {
  /** Undefined: all. */
  allow?: readonly string[] | undefined;
  /** Overrides `allow`. */
  deny?: readonly string[] | undefined;
  /** A second filter, which has to let a tool through as well: that of an agent. */
  and?: ToolFilter | undefined;
}

/** Whether the filter lets a tool through, by the name its server gives it. */
export function isAllowed(name: string, { allow, deny, and }: ToolFilter): boolean {
  if (and !== undefined && !isAllowed(name, and)) return false;
  if (deny?.some((glob) => matchesGlob(glob, name))) return false;
  return allow === undefined || allow.some((glob) => matchesGlob(glob, name));
}
