/** Numbers of the audit log; the section "audit" overrides the first two. */
export const AUDIT = {
  /** With the current file 110 MB at most: at 300 bytes a line some 350,000 calls. */
  keep: 10,
  /** Every editor opens it, and `mcp-pipe audit` reads it in a tenth of a second. */
  sizeBytes: 10 * 1024 * 1024,
  mostKept: 1_000,
  /** Smaller files would be renamed several times a second under load. */
  leastSizeBytes: 64 * 1024,
  mostSizeBytes: 1024 ** 3,
} as const;
