import type { ListedProcess } from './process-list.js';
import { marksOf } from './strays.js';

type ReadMarks = (pid: number) => readonly string[] | undefined;

/**
 * The marks of servers that processes have inherited (D93), read once for each process: they stay the same while it runs. None
 * outside of Linux, of processes of other users, and of those that were given another environment.
 */
export class ProcessMarks {
  readonly #read: ReadMarks;
  #known = new Map<number, { born: string; marks: readonly string[] }>();

  constructor(read: ReadMarks = process.platform === 'linux' ? marksOf : () => []) {
    this.#read = read;
  }

  of({ pid, born }: ListedProcess): readonly string[] {
    const known = this.#known.get(pid);
    if (known?.born === born) return known.marks;
    const marks = this.#read(pid);
    if (marks) this.#known.set(pid, { born, marks });
    return marks ?? [];
  }

  /** Forgets processes that do not run any more. @param listed all that run */
  keep(listed: readonly ListedProcess[]): void {
    const running = new Set(listed.map(({ pid }) => pid));
    for (const pid of this.#known.keys()) if (!running.has(pid)) this.#known.delete(pid);
  }
}
