/** Which tools of a server may be seen and called; globs with `*` and `?`. */
export interface ToolFilter {
  /** Undefined: all. */
  allow?: readonly string[] | undefined;
  /** Wins over `allow`. */
  deny?: readonly string[] | undefined;
}
