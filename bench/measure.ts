import { loadavg } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { machine, type PartReport, readReport, writeReport } from './report.js';
import type { Values } from './rows.js';
import { Running, type Subject } from './subjects.js';
import type { Measured } from './table.js';

/** Rows that are measured together. */
export interface Step {
  /** How the names of its rows begin. */
  rows: readonly string[];
  measure: (subject: Subject) => Promise<Values>;
}

/** One table. */
export interface Part {
  name: string;
  subjects: readonly Subject[];
  /** The subject that the others are compared with. */
  base: Subject;
  steps: readonly Step[];
  /** What is said below the table. */
  summary?: (rounds: readonly Measured[]) => string;
}

export interface MeasureOptions {
  rounds: number;
  /** Only steps that have a row whose name begins with something that this matches. */
  rows: RegExp | undefined;
  /** What the file has is not measured again. */
  resume: boolean;
  quick: boolean;
  file: string;
  onProgress: (text: string) => void;
}

/** A thousand links, or ten restarts of fifty servers, on a machine with better things to do. */
const LONGEST_STEP_MS = 300_000;

/** Every chosen step with every subject, round after round; what is measured is written to the file step by step. */
export async function measure(part: Part, options: MeasureOptions): Promise<PartReport> {
  const { rounds, resume, quick, file, onProgress } = options;
  const steps = part.steps.filter(({ rows }) => rows.some((row) => options.rows?.test(row) ?? true));
  const { subjects, base } = part;
  const report = readReport(file);
  const known = report.parts[part.name];
  const kept = resume || steps.length < part.steps.length ? known : undefined;
  const found: PartReport = {
    ...{ date: '', ...machine(), quick, base: base.name, subjects: subjects.map(({ name }) => name) },
    ...{ load: kept?.load ?? [loadavg()[0]!, loadavg()[0]!], rounds: kept?.rounds ?? [] },
  };
  report.parts[part.name] = found;
  if (!resume) for (const round of found.rounds) for (const step of steps) forget(round, step);
  const left = Array.from({ length: rounds }, (_, round) => steps.map((step) => ({ round, step })))
    .flat()
    .filter(({ round, step }) => !has(found.rounds[round], step));
  const clock = new Clock(
    left.map(({ step }) => step).flatMap((step) => subjects.map(({ name }) => keyOf(step, name))),
  );
  for (const { round, step } of left) {
    const measured: Measured = {};
    // The variant that goes first changes from round to round.
    const order = subjects.map((_, i) => subjects[(i + round) % subjects.length]!);
    for (const subject of order) {
      onProgress(
        `round ${round + 1} of ${rounds}, ${step.rows[0]!.replace(/, $/, '')}: ${subject.name}${clock.words()}`,
      );
      const end = clock.begin(keyOf(step, subject.name));
      const values = await valuesOf(step, subject, subject === subjects[0]);
      // In a short measurement a slow peer may answer nothing.
      const isMeasured = ([, value]: [string, number]) => Number.isFinite(value);
      measured[subject.name] = Object.fromEntries(Object.entries(values).filter(isMeasured));
      end();
    }
    found.rounds[round] ??= {};
    const values = found.rounds[round];
    for (const { name } of subjects) {
      values[name] = inOrder({ ...values[name], ...measured[name] }, part.steps);
    }
    const load = loadavg()[0]!;
    found.load = [Math.min(load, found.load[0]), Math.max(load, found.load[1])];
    found.date = new Date().toISOString();
    await writeReport(file, report);
  }
  return found;
}

/** A peer that fails leaves its rows out; that ours does not may not go unseen. */
async function valuesOf(step: Step, subject: Subject, isOurs: boolean): Promise<Values> {
  const over = new AbortController();
  try {
    const tooLate = delay(LONGEST_STEP_MS, undefined, { signal: over.signal }).then(() => {
      throw new Error(`${subject.name} took more than ${LONGEST_STEP_MS / 60_000} minutes`);
    });
    return await Promise.race([step.measure(subject), tooLate]);
  } catch (error) {
    await Running.stopAll();
    if (isOurs) throw error;
    process.stderr.write(`${subject.name}: ${(error as Error).message}\n`);
    return {};
  } finally {
    over.abort();
  }
}

function keyOf({ rows }: Step, subject: string): string {
  return `${rows[0]}: ${subject}`;
}

function isOf({ rows }: Step, name: string): boolean {
  return rows.some((row) => name.startsWith(row));
}

function has(round: Measured | undefined, step: Step): boolean {
  return Object.values(round ?? {}).some((values) => Object.keys(values).some((name) => isOf(step, name)));
}

function forget(round: Measured, step: Step): void {
  for (const values of Object.values(round))
    for (const name of Object.keys(values)) if (isOf(step, name)) delete values[name];
}

function inOrder(values: Values, steps: readonly Step[]): Values {
  const entries = Object.entries(values);
  return Object.fromEntries(steps.flatMap((step) => entries.filter(([name]) => isOf(step, name))));
}

/** Tells how long the rest takes: what was measured before takes as long again. */
class Clock {
  readonly #left: string[];
  readonly #took = new Map<string, number>();

  constructor(left: string[]) {
    this.#left = left;
  }

  begin(key: string): () => void {
    const at = performance.now();
    this.#left.splice(this.#left.indexOf(key), 1);
    return () => this.#took.set(key, performance.now() - at);
  }

  words(): string {
    if (this.#took.size === 0) return '';
    const sum = [...this.#took.values()].reduce((all, one) => all + one);
    const mean = sum / this.#took.size;
    const leftMs = this.#left.reduce((all, key) => all + (this.#took.get(key) ?? mean), 0);
    return `; ${(leftMs / 60_000).toFixed(1)} min left`;
  }
}
