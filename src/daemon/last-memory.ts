import { ServerProcesses, treeRoots } from '../observe/server-processes.js';
import { TreeUsageReader } from '../process/tree-usage.js';
import type { Status } from '../protocol/status.js';
import type { Clock } from '../time/clock.js';

interface LastMemoryOptions {
  clock: Pick<Clock, 'after' | 'now'>;
  reader?: Pick<TreeUsageReader, 'read'>;
}

/** A server that takes requests has loaded most of what it needs after so many milliseconds; it is measured then, and at once: it may be parked earlier. */
const SETTLED_MS = 5_000;

/** What servers that are started on demand took when they ran last, each with all its processes: it is what parking them saves. */
export class LastMemory {
  readonly #options: LastMemoryOptions;
  readonly #reader: Pick<TreeUsageReader, 'read'>;
  readonly #processes = new ServerProcesses();
  /** Those of the next two looks: at once, and later. */
  readonly #due: readonly [Set<string>, Set<string>] = [new Set(), new Set()];
  /** Bytes by server and copy. */
  readonly #known = new Map<string, Map<number, number>>();
  readonly #cancel: ((() => void) | undefined)[] = [];

  constructor(options: LastMemoryOptions) {
    this.#options = options;
    this.#reader = options.reader ?? new TreeUsageReader();
  }

  /** In bytes; undefined: it was not measured yet, or cannot be. */
  of(name: string): number | undefined {
    const copies = this.#known.get(name);
    return copies && [...copies.values()].reduce((sum, bytes) => sum + bytes, 0);
  }

  /** Something has happened to the server of this name. */
  onStatus(status: Status, name: string): void {
    const change = this.#processes.onStatus(status, name);
    if (change === 'began') {
      this.#plan(0, 0, name);
      this.#plan(1, SETTLED_MS, name);
    }
    // One of several is over: the others are what parking saves from now on.
    else if (change === 'ended' && status.type === 'server-copy') this.#known.get(name)?.delete(status.copy);
  }

  stop(): void {
    for (const cancel of this.#cancel) cancel?.();
    for (const due of this.#due) due.clear();
  }

  #plan(look: 0 | 1, inMs: number, name: string): void {
    this.#due[look].add(name);
    this.#cancel[look] ??= this.#options.clock.after(inMs, () => void this.#measure(look));
  }

  /** One look at all processes, for all that have become ready since the last one. */
  async #measure(look: 0 | 1): Promise<void> {
    this.#cancel[look] = undefined;
    const due = this.#due[look];
    const roots = treeRoots([...due].flatMap((name) => this.#processes.of(name)));
    due.clear();
    if (roots.size === 0) return;
    const found = await this.#reader.read(roots);
    if (typeof found === 'string') return;
    const known = new Map<string, Map<number, number>>();
    for (const [pid, { memoryBytes }] of found) {
      const { server, copy } = roots.get(pid)!;
      const copies = known.get(server) ?? new Map<number, number>();
      known.set(server, copies.set(copy, memoryBytes));
    }
    for (const [name, copies] of known) this.#known.set(name, copies);
  }
}
