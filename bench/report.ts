import { readFileSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { dirname } from 'node:path';
import type { ProfileReport } from './profile-groups.js';
import type { Measured } from './table.js';

/** What one part has measured. */
export interface PartReport {
  /** When it was last measured. */
  date: string;
  node: string;
  cpu: string;
  cores: number;
  /** Least and greatest average number of processes that wanted a processor in the minute before a measurement. */
  load: [number, number];
  /** With short measurements, to try the bench itself: no figures to show. */
  quick: boolean;
  /** The subject that the others are compared with. */
  base: string;
  subjects: readonly string[];
  rounds: Measured[];
}

/** What the bench writes: parts and profiles of several runs, each with the machine it was measured on. */
export interface Report {
  parts: Record<string, PartReport>;
  profiles: Record<string, ProfileReport>;
}

export function readReport(file: string): Report {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Report;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return { parts: {}, profiles: {} };
  }
}

/** Whole or not at all: a run may be ended at any time. One line for each round of a subject, four digits of each value. */
export async function writeReport(file: string, report: Report): Promise<void> {
  const text = JSON.stringify(report, rounded, 1).replace(/\{\n\s+"[^"]+, [^{}[\]]*\}/g, (values) =>
    values.replace(/\n\s*/g, ' '),
  );
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.new`, `${text}\n`);
  await rename(`${file}.new`, file);
}

function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;
}

export function machine(): Pick<PartReport, 'node' | 'cpu' | 'cores'> {
  return { node: process.version, cpu: cpus()[0]?.model ?? '?', cores: cpus().length };
}
