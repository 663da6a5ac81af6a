/** Numbers of a handover from one mcp-pipe to the next, times in milliseconds. */
export const HANDOVER = {
  /** The running mcp-pipe answers `handover` within this time: it only looks at what it has. */
  answerMs: 5_000,
  /** Servers that may run twice have this long to start, while the running mcp-pipe still serves: a first `npx` downloads. */
  readyMs: 60_000,
  /** A link that was connected has this long to be connected again; its server may have to start in it. */
  connectedMs: 30_000,
  /** A server that ends this often at its start keeps the others waiting for nothing; once may be chance. */
  ends: 2,
  /** The new mcp-pipe asks for its next step within this time, or it hangs: longer than `connectedMs`. */
  silentMs: 90_000,
  /** Beside the drain times, what a step may need: ending servers, and a machine under load. */
  spareMs: 20_000,
  /** The running mcp-pipe, which has nothing left, ends within this time. */
  endMs: 30_000,
} as const;
