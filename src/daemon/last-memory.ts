import { type TreeRoot, TreeUsageReader } from '../process/tree-usage.js';
import type { Status } from '../protocol/status.js';
import type { Clock } from '../time/clock.js';

interface LastMemoryOptions {
  clock: Pick<Clock, 'after' | 'now'>;
  reader?: Pick<TreeUsageReader, 'read'>;
}

/** A server that takes requests has loaded most of what it needs after so many milliseconds; it is measured then, and at once: it may be parked earlier. */
const SETTLED_MS = 5_000;

/** What servers that are started on demand took when they ran last: it is what parking them saves. */
export class LastMemory {
  readonly #options: LastMemoryOptions;
  readonly #reader: Pick<TreeUsageReader, 'read'>;
  /** Processes that run, by the names that events give their servers. */
  readonly #roots = new Map<string, TreeRoot>();
  /** Those of the next two looks: at once, and later. */
  readonly #due: readonly [Set<string>, Set<string>] = [new Set(), new Set()];
  readonly #known = new Map<string, number>();
  #lives = 0;
  readonly #cancel: ((() => void) | undefined)[] = [];

  constructor(options: LastMemoryOptions) {
    this.#options = options;
    this.#reader = options.reader ?? new TreeUsageReader({ now: options.clock.now });
  }

  /** In bytes; undefined: it was not measured yet, or cannot be. */
  of(name: string): number | undefined {
    return this.#known.get(name);
  }

  /** Something has happened to the server of this name. */
  onStatus(status: Status, name: string): void {
    if (status.type === 'server-ready' || status.type === 'server-kept') {
      if (status.pid === undefined || status.pid === this.#roots.get(name)?.pid) return;
      this.#roots.set(name, { pid: status.pid, life: ++this.#lives });
      this.#plan(0, 0, name);
      this.#plan(1, SETTLED_MS, name);
    } else if (status.type === 'server-down' || status.type === 'server-starting') this.#roots.delete(name);
    else if (status.type === 'server-state' && (status.to === 'stopped' || status.to === 'idle-stopped'))
      this.#roots.delete(name);
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
    const roots = new Map(
      [...due].flatMap((name): [string, TreeRoot][] => {
        const root = this.#roots.get(name);
        return root ? [[name, root]] : [];
      }),
    );
    due.clear();
    if (roots.size === 0) return;
    const found = await this.#reader.read(roots);
    if (typeof found === 'string') return;
    for (const [name, { memoryBytes }] of found) this.#known.set(name, memoryBytes);
  }
}
