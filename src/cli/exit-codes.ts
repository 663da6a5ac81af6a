/** Exit codes of mcp-pipe; documented in README and `--help`. */
export const ExitCode = {
  ok: 0,
  /** A failure while running. */
  runtime: 1,
  /** The command line or the configuration cannot be used as it is. */
  usage: 2,
  /** Ctrl-C. */
  interrupted: 130,
} as const;
