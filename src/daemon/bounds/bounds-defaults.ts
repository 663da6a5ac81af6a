/** Numbers of the watch over what servers take. Times are milliseconds. */
export const BOUNDED = {
  /** A look takes some milliseconds on a machine with a hundred processes: less than a thousandth of one processor. */
  lookEveryMs: 5_000,
  /** While a server is near its limit: a leak of 50 MB a second is seen within 50 MB. Only its processes are looked at. */
  nearLookEveryMs: 1_000,
  /** From this share of a limit on, a server is near it. */
  nearShare: 0.8,
  /** So long above its memory: a garbage collection of V8 gives it back within seconds, a leak does not. */
  memoryOverMs: 5_000,
  /** So long above its processor time, without control groups: calls that compute for a minute are usual. */
  cpuOverMs: 120_000,
  /** A process that reached its limit after a shorter life did so again and again. */
  againMs: 600_000,
  /** Available memory of the machine in bytes, and as a share of all, below which servers are parked: what Linux needs to go on. */
  leastFreeBytes: 64 * 1024 ** 2,
  leastFreeShare: 0.05,
  /** What cannot be helped is told this often. */
  tellEveryMs: 600_000,
} as const;
