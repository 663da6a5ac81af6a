import { readdirSync, readFileSync } from 'node:fs';
import { type Clock, systemClock } from '../time/clock.js';

/**
 * What a server finds in its environment and hands on to all it starts: the marks of the mcp-pipe that started it and,
 * where that one was started by a server itself, of those above it. A process that takes it out of its environment, or
 * that is started without, belongs to nobody.
 */
export const MARK_VARIABLE = 'MCP_PIPE_PROCESS';

/** A process that has left the group of its server (`setsid`, a double fork) and runs on. */
export interface Stray {
  pid: number;
  /** As the system calls it, at most 15 characters. */
  name: string;
}

export interface EndStraysOptions {
  /** How long they may take after SIGTERM, in milliseconds. */
  timeoutMs: number;
  /** Aborting it skips that wait. */
  forceSignal: AbortSignal;
  /** Called once, with all that were found. */
  onFound: (strays: readonly Stray[]) => void;
  clock?: Clock;
}

/** One look at every process costs milliseconds; nothing announces their end. */
const LOOK_EVERY_MS = 50;
/** SIGKILL cannot be refused, but whoever is being forked just then is found only by the next look. */
const KILL_ROUNDS = 3;

/** Ends all that carry the mark, politely first; Linux only. Never rejects. */
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
    left = left.filter(({ pid }) => marksOf(pid).includes(mark));
  }
  for (let round = 0; round < KILL_ROUNDS; round++) {
    left = await strays(mark);
    if (left.length === 0) return;
    signalMarked(left, mark, 'SIGKILL');
    await clock.sleep(LOOK_EVERY_MS);
  }
}

/** Without waiting, for a process that is about to exit itself. */
export function killStrays(mark: string): void {
  signalMarked(strayPids(mark), mark, 'SIGKILL');
}

/** Looks take no more than this part of the time, however many servers end. */
const LOOKING_SHARE = 0.1;
/** About a millisecond of work. */
const PIDS_AT_ONCE = 32;

let looking: Promise<ReadonlyMap<string, readonly Stray[]>> | undefined;
/** When the next look may begin, in milliseconds of `performance.now`. */
let notBefore = 0;

/** Hundreds of servers may end at once: whoever asks before a look begins shares it. */
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

/** Never keeps anybody waiting for long: calls of other servers go on meanwhile. */
async function look(): Promise<ReadonlyMap<string, readonly Stray[]>> {
  const found = new Map<string, Stray[]>();
  const pids = allPids();
  let workedMs = 0;
  while (pids.length > 0) {
    const startedAt = performance.now();
    for (const pid of pids.splice(0, PIDS_AT_ONCE)) {
      const marks = marksOf(pid);
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
  return allPids().flatMap((pid) => (marksOf(pid).includes(mark) ? [{ pid }] : []));
}

function allPids(): number[] {
  return (read(() => readdirSync('/proc')) ?? [])
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid);
}

/** Of a process of ours; none of one that is gone, that has ended and was not reaped, or that belongs to somebody else. */
function marksOf(pid: number): readonly string[] {
  const environment = read(() => readFileSync(`/proc/${pid}/environ`, 'latin1'));
  if (!environment?.includes(MARK_VARIABLE)) return [];
  const line = environment.split('\0').find((entry) => entry.startsWith(`${MARK_VARIABLE}=`));
  return line?.slice(MARK_VARIABLE.length + 1).split(',') ?? [];
}

function nameOf(pid: number): string {
  return read(() => readFileSync(`/proc/${pid}/comm`, 'utf8'))?.trim() ?? '';
}

/** Looks at each once more right before: a number that was given out again belongs to somebody who has no such mark. */
function signalMarked(found: readonly { pid: number }[], mark: string, signal: NodeJS.Signals): void {
  for (const { pid } of found) {
    if (!marksOf(pid).includes(mark)) continue;
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
