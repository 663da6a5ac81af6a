import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { type Clock, systemClock } from '../time/clock.js';
import { killStraysAtExit, signalGroupAtExit } from './exit-cleanup.js';
import type { LaunchedProcess } from './launch.js';
import { endStrays, type Stray } from './strays.js';

export interface TerminateOptions {
  /** How long the process may take to exit after its stdin was ended, in milliseconds. */
  endTimeoutMs: number;
  /** How long its process group may take to exit after SIGTERM, in milliseconds. */
  termTimeoutMs: number;
  /** How long processes that have left the group may take after SIGTERM, in milliseconds; 0: they are not searched for. */
  strayTimeoutMs?: number | undefined;
  /** Called with the processes that have left the group. */
  onStrays?: ((strays: readonly Stray[]) => void) | undefined;
  /** Aborting it skips the remaining waits, except the short one after SIGKILL. */
  forceSignal?: AbortSignal | undefined;
}

/** The functions of the operating system that end processes; tests replace them. */
export interface System {
  platform: NodeJS.Platform;
  /** Like `process.kill`: a negative pid means the group; throws with a `code`. */
  kill(pid: number, signal: NodeJS.Signals | 0): void;
  /** Runs a program to its end; never rejects. */
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

/** A process that is still there this long after SIGKILL waits in the kernel, or is a zombie. */
const KILL_TIMEOUT_MS = 1_000;

/**
 * Steps to end a process group, each followed by a wait, until the group is empty. On Windows, which has no signals to a
 * group, `taskkill` takes their place.
 */
const STEPS = [
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
 * Ends a process and its group, step by step, then processes that have left the group (Linux). Resolves when all are done;
 * never rejects.
 * Idempotent: a second call joins the first, and its `forceSignal` counts as well. After a process has exited on its own,
 * the rest of its group is ended so; call it at once then, before the system can reuse the process id.
 */
export function terminate(
  target: LaunchedProcess,
  options: TerminateOptions,
  system: System = thisSystem,
): Promise<void> {
  let termination = terminations.get(target);
  if (termination === undefined) {
    const force = new AbortController();
    termination = { force, done: endGroup(target, options, force.signal, system) };
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

async function endGroup(
  target: LaunchedProcess,
  options: TerminateOptions,
  forceSignal: AbortSignal,
  system: System,
): Promise<void> {
  const group = new Group(target, system);
  // If mcp-pipe exits before this is done, the group is killed.
  const release = system === thisSystem ? signalGroupAtExit(target.pid, 'SIGKILL') : () => {};
  const waits = { ...options, killTimeoutMs: KILL_TIMEOUT_MS };
  for (const step of STEPS) {
    if (await group.isEmpty()) break;
    if (step.act === 'end stdin') {
      target.stdin.end();
      // Only the leader reads stdin. The others are ended by the next step.
      await group.leaderExits(waits[step.wait], forceSignal);
    } else {
      await group.signal(step.act, step.taskkill);
      await group.becomesEmpty(waits[step.wait], step.act === 'SIGKILL' ? undefined : forceSignal);
    }
  }
  release();
  await endLeft(target, options, forceSignal, system);
  await target.cleanUp?.();
}

async function endLeft(
  target: LaunchedProcess,
  { strayTimeoutMs = 0, onStrays = () => {} }: TerminateOptions,
  forceSignal: AbortSignal,
  system: System,
): Promise<void> {
  if (target.mark === undefined || strayTimeoutMs === 0) return;
  const mayKill = system === thisSystem ? killStraysAtExit(target.mark) : () => {};
  await endStrays(target.mark, { timeoutMs: strayTimeoutMs, forceSignal, onFound: onStrays });
  mayKill();
}

/** First and longest pause between two checks of a group whose leader has exited: no event reports its end. */
const LOOK_EVERY_MS = 2;
const LOOK_EVERY_MAX_MS = 50;
/** A group that exists after this many checks may consist of zombies. */
const LOOKS_BEFORE_ZOMBIE_CHECK = 3;

class Group {
  readonly #target: LaunchedProcess;
  readonly #system: System;
  #leaderLeft = false;
  /** The group was found empty. It gets no signal any more: its id may belong to another group by now. */
  #empty = false;

  constructor(target: LaunchedProcess, system: System) {
    this.#target = target;
    this.#system = system;
    void target.exited.then(() => {
      this.#leaderLeft = true;
    });
  }

  async isEmpty(): Promise<boolean> {
    // So that the exit of the leader, if it has happened already, is noticed.
    await Promise.resolve();
    return this.#leaderLeft && !this.#exists();
  }

  async leaderExits(ms: number, forceSignal: AbortSignal): Promise<void> {
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
      // /T finds descendants by their parent, so it works only while the leader runs.
      if (!this.#leaderLeft) await this.#system.run('taskkill', ['/PID', String(pid), ...taskkill]);
      return;
    }
    this.#kill(signal);
  }

  /** Waits until the group is empty. The leader's exit is an event; for that of the others the group is checked. */
  async becomesEmpty(ms: number, forceSignal: AbortSignal | undefined): Promise<void> {
    const { clock } = this.#system;
    const deadline = clock.now() + ms;
    if (!this.#leaderLeft) await this.leaderExits(ms, forceSignal ?? new AbortController().signal);
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
    // Windows has no groups: only the leader can be checked.
    const exists = this.#system.platform === 'win32' ? !this.#leaderLeft : this.#kill(0);
    if (!exists) this.#empty = true;
    return exists;
  }

  #kill(signal: NodeJS.Signals | 0): boolean {
    try {
      // The system does not reuse the id of a group that has members.
      this.#system.kill(-this.#target.pid, signal);
      return true;
    } catch (error) {
      // EPERM: a process exists that we may not signal (macOS says so of zombies as well).
      return (error as NodeJS.ErrnoException).code === 'EPERM';
    }
  }

  /**
   * Where process 1 reaps no zombies (a container without an init), zombies stay in the group for good, and signal 0 keeps
   * succeeding. Only Linux tells them apart.
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
