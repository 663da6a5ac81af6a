/** Where the time of a profile goes. Shares are of the time in which the process worked, not of what it waited. */
export interface ProfileReport {
  date: string;
  node: string;
  /** The rows that were measured meanwhile. */
  values: Readonly<Record<string, number>>;
  workMs: number;
  /** Share of the processor time that was spent in the kernel; where it is known. */
  kernel?: number;
  groups: Shares;
  files: Shares;
  functions: Shares;
}

/** Greatest first. */
export type Shares = Readonly<Record<string, number>>;

export interface CallFrame {
  functionName: string;
  url: string;
  lineNumber: number;
}

/** What V8 writes: `samples` are ids of nodes, `timeDeltas` the microseconds before each. */
export interface Profile {
  nodes: { id: number; callFrame: CallFrame }[];
  startTime: number;
  samples: number[];
  timeDeltas: number[];
}

export type FileOf = (frame: CallFrame) => string;

/** Time of each function itself, summed up three ways. `isMeasured` is told the time of a sample. */
export function sharesOf(
  profiles: readonly Profile[],
  fileOf: FileOf,
  isMeasured: (us: number) => boolean,
): Pick<ProfileReport, 'workMs' | 'groups' | 'files' | 'functions'> {
  const [groups, files, functions] = [new Sums(), new Sums(), new Sums()];
  for (const { nodes, startTime, samples, timeDeltas } of profiles) {
    const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
    let us = startTime;
    samples.forEach((id, i) => {
      us += timeDeltas[i]!;
      const frame = frames.get(id)!;
      if (frame.functionName === '(idle)' || !isMeasured(us)) return;
      // A sample stands for the time until the next.
      const ms = (timeDeltas[i + 1] ?? 0) / 1000;
      const file = fileOf(frame);
      groups.add(groupOf(frame.functionName, file), ms);
      files.add(file, ms);
      functions.add(`${frame.functionName || '(anonymous)'} ${file}`, ms);
    });
  }
  return {
    workMs: groups.total,
    ...{ groups: groups.shares(20), files: files.shares(25), functions: functions.shares(25) },
  };
}

class Sums {
  readonly #of = new Map<string, number>();

  get total(): number {
    return [...this.#of.values()].reduce((sum, ms) => sum + ms, 0);
  }

  add(key: string, ms: number): void {
    this.#of.set(key, (this.#of.get(key) ?? 0) + ms);
  }

  shares(most: number): Shares {
    const sorted = [...this.#of].sort(([, a], [, b]) => b - a).slice(0, most);
    return Object.fromEntries(sorted.map(([key, ms]) => [key, ms / this.total]));
  }
}

/** What has no file is of Node.js and V8. */
export const NATIVE = 'native';

export const GROUPS = {
  writing: 'writing to sockets and pipes',
  program: 'reading and the event loop',
  gc: 'collecting garbage',
  compiling: 'compiling modules',
  node: 'Node.js',
} as const;

/** The system's part and the engine's by what they do, packages by name, ours by folder. */
export function groupOf(functionName: string, file: string): string {
  if (functionName === '(garbage collector)') return GROUPS.gc;
  if (functionName === '(program)') return GROUPS.program;
  if (file === NATIVE && /^(write|shutdown)/.test(functionName)) return GROUPS.writing;
  if (
    /^(compile|wrapSafe|instantiate|link$|evaluate$|internalModuleStat|readFileUtf8)/.test(functionName) &&
    !file.startsWith('src/')
  )
    return GROUPS.compiling;
  const folder = /^(?:src\/[^/]+|node_modules\/(?:@[^/]+\/)?[^/]+)/.exec(file)?.[0];
  return folder?.replace(/\.ts$/, '') ?? GROUPS.node;
}
