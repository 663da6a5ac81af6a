import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { type Clock, systemClock } from '../time/clock.js';
import { guard, guardStrays } from './last-resort.js';
import type { LaunchedProcess } from './launch.js';
import { endStrays, type Stray } from './strays.js';

export interface TerminateOptions {
  /** How long the process may take to leave after its stdin ended, in milliseconds. */
  endTimeoutMs: number;
  /** How long it, and whatever it left behind, may take after SIGTERM, in milliseconds. */
  termTimeoutMs: number;
  /** How long those that have left the group may take after SIGTERM, in milliseconds; 0: they are not looked for. */
  strayTimeoutMs?: number | undefined;
  /** Hears which ones there are. */
  onStrays?: ((strays: readonly Stray[]) => void) | undefined;
  /** Aborting it skips the waits that remain, except the short one after SIGKILL. */
  forceSignal?: AbortSignal | undefined;
}

/** What ending processes needs of the operating system; tests hand in another one. */
export interface System {
  platform: NodeJS.Platform;
  /** Like `process.kill`: a negative pid means the group; throws with a `code`. */
  kill(pid: number, signal: NodeJS.Signals | 0): void;
  /** Runs a program to its end, whatever comes of it. */
  run(command: string, args: readonly string[]): Promise<void>;
  clock: Clock;
}

export const thisSystem: System = {
  platform: process.platform,
  kill: (pid, signal) => void process.kill(pid, signal),
  run: (command, args) =>
    new Promise((resolve) => {
      execFile(command, args, { windowsHide: true, timeout: 5_000 }, () => resolve());
    }),
  clock: systemClock,
};

/** SIGKILL cannot be refused; what is still there after this long waits in the kernel or is a zombie. */
const KILL_TIMEOUT_MS = 1_000;

/**
 * The ladder: each rung is tried, then waited upon; the first wait that sees the group empty ends it all. `taskkill`
 * is what Windows has instead of signals to a group.
 */
const LADDER = [
  { act: 'end stdin', wait: 'endTimeoutMs' },
  { act: 'SIGTERM', wait: 'termTimeoutMs', taskkill: ['/T'] },
  { act: 'SIGKILL', wait: 'killTimeoutMs', taskkill: ['/T', '/F'] },
] as const;

interface Termination {
  done: Promise<void>;
  force: AbortController;
}

const terminations = new WeakMap<LaunchedProcess, Termination>();

/**
 * Ends a process and everything in its group, politely first, then what has left the group (Linux). Resolves when both
 * are done; never rejects.
 * Idempotent: a second call joins the first, and its `forceSignal` counts as well. When the process has left by itself,
 * what it left behind is swept with the rest of the ladder; call it right then, before the system can use the pid
 * again.
 */
export function terminate(
  target: LaunchedProcess,
  options: TerminateOptions,
  system: System = thisSystem,
): Promise<void> {
  let termination = terminations.get(target);
  if (termination === undefined) {
    const force = new AbortController();
    termination = { force, done: climb(target, options, force.signal, system) };
    terminations.set(target, termination);
  }
  const { force, done } = termination;
  const asked = options.forceSignal;
  if (asked?.aborted) force.abort();
  else if (asked !== undefined) {
    const pass = () => force.abort();
    asked.addEventListener('abort', pass, { once: true });
    void done.then(() => asked.removeEventListener('abort', pass));
  }
  return done;
}

async function climb(
  target: LaunchedProcess,
  options: TerminateOptions,
  forceSignal: AbortSignal,
  system: System,
): Promise<void> {
  const group = new Group(target, system);
  // Whoever exits without waiting for this leaves nobody behind all the same.
  const release = system === thisSystem ? guard(target.pid, 'SIGKILL') : () => {};
  const waits = { ...options, killTimeoutMs: KILL_TIMEOUT_MS };
  for (const rung of LADDER) {
    if (await group.isEmpty()) break;
    if (rung.act === 'end stdin') {
      target.stdin.end();
      // Only the leader reads stdin. Once it is gone, the others learn of it from the next rung.
      await group.leaderLeaves(waits[rung.wait], forceSignal);
    } else {
      await group.signal(rung.act, rung.taskkill);
      await group.empties(waits[rung.wait], rung.act === 'SIGKILL' ? undefined : forceSignal);
    }
  }
  release();
  const { strayTimeoutMs = 0, onStrays = () => {} } = options;
  if (target.mark === undefined || strayTimeoutMs === 0) return;
  const mayKill = system === thisSystem ? guardStrays(target.mark) : () => {};
  await endStrays(target.mark, { timeoutMs: strayTimeoutMs, forceSignal, onFound: onStrays });
  mayKill();
}

