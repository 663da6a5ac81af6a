import { existsSync, mkdirSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LimitedResource, ResourceLimits } from '../protocol/resource-limits.js';
import { type Controller, type Hierarchy, OWN_GROUP } from './control-groups.js';
import { isRunning } from './identity.js';
import type { ServerCommand } from './launch.js';
import { systemFile } from './system-file.js';

/** Processes get so much more memory than their limit before the kernel ends them: mcp-pipe has the time to wait for calls. */
export const HARD_SHARE = 1.25;

/** Groups of limited processes begin so; then come the process id of mcp-pipe and a number. */
const PREFIX = 'mcp-pipe-server-';
/** The period of `cpu.max`, in microseconds: its default (cgroup-v2.rst, "CPU Interface Files"). */
const PERIOD_US = 100_000;
const US_OF_PERCENT = PERIOD_US / 100;

/** The group in which the processes of one life of a server are held to their limits, in each hierarchy. */
export interface LimitedGroup {
  /**
   * What the kernel holds this process to; the rest only a watcher can. Nothing before the process has entered, which takes it some
   * milliseconds, and nothing when it may not enter (EACCES, EBUSY; D360).
   */
  holding(pid: number): ReadonlySet<LimitedResource>;
  /** The command, which enters the group before it begins. Its first process keeps its number. */
  entering(command: ServerCommand): ServerCommand;
  /** What the kernel has ended of it for want of memory; `peak` is what it took at most, in bytes. */
  outOfMemory(): { kills: number; peak: number | undefined };
  /** Ends what is left in it, and removes it. Never rejects. */
  remove(): Promise<void>;
}

/** Makes groups for limited processes. */
export class LimitedGroups {
  readonly #hierarchies: readonly Hierarchy[];
  readonly #own: number;
  #made = 0;

  /**
   * Makes the hierarchies ready: the processes of the own group move into one below it, because a group of version 2 has either
   * processes or limited groups ("No Internal Process Constraint"). Hierarchies that refuse are left out.
   */
  constructor(hierarchies: readonly Hierarchy[], own = process.pid) {
    this.#own = own;
    this.#hierarchies = hierarchies.flatMap((one) => ready(one) ?? []);
    for (const { folder } of this.#hierarchies) sweep(folder, own);
  }

  /** What the kernel can hold processes to here. */
  get controllers(): ReadonlySet<Controller> {
    return new Set(this.#hierarchies.flatMap(({ controllers }) => controllers));
  }

  /** @returns undefined when none of the limits can be set here. */
  make(limits: ResourceLimits): LimitedGroup | undefined {
    const name = `${PREFIX}${this.#own}-${++this.#made}`;
    const made = this.#hierarchies.flatMap(({ version, folder, controllers }): Made[] => {
      const wanted = controllers.filter((controller) => limits[controller] !== undefined);
      if (wanted.length === 0) return [];
      const path = `${folder}/${name}`;
      try {
        mkdirSync(path);
        const holds = wanted.filter((controller) => hold(version, path, controller, limits[controller]!));
        return [{ version, path, holds }];
      } catch {
        return [];
      }
    });
    return made.length === 0 ? undefined : new Group(made);
  }
}

interface Made {
  version: Hierarchy['version'];
  path: string;
  holds: readonly Controller[];
}

/** In the shell, because Node.js starts no process inside of a group. `$$` stays the same through `exec`. */
const ENTER =
  'n=$1; shift; while [ "$n" -gt 0 ]; do echo $$ 2>/dev/null >"$1"; shift; n=$((n-1)); done; exec "$@"';
/** Ended processes leave a group when their parent has heard of it. */
const REMOVE_TRIES = 20;
const REMOVE_EVERY_MS = 50;

class Group implements LimitedGroup {
  readonly #made: readonly Made[];
  /** In which it has been seen. */
  readonly #entered = new Set<Made>();

  constructor(made: readonly Made[]) {
    this.#made = made;
  }

