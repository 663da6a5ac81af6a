/** Numbers of what servers need, and of measuring it. */
export const FOOTPRINTS = {
  /**
   * A server is measured so long after it was ready: what its start left behind is collected by then, and the first list of tools
   * is answered. Earlier than the lock is made (`stableAfterMs`), so that the way it was written is known, too.
   */
  measureAfterMs: 20_000,
  /** A start is noted only when it took less than this part of the shortest one: others would write the file without need. */
  shorterStart: 0.9,
  /** mcp-pipe with six servers at rest (docs/small-vps.md); with one, and after a while, it is 71 MiB (docs/performance.md). */
  ownBytes: 90e6,
  /**
   * Servers that were not measured yet: of the ten servers of `bench/footprint-servers.json`, about the middle one of each registry,
   * each way (resident memory, docs/small-vps.md). One package may need several times as much.
   */
  estimatedBytes: {
    npm: { written: 157e6, direct: 70e6 },
    pypi: { written: 129e6, direct: 75e6 },
  },
  /** What the rest of a small system takes: Debian with SSH and a log, without Docker. Docker's own part is in docs/small-vps.md. */
  systemBytes: 150e6,
} as const;