/** First and longest pause between two looks at a group whose leader is gone: nothing announces its end. */
const LOOK_EVERY_MS = 2;
const LOOK_EVERY_MAX_MS = 50;
/** A group that seems alive after this many looks may consist of zombies. */
const LOOKS_BEFORE_ZOMBIE_CHECK = 3;

class Group {
  readonly #target: LaunchedProcess;
  readonly #system: System;
  #leaderLeft = false;
  /** Once seen empty it is never signalled again: its number may belong to somebody else by now. */
  #empty = false;

  constructor(target: LaunchedProcess, system: System) {
    this.#target = target;
    this.#system = system;
    void target.exited.then(() => {
      this.#leaderLeft = true;
    });
  }

  async isEmpty(): Promise<boolean> {
    // Lets a leader that has left already be noticed.
    await Promise.resolve();
    return this.#leaderLeft && !this.#exists();
  }

  async leaderLeaves(ms: number, forceSignal: AbortSignal): Promise<void> {
    const done = new AbortController();
    await Promise.race([
      this.#target.exited,
      this.#system.clock.sleep(ms, AbortSignal.any([done.signal, forceSignal])),
    ]);
    done.abort();
  }

  async signal(signal: NodeJS.Signals, taskkill: readonly string[]): Promise<void> {
    if (this.#empty) return;
    const { pid } = this.#target;
    if (this.#system.platform === 'win32') {
      // /T finds descendants through their parent, so it is of use only while the leader lives.
      if (!this.#leaderLeft) await this.#system.run('taskkill', ['/PID', String(pid), ...taskkill]);
      return;
    }
    this.#kill(signal);
  }

  /** Waits until nobody is left. The leader's end is an event; that of the others has to be looked for. */
  async empties(ms: number, forceSignal: AbortSignal | undefined): Promise<void> {
    const { clock } = this.#system;
    const deadline = clock.now() + ms;
    if (!this.#leaderLeft) await this.leaderLeaves(ms, forceSignal ?? new AbortController().signal);
    let pauseMs = LOOK_EVERY_MS;
    for (let looks = 1; this.#exists(); looks += 1) {
      if (looks > LOOKS_BEFORE_ZOMBIE_CHECK && this.#leaderLeft && (await this.#onlyZombies())) {
        this.#empty = true;
        return;
      }
      const leftMs = deadline - clock.now();
      if (leftMs <= 0 || forceSignal?.aborted) return;
      await clock.sleep(Math.min(pauseMs, leftMs), forceSignal);
      pauseMs = Math.min(pauseMs * 2, LOOK_EVERY_MAX_MS);
    }
  }

  #exists(): boolean {
    if (this.#empty) return false;
    // Windows has no groups: the leader is all that can be seen.
    const exists = this.#system.platform === 'win32' ? !this.#leaderLeft : this.#kill(0);
    if (!exists) this.#empty = true;
    return exists;
  }

  #kill(signal: NodeJS.Signals | 0): boolean {
    try {
      // A group keeps its number from being used again for as long as it has members.
      this.#system.kill(-this.#target.pid, signal);
      return true;
    } catch (error) {
      // EPERM: somebody is there whom we may not signal (macOS says so of zombies, too).
      return (error as NodeJS.ErrnoException).code === 'EPERM';
    }
  }

  /**
   * Where process 1 does not reap (a container without an init), the dead of a group stay in it for good, and
   * signal 0 keeps succeeding. Only Linux tells.
   */
  async #onlyZombies(): Promise<boolean> {
    if (this.#system.platform !== 'linux') return false;
    const group = String(this.#target.pid);
    try {
      const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
      const states = await Promise.all(pids.map((pid) => stateInGroup(pid, group)));
      const found = states.filter((state) => state !== undefined);
      return found.length > 0 && found.every((state) => state === 'Z' || state === 'X');
    } catch {
      return false;
    }
  }
}

/** The state letter of a process if it belongs to the group (proc(5), /proc/pid/stat, fields 3 and 5). */
async function stateInGroup(pid: string, group: string): Promise<string | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
  // The name in field 2 may hold spaces and brackets.
  const [state, , groupOfPid] = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return groupOfPid === group ? state : undefined;
}
