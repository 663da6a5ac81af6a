/** Which tools of a server may be seen and called; globs with `*` and `?`. */
export interface ToolFilter {
  /** Undefined: all. */
  allow?: readonly string[] | undefined;
  /** Wins over `allow`. */
  deny?: readonly string[] | undefined;
}

/** Whether the filter lets a tool through, by the name its server gives it. */
export function isAllowed(name: string, { allow, deny }: ToolFilter): boolean {
  if (deny?.some((glob) => matches(glob, name))) return false;
  return allow === undefined || allow.some((glob) => matches(glob, name));
}

function matches(glob: string, name: string): boolean {
  const pattern = glob.replace(/[^*?]+/g, (text) => text.replace(/[.+^${}()|[\]\\/]/g, '\\$&'));
  return new RegExp(`^${pattern.replace(/\*/g, '.*').replace(/\?/g, '.')}$`, 'su').test(name);
}
