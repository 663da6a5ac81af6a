import { totalmem } from 'node:os';
import { memoryBound } from './memory-bound.js';
import type { ListedProcess, WhyNotMeasured } from './process-list.js';
import { type ProcessLooks, processLooks } from './process-looks.js';
import { ProcessMarks } from './process-marks.js';

export type { WhyNotMeasured } from './process-list.js';

/** What a process and all its descendants take. */
export interface TreeUsage {
  /**
   * Resident memory of all of them, in bytes: what `top` and `ps` show. Pages that processes share count for each. (PSS would
   * divide them, but the system takes a hundred times as long to count it.)
   */
  memoryBytes: number;
  /** Of one processor, in percent, since the measurement before; undefined at the first one. */
  cpuPercent: number | undefined;
  /** How many they are. */
  processes: number;
  /** Their threads; where the system does not tell, as many as processes. */
  threads?: number;
  /** Their process ids. */
  pids?: readonly number[];
}

/** Memory beside that of the servers, in bytes. */
export interface MachineUsage {
  /** Resident memory of mcp-pipe itself. */
  ownBytes: number;
  /** Of the machine, or the limit of the container (cgroup) when that is lower. */
  totalBytes: number;
}

/** The first process of a tree; `life` differs for each that a server has had. */
export interface TreeRoot {
  pid: number;
  life: number;
}

interface TreeUsageOptions {
  /** Default: those that all readers of this process share. */
  looks?: Pick<ProcessLooks, 'look'>;
  /** The process that has started the roots. */
  own?: number;
  marks?: ProcessMarks;
}

/** What is remembered of a tree from one measurement to the next. */
interface KnownTree {
  life: number;
  /** Of its root. */
  born: string;
  at: number;
  /** Processor time of its processes, by pid. */
  cpu: ReadonlyMap<number, { born: string; cpuMs: number }>;
}

/**
 * Measures what trees of processes take, one look at all processes for all trees. Processor time counts from the reader's own
 * measurement before, so that each of those that measure has a reader.
 */
// D218, D363
export class TreeUsageReader {
  readonly #looks: Pick<ProcessLooks, 'look'>;
  readonly #own: number;
  readonly #marks: ProcessMarks;
  #known = new Map<string, KnownTree>();

  constructor({ looks = processLooks, own = process.pid, marks }: TreeUsageOptions = {}) {
    this.#looks = looks;
    this.#own = own;
    this.#marks = marks ?? new ProcessMarks();
  }

  /**
   * @param roots By name.
   * @param only The processes that are looked at, which takes as much less time as they are fewer. Default: all.
   * @returns what each tree takes, by name, without those that do not run any more; or why that cannot be measured here.
   */
  async read(
    roots: ReadonlyMap<string, TreeRoot>,
    only?: readonly number[],
  ): Promise<Map<string, TreeUsage> | WhyNotMeasured> {
    const pids = [...roots.values()].map(({ pid }) => pid);
    const { at, listed } = await this.#looks.look(pids, only);
    if (typeof listed === 'string') return listed;
    const trees = treesIn(listed, pids, this.#marks);
    if (!only) this.#marks.keep(listed);
    const found = new Map<string, TreeUsage>();
    const known = new Map<string, KnownTree>();
    for (const [name, { pid, life }] of roots) {
      const before = this.#known.get(name);
      const same = before?.life === life ? before : undefined;
      const members = [...(trees.get(pid) ?? [])];
      const root = members[0];
      // Another process may have the number by now.
      if (!root || (same ? root.born !== same.born : root.parent !== this.#own)) continue;
      const cpu = new Map(members.map(({ pid: of, born, cpuMs }) => [of, { born, cpuMs }]));
      known.set(name, { life, born: root.born, at, cpu });
      found.set(name, {
        memoryBytes: members.reduce((sum, { residentBytes }) => sum + residentBytes, 0),
        cpuPercent: same && percentOf(members, same, at),
        processes: members.length,
        pids: members.map(({ pid: of }) => of),
        threads: members.reduce((sum, { threads = 1 }) => sum + threads, 0),
      });
    }
    this.#known = only ? new Map([...this.#known, ...known]) : known;
    return found;
  }
}

export function machineUsage(): MachineUsage {
  return { ownBytes: process.memoryUsage.rss(), totalBytes: memoryBound() ?? totalmem() };
}

/**
 * Returns the processes of each tree, by the number of its root, the root first: its descendants; those that began below it and whose
 * parent has ended, which are still of its session; and those that have left it as daemons do, by their marks. No tree without a root.
 */
// D360
function treesIn(
  listed: readonly ListedProcess[],
  roots: readonly number[],
  marks: ProcessMarks,
): ReadonlyMap<number, ReadonlySet<ListedProcess>> {
  const byPid = new Map(listed.map((one) => [one.pid, one]));
  const children = new Map<number, ListedProcess[]>();
  const rooted = new Set(roots);
  const put = (under: number, one: ListedProcess) => {
    const others = children.get(under);
    if (others) others.push(one);
    else children.set(under, [one]);
  };
  for (const one of listed) {
    if (rooted.has(one.pid)) continue;
    put(one.parent, one);
    if (one.group !== one.parent && rooted.has(one.group)) put(one.group, one);
  }
  const found = new Set<ListedProcess>();
  const grow = (tree: Set<ListedProcess>) => {
    // A set is gone through up to what is added meanwhile.
    for (const one of tree) {
      found.add(one);
      for (const child of children.get(one.pid) ?? []) tree.add(child);
    }
    return tree;
  };
  const trees = new Map<number, Set<ListedProcess>>();
  for (const pid of rooted) {
    const root = byPid.get(pid);
    if (root) trees.set(pid, grow(new Set([root])));
  }
  const byMark = new Map<string, Set<ListedProcess>>();
  for (const tree of trees.values()) {
    const [root] = tree;
    // Its own is behind those of each mcp-pipe above this one.
    const own = marks.of(root!).at(-1);
    if (own !== undefined) byMark.set(own, tree);
  }
  if (byMark.size === 0) return trees;
  const first = Math.min(...[...trees.keys()].map((pid) => Number(byPid.get(pid)!.born)));
  for (const one of listed) {
    if (found.has(one) || Number(one.born) < first) continue;
    const mark = marks.of(one).findLast((each) => byMark.has(each));
    if (mark !== undefined) grow(byMark.get(mark)!.add(one));
  }
  return trees;
}

function percentOf(
  members: readonly ListedProcess[],
  { cpu, at: before }: KnownTree,
  at: number,
): number | undefined {
  if (at <= before) return undefined;
  let usedMs = 0;
  for (const { pid, born, cpuMs } of members) {
    const was = cpu.get(pid);
    // All time of a process that was not there before is of this interval.
    usedMs += was?.born === born ? Math.max(0, cpuMs - was.cpuMs) : cpuMs;
  }
  return Math.round((usedMs / (at - before)) * 1_000) / 10;
}
