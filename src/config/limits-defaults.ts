/** The numbers of `"limits"` and of memory that all servers share. */
export const LIMITS = {
  /** In bytes. Less than any language's runtime takes before its first line: it would never answer. */
  leastMemory: 16 * 1024 ** 2,
  /** In bytes: 1 TiB is more than the largest machine that runs MCP servers. */
  mostMemory: 1024 ** 4,
  /** In bytes. Node.js alone takes 40 to 50 MiB, with the SDK of MCP 60 to 70: below this it is restarted for ever. */
  memoryOfNode: 80 * 1024 ** 2,
  /** Percent of one processor: a thousandth would never come to the answer of `initialize` in time. */
  leastCpu: 1,
  /** Percent: 256 processors. */
  mostCpu: 25_600,
  /** One process with one thread and a helper. */
  leastPids: 2,
  /** `pid_max` of Linux is four million; servers of MCP have tens. */
  mostPids: 100_000,
  /** Node.js has eleven threads, and npx beside it as many once more. */
  pidsOfNode: 32,
} as const;

/** Memory that all servers share, a part of the settings. */
export const MEMORY_SETTINGS = {
  maxServersMemory: {
    default: 0,
    unit: 'memory',
    least: 0,
    means:
      'Resident memory that all servers may take together, in bytes or as a text, "600MB"; 0 for any amount. Above it, the server without calls that takes the most is stopped until its next call.',
    why: 'Only you know what else the machine is for.',
  },
} as const;
