/** What a process and all its descendants take. */
export interface TreeUsage {
  /** Milliseconds since 1970. */
  at: number;
  /** Resident memory of all of them, in bytes. */
  memoryBytes: number;
  /** Of one processor, in percent, since the measurement before; undefined at the first one. */
  cpuPercent: number | undefined;
  /** How many they are. */
  processes: number;
}

/** Why memory of processes is not measured: no `/proc` and no `ps`, or neither answers. */
export type WhyNotMeasured = 'no-ps' | 'ps-failed' | 'no-proc';

/** Memory beside that of the servers, in bytes. */
export interface MachineUsage {
  /** Resident memory of mcp-pipe itself. */
  ownBytes: number;
  /** Of the machine, or the limit of the container when that is lower. */
  totalBytes: number;
}