  holding(pid: number): ReadonlySet<LimitedResource> {
    for (const one of this.#made)
      if (!this.#entered.has(one) && pidsIn(one.path).includes(pid)) this.#entered.add(one);
    return new Set([...this.#entered].flatMap(({ holds }) => holds));
  }

  entering(given: ServerCommand): ServerCommand {
    const { command, args, ...rest } = given;
    // The launcher says better than a shell what is missing.
    if (!isThere(given)) return given;
    const files = this.#made.map(({ path }) => `${path}/cgroup.procs`);
    return {
      ...rest,
      command: '/bin/sh',
      args: ['-c', ENTER, 'sh', String(files.length), ...files, command, ...args],
    };
  }

  outOfMemory(): { kills: number; peak: number | undefined } {
    const memory = this.#made.find(({ holds }) => holds.includes('memory'));
    if (!memory) return { kills: 0, peak: undefined };
    const { version, path } = memory;
    const events = systemFile(`${path}/${version === 2 ? 'memory.events' : 'memory.oom_control'}`);
    const peak = Number(systemFile(`${path}/${version === 2 ? 'memory.peak' : 'memory.max_usage_in_bytes'}`));
    return { kills: Number(/^oom_kill (\d+)$/m.exec(events)?.[1] ?? 0), peak: peak > 0 ? peak : undefined };
  }

  async remove(): Promise<void> {
    for (const { version, path, holds } of this.#made) {
      // What would start further processes faster than they are ended starts none.
      if (holds.includes('pids')) write(`${path}/pids.max`, '0');
      for (let tries = 0; tries < REMOVE_TRIES; tries++) {
        end(version, path);
        if (removed(path)) break;
        await sleep(REMOVE_EVERY_MS);
      }
    }
  }
}

function isThere({ command, cwd, env }: ServerCommand): boolean {
  if (command.includes('/')) return existsSync(resolve(cwd, command));
  return (env.PATH ?? '').split(':').some((folder) => existsSync(resolve(cwd, folder, command)));
}

/** Files of the limits; in version 2 cgroup-v2.rst, in version 1 cgroup-v1/memory.rst, pids.rst, scheduler/sched-bwc.rst. */
function hold(version: Hierarchy['version'], path: string, controller: Controller, limit: number): boolean {
  const most = Math.round(limit * HARD_SHARE);
  switch (controller) {
    case 'memory':
      if (version === 1) return write(`${path}/memory.limit_in_bytes`, String(most));
      // One that takes too much is slowed down first, does not make the machine swap, and ends as a whole.
      write(`${path}/memory.high`, String(limit));
      write(`${path}/memory.swap.max`, '0');
      write(`${path}/memory.oom.group`, '1');
      return write(`${path}/memory.max`, String(most));
    case 'cpu': {
      const quota = String(Math.round(limit * US_OF_PERCENT));
      if (version === 2) return write(`${path}/cpu.max`, `${quota} ${PERIOD_US}`);
      return (
        write(`${path}/cpu.cfs_period_us`, String(PERIOD_US)) && write(`${path}/cpu.cfs_quota_us`, quota)
      );
    }
    case 'pids':
      return write(`${path}/pids.max`, String(limit));
  }
}

/** The hierarchy with the controllers that groups in it have; undefined when there are none. */
function ready(hierarchy: Hierarchy): Hierarchy | undefined {
  const { version, folder, isRoot, controllers } = hierarchy;
  if (version === 1) return hierarchy;
  if (!isRoot && !cleared(folder)) return undefined;
  const given = controllers.filter((name) => write(`${folder}/cgroup.subtree_control`, `+${name}`));
  return given.length === 0 ? undefined : { ...hierarchy, controllers: given };
}

/** Processes may be started while others are moved. */
const MOVES = 5;

/** Moves all processes of a group into one below it. */
function cleared(folder: string): boolean {
  const own = `${folder}/${OWN_GROUP}`;
  try {
    mkdirSync(own, { recursive: true });
  } catch {
    return false;
  }
  for (let moves = 0; moves < MOVES; moves++) {
    const pids = pidsIn(folder);
    if (pids.length === 0) return true;
    for (const pid of pids) write(`${own}/cgroup.procs`, String(pid));
  }
  return pidsIn(folder).length === 0;
}

/** Groups of an mcp-pipe that was killed. */
function sweep(folder: string, own: number): void {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return;
  }
  for (const name of names) {
    const pid = Number(new RegExp(`^${PREFIX}(\\d+)-\\d+$`).exec(name)?.[1] ?? own);
    if (pid !== own && !isRunning({ pid, birth: undefined })) removed(`${folder}/${name}`);
  }
}

function end(version: Hierarchy['version'], path: string): void {
  if (version === 2 && write(`${path}/cgroup.kill`, '1')) return;
  for (const pid of pidsIn(path)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended.
    }
  }
}

/** Also the groups below it, which a server may have made. */
function removed(path: string): boolean {
  try {
    for (const entry of readdirSync(path, { withFileTypes: true }))
      if (entry.isDirectory()) removed(`${path}/${entry.name}`);
    rmdirSync(path);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}

function pidsIn(path: string): number[] {
  return systemFile(`${path}/cgroup.procs`).split('\n').filter(Boolean).map(Number);
}

function write(path: string, text: string): boolean {
  try {
    // A file that is not there is no file of a control group.
    writeFileSync(path, text, { flag: 'r+' });
    return true;
  } catch {
    return false;
  }
}
