import { totalmem } from 'node:os';
import { memoryBound } from '../process/memory-bound.js';
import { FOOTPRINTS } from './footprint-defaults.js';
import type { CommandFootprint } from './footprint-file.js';
import type { Lockable } from './packages/lock-states.js';

/** A server of the configuration, as far as its memory goes. */
export interface NeedingServer {
  name: string;
  /** The registry of its package; `remote`: it runs elsewhere; undefined: another program, of which nothing is known. */
  from: 'npm' | 'pypi' | 'remote' | undefined;
  /** It is started directly, or could be; undefined: neither. */
  lock: Lockable['is'] | undefined;
  /** It is started by its first call. */
  isOnDemand: boolean;
  /** How many processes there are of it. */
  copies: number;
  /** What was measured of its command. */
  footprint: CommandFootprint | undefined;
}

/** Where a number comes from. `estimated`: from other packages of its registry. `unknown`: it is not counted. */
type Source = 'measured' | 'estimated' | 'unknown' | 'remote';

/** What one server will need. */
export interface ServerNeed {
  name: string;
  /** Of all its copies, in bytes; undefined: not known. */
  bytes: number | undefined;
  source: Source;
  /** Whether it is started directly or as the configuration has it; undefined where that makes no difference. */
  start: 'direct' | 'written' | undefined;
  isOnDemand: boolean;
  /** What the lock would save or saves, in bytes; undefined: it cannot be locked, or that is not known. */
  lockSaves: number | undefined;
}

/** What all servers of a configuration will need, in bytes. */
export interface MemoryNeed {
  servers: readonly ServerNeed[];
  /** mcp-pipe itself. */
  ownBytes: number;
  /** When all run, mcp-pipe included. */
  totalBytes: number;
  /** When of those that start on demand only the largest runs. */
  atOnceBytes: number;
  /** What the machine has, or what the container may have. */
  machineBytes: number;
  /** It is what a container, or a service of the system, may have. */
  isConstrained: boolean;
  /** Of it, for what is neither mcp-pipe nor a server: nothing in a container. */
  systemBytes: number;
  /** Names of those that are not counted. */
  unknown: readonly string[];
  /** Its largest server; undefined where none is known. */
  largest: ServerNeed | undefined;
}

/** Where they will run. */
export interface Machine {
  /** Its memory in bytes, or that of the container. */
  totalBytes: number;
  /** A container, or a service of the system with a limit. */
  isConstrained: boolean;
}

/** Adds up what the servers will need: what was measured, else an estimate, else nothing. Pure, for a given machine. */
// D353
export function memoryNeed(servers: readonly NeedingServer[], machine: Machine = thisMachine()): MemoryNeed {
  const needs = servers.map(needOf);
  const sum = (some: readonly ServerNeed[]) => some.reduce((bytes, one) => bytes + (one.bytes ?? 0), 0);
  const onDemand = needs.filter((one) => one.isOnDemand);
  const largestOf = (some: readonly ServerNeed[]) =>
    some.reduce<ServerNeed | undefined>(
      (most, one) => ((one.bytes ?? 0) > (most?.bytes ?? 0) ? one : most),
      undefined,
    );
  const { ownBytes } = FOOTPRINTS;
  return {
    servers: needs,
    ownBytes,
    totalBytes: ownBytes + sum(needs),
    atOnceBytes: ownBytes + sum(needs) - sum(onDemand) + (largestOf(onDemand)?.bytes ?? 0),
    machineBytes: machine.totalBytes,
    isConstrained: machine.isConstrained,
    systemBytes: machine.isConstrained ? 0 : FOOTPRINTS.systemBytes,
    unknown: needs.filter(({ source }) => source === 'unknown').map(({ name }) => name),
    largest: largestOf(needs),
  };
}

/** Whether what runs at once has room. */
export function fits({ atOnceBytes, systemBytes, machineBytes }: MemoryNeed): boolean {
  return atOnceBytes + systemBytes <= machineBytes;
}

/** This one, or the container that this process is in. */
export function thisMachine(): Machine {
  const bound = memoryBound();
  return { totalBytes: bound ?? totalmem(), isConstrained: bound !== undefined };
}

function needOf({ name, from, lock, isOnDemand, copies, footprint = {} }: NeedingServer): ServerNeed {
  if (from === undefined) return { ...nothingOf(name, isOnDemand), source: 'unknown', bytes: undefined };
  if (from === 'remote') return { ...nothingOf(name, isOnDemand), source: 'remote', bytes: 0 };
  const isLocked = lock === 'locked';
  const estimated = FOOTPRINTS.estimatedBytes[from];
  const start = isLocked ? 'direct' : 'written';
  const measured = footprint[start]?.memoryBytes;
  const other = footprint[isLocked ? 'written' : 'direct']?.memoryBytes;
  const bytes = (measured ?? estimated[start]) * copies;
  const unlike = (other ?? estimated[isLocked ? 'written' : 'direct']) * copies;
  return {
    ...{ name, bytes, source: measured === undefined ? 'estimated' : 'measured', start, isOnDemand },
    lockSaves: lock && Math.max(0, isLocked ? unlike - bytes : bytes - unlike),
  };
}

function nothingOf(name: string, isOnDemand: boolean): Omit<ServerNeed, 'source' | 'bytes'> {
  return { name, isOnDemand, start: undefined, lockSaves: undefined };
}
