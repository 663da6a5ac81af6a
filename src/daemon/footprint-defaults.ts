/** Numbers of what servers need, and of measuring it. */
export const FOOTPRINTS = {
  /**
   * A server is measured so long after it was ready: what its start left behind is collected by then, and the first list of tools
   * is answered. Earlier than the lock is made (`stableAfterMs`), so that the way it was written is known, too.
   */
  measureAfterMs: 20_000,
  /** A start is noted only when it took less than this part of the shortest one: others would write the file without need. */
  shorterStart: 0.9,
  /** mcp-pipe with a few servers: 71 MiB were measured with one (docs/performance.md), a link more takes 0.13. */
  ownBytes: 75 * 1024 * 1024,
  /**
   * Servers that were not measured yet: of the ten servers of `bench/footprint-servers.json`, the middle one of each registry, each
   * way (resident memory, docs/small-vps.md). One package may need several times as much.
   */
  estimatedBytes: {
    npm: { written: 146 * 1024 * 1024, direct: 65 * 1024 * 1024 },
    pypi: { written: 125 * 1024 * 1024, direct: 75 * 1024 * 1024 },
  },
  /** What the rest of a small system takes: Debian with SSH and a log, without Docker. Docker's own part is in docs/small-vps.md. */
  systemBytes: 150 * 1024 * 1024,
} as const;
