import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { BOUNDS } from '../config/bounds.js';
import { decodeText, readOrdinaryFile } from '../config/text-file.js';
import { replaceStateFile } from './state-file.js';

/** What a server was seen to take. */
export interface Footprint {
  /**
   * Resident memory of its process and all that this has started, in bytes; undefined: not measured yet. Of a server with several
   * (`"instances"`), the mean of one.
   */
  memoryBytes?: number | undefined;
  /** From its start to its answer to `initialize`, in milliseconds: the shortest that was seen. */
  startMs: number;
  /** When it was measured, milliseconds since 1970. */
  at: number;
}

/** What a command of a configuration takes, each way that it was started. */
export interface CommandFootprint {
  /** Started as the configuration has it, by npx or uvx. */
  written?: Footprint | undefined;
  /** The package's own program, of a version that is locked. */
  direct?: (Footprint & { version: string }) | undefined;
}

/** What the lock saves of a server: both ways were measured. */
export interface Saving {
  /** In bytes, of all its processes. */
  memory: { before: number; after: number };
  /** In milliseconds. */
  start: { before: number; after: number };
}

export const FOOTPRINT_FILE = 'footprints.json';
/** Commands that are kept; of more, those that were measured first are dropped. */
const MOST_COMMANDS = 500;
const KEY = /^[0-9a-f]{16}$/;

/**
 * Tells commands apart without repeating their arguments, which may be secret: half of a SHA-256, of which no two of a
 * configuration are alike.
 */
export function commandKey({ command, args }: { command: string; args: readonly string[] }): string {
  return createHash('sha256')
    .update(JSON.stringify([command, ...args]))
    .digest('hex')
    .slice(0, 16);
}

/** Undefined while one of the two ways was not measured. @param copies how many processes the server has, `"instances"` */
export function savingOf({ written, direct }: CommandFootprint, copies = 1): Saving | undefined {
  if (written?.memoryBytes === undefined || direct?.memoryBytes === undefined) return undefined;
  return {
    memory: { before: written.memoryBytes * copies, after: direct.memoryBytes * copies },
    start: { before: written.startMs, after: direct.startMs },
  };
}

/**
 * Reads what was measured of the servers of a configuration, by `commandKey`; nothing where it cannot be read. The file:
 *
 *     { "footprints": { "994c9b41aa0f3c2e": { "written": { "memoryBytes": 157000000, "startMs": 870, "at": 1790000000000 } } } }
 */
// D352
export function readFootprints(folder: string): Map<string, CommandFootprint> {
  try {
    const { footprints } = JSON.parse(
      decodeText(readOrdinaryFile(join(folder, FOOTPRINT_FILE), BOUNDS.nearbyFileBytes)),
    );
    const entries = Object.entries(footprints as Record<string, unknown>).flatMap(
      ([key, entry]): [string, CommandFootprint][] => (KEY.test(key) ? [[key, understood(entry)]] : []),
    );
    return new Map(entries.slice(-MOST_COMMANDS));
  } catch {
    return new Map();
  }
}

/** Replaces the file. What cannot be written is measured again by the next run. */
export function writeFootprints(folder: string, footprints: ReadonlyMap<string, CommandFootprint>): void {
  const kept = [...footprints].slice(-MOST_COMMANDS);
  const text = `${JSON.stringify({ footprints: Object.fromEntries(kept) }, null, 2)}\n`;
  try {
    replaceStateFile(folder, FOOTPRINT_FILE, text);
  } catch {
    // It is measured again.
  }
}

/** The parts of an entry that can be understood. */
function understood(entry: unknown): CommandFootprint {
  const { written, direct } = (entry ?? {}) as Record<string, unknown>;
  const [plain, locked] = [footprintFrom(written), footprintFrom(direct)];
  const { version } = (direct ?? {}) as Record<string, unknown>;
  return {
    ...(plain ? { written: plain } : {}),
    ...(locked && typeof version === 'string' ? { direct: { ...locked, version } } : {}),
  };
}

function footprintFrom(value: unknown): Footprint | undefined {
  const { memoryBytes, startMs, at } = (value ?? {}) as Record<string, unknown>;
  if (!isAmount(startMs) || !isAmount(at)) return undefined;
  return { startMs, at, ...(isAmount(memoryBytes) ? { memoryBytes } : {}) };
}

function isAmount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}
