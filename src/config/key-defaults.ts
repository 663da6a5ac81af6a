import type { KeyHash } from './key-hash.js';

/** Numbers of API keys that are kept as hashes. */
export const KEYS = {
  /**
   * For keys that mcp-pipe has made: nobody guesses 256 random bits, whatever one try costs. About 45 ms and 16 MiB, once for
   * each key and run.
   */
  costOfMade: { N: 2 ** 14, r: 8, p: 1 } satisfies KeyHash['cost'],
  /** For keys that people bring along, which may be weaker. About 90 ms and 32 MiB. */
  costOfGiven: { N: 2 ** 15, r: 8, p: 1 } satisfies KeyHash['cost'],
  /** Keys that are computed at a time: of the four threads of Node's pool, files and names of hosts need some. */
  atATime: 2,
  /** Keys that may wait for that, about a minute; more are answered with 503. Only right keys, and keys of hashes in the configuration, get that far. */
  waiting: 2_048,
  /** Of those, the ones that come from one address; a right key from elsewhere waits for one of each address. */
  waitingOfAddress: 16,
  /** The file of keys is looked at so often, in milliseconds, for those whom the control socket does not reach. */
  lookEveryMs: 1_000,
  /** The last use of keys is written at most so often, in milliseconds: it is read by people. */
  usedEveryMs: 60_000,
  /** Keys in the file: each is a record of about 300 bytes, read whole. */
  most: 10_000,
} as const;
