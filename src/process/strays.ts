import { readdirSync, readFileSync } from 'node:fs';
import { type Clock, systemClock } from '../time/clock.js';

/**
 * Variable in the environment of a server, inherited by every process that the server starts (D93). It holds the mark
 * of the mcp-pipe that started the server and, if a server started that one, of those above it. A process without it is
 * not found.
 */
export const MARK_VARIABLE = 'MCP_PIPE_PROCESS';

/** A process that has left the process group of its server (`setsid`, a double fork) and still runs. */
export interface Stray {
  pid: number;
  /** Name of the process in the system, at most 15 characters. */
  name: string;
}

export interface EndStraysOptions {
  /** How long the processes may take after SIGTERM, in milliseconds. */
  timeoutMs: number;
  /** Aborting it skips that wait. */
  forceSignal: AbortSignal;
  /** Called once, with all processes that were found. */
  onFound: (strays: readonly Stray[]) => void;
  clock?: Clock;
}

/** Time between two searches, which cost milliseconds each: no event reports the end of a stray. */
const LOOK_EVERY_MS = 50;
/** A process that is being forked during SIGKILL is found only by the next search. */
const KILL_ROUNDS = 3;

/** Ends all processes with the mark: SIGTERM, then SIGKILL. Linux only. Never rejects. */
export async function endStrays(mark: string, options: EndStraysOptions): Promise<void> {
  const { timeoutMs, forceSignal, onFound, clock = systemClock } = options;
  const found = await strays(mark);
  if (found.length === 0) return;
  onFound(found);
  signalMarked(found, mark, 'SIGTERM');
  const deadline = clock.now() + timeoutMs;
  let left = found;
  while (left.length > 0 && clock.now() < deadline && !forceSignal.aborted) {
    await clock.sleep(LOOK_EVERY_MS, forceSignal);
    left = left.filter(({ pid }) => hasMark(pid, mark));
  }
  for (let round = 0; round < KILL_ROUNDS; round++) {
    left = await strays(mark);
    if (left.length === 0) return;
    signalMarked(left, mark, 'SIGKILL');
    await clock.sleep(LOOK_EVERY_MS);
  }
}

/** Kills all processes with the mark at once, synchronously, because this process is about to exit. */
export function killStrays(mark: string): void {
  signalMarked(strayPids(mark), mark, 'SIGKILL');
}

/** Searches take at most this part of the time, however many servers end. */
const LOOKING_SHARE = 0.1;
/** Processes read without a pause: about a millisecond of work. */
const PIDS_AT_ONCE = 32;

let looking: Promise<ReadonlyMap<string, readonly Stray[]>> | undefined;
/** When the next search may begin, in milliseconds of `performance.now`. */
let notBefore = 0;

/** The strays of a mark. Hundreds of servers may end at once, so calls share the next search. */
async function strays(mark: string): Promise<readonly Stray[]> {
  looking ??= new Promise((resolve) => {
    const waitMs = notBefore - performance.now();
    const act = () => {
      looking = undefined;
      void look().then(resolve);
    };
    if (waitMs > 0) setTimeout(act, waitMs);
    else setImmediate(act);
  });
  return (await looking).get(mark) ?? [];
}

/** Searches all processes, with pauses, so that calls of other servers go on meanwhile. */
async function look(): Promise<ReadonlyMap<string, readonly Stray[]>> {
  const found = new Map<string, Stray[]>();
  const pids = allPids();
  let workedMs = 0;
  while (pids.length > 0) {
    const startedAt = performance.now();
    for (const pid of pids.splice(0, PIDS_AT_ONCE)) {
      const marks = marksOf(pid) ?? [];
      if (marks.length === 0) continue;
      const stray = { pid, name: nameOf(pid) };
      for (const mark of marks) found.set(mark, [...(found.get(mark) ?? []), stray]);
    }
    workedMs += performance.now() - startedAt;
    await new Promise((resolve) => setImmediate(resolve));
  }
  notBefore = performance.now() + workedMs / LOOKING_SHARE;
  return found;
}

function strayPids(mark: string): { pid: number }[] {
  return allPids().flatMap((pid) => (hasMark(pid, mark) ? [{ pid }] : []));
}

function allPids(): number[] {
  return (read(() => readdirSync('/proc')) ?? [])
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid);
}

/**
 * The marks of a process; none for a process that has ended, is a zombie, or belongs to another user. Undefined while it begins: it
 * has no environment yet.
 */
export function marksOf(pid: number): readonly string[] | undefined {
  const environment = read(() => readFileSync(`/proc/${pid}/environ`, 'latin1'));
  if (environment === '') return undefined;
  if (!environment?.includes(MARK_VARIABLE)) return [];
  const line = environment.split('\0').find((entry) => entry.startsWith(`${MARK_VARIABLE}=`));
  // An empty one is none: people set it so that nothing is found (docs/configuration.md).
  return (
    line
      ?.slice(MARK_VARIABLE.length + 1)
      .split(',')
      .filter(Boolean) ?? []
  );
}

function hasMark(pid: number, mark: string): boolean {
  return marksOf(pid)?.includes(mark) === true;
}

function nameOf(pid: number): string {
  return read(() => readFileSync(`/proc/${pid}/comm`, 'utf8'))?.trim() ?? '';
}

/** Sends the signal to each process, after reading its marks once more: a reused process id has no such mark. */
function signalMarked(found: readonly { pid: number }[], mark: string, signal: NodeJS.Signals): void {
  for (const { pid } of found) {
    if (!hasMark(pid, mark)) continue;
    read(() => process.kill(pid, signal));
  }
}

function read<T>(from: () => T): T | undefined {
  try {
    return from();
  } catch {
    return undefined;
  }
}
