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
  if (deny?.some((glob) => matches(glob, name))) return false;
  return allow === undefined || allow.some((glob) => matches(glob, name));
}

/** Without a regular expression, which takes exponential time for several `*`. */
function matches(glob: string, name: string): boolean {
  const [pattern, text] = [[...glob], [...name]];
  let [at, from] = [0, 0];
  // Index of the last `*` in the glob, and where in the name the text that it stands for ends.
  let [star, reach] = [-1, 0];
  while (from < text.length) {
    if (pattern[at] === '*') {
      star = at;
      reach = from;
      at += 1;
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === text[from])) {
      at += 1;
      from += 1;
    } else if (star >= 0) {
      reach += 1;
      from = reach;
      at = star + 1;
    } else return false;
  }
  return pattern.slice(at).every((character) => character === '*');
}
