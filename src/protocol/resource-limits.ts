/** What a server's limits are about. `pids`: its processes and their threads. */
export type LimitedResource = 'memory' | 'cpu' | 'pids';

/** What the processes of a server may take together; without a member, any amount. */
export interface ResourceLimits {
  /** Resident memory, in bytes. */
  memory?: number;
  /** Of one processor, in percent: 150 is one and a half. */
  cpu?: number;
  /** Processes and their threads. */
  pids?: number;
}

/** That a server took more. */
export interface LimitReached {
  of: LimitedResource;
  /** In the unit of the limit. */
  limit: number;
  /** What it took; undefined when only the system knows. */
  used?: number | undefined;
  /** How often in a row its processes came to their limit within a few minutes, this one included. */
  times: number;
}

/** Why nothing can be measured of processes here. */
export type WhyUnwatched = 'no-proc' | 'no-ps' | 'ps-failed';

/** What is known of a server with limits, beside its state. With `"instances"`, limits are those of each of its processes. */
export interface LimitFacts extends ResourceLimits {
  /** How many processes share its calls at most. */
  copies: number;
  /** Resident memory that they took together at the last look, in bytes. */
  takenBytes?: number | undefined;
  /** What the kernel holds its processes to now, by control groups; mcp-pipe's watch does the rest. Undefined: none runs. */
  held?: readonly LimitedResource[] | undefined;
  /** Nothing holds the server to its limits but what the system does by itself. */
  unwatched?: WhyUnwatched | undefined;
}
