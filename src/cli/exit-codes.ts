/** Exit codes of mcp-pipe; documented in README and `--help`. */
export const ExitCode = {
  ok: 0,
  /** A failure while mcp-pipe runs. */
  runtime: 1,
  /** The command line or the configuration cannot be used. */
  usage: 2,
  /** A command for a running mcp-pipe found none. */
  notRunning: 3,
  /** A service is not installed. */
  notInstalled: 4,
  /** There is a newer version. */
  newer: 5,
  /** What was looked for was found: a package that must not be used as it is. */
  found: 6,
  /** Interrupted by Ctrl-C. */
  interrupted: 130,
} as const;
