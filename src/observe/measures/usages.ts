import {
  type MachineUsage,
  machineUsage,
  type TreeRoot,
  type TreeUsage,
  TreeUsageReader,
  type WhyNotMeasured,
} from '../../process/tree-usage.js';
import type { CopyEvent } from '../../protocol/copy-event.js';
import type { Status } from '../../protocol/status.js';
import type { Clock } from '../../time/clock.js';

/** A measurement that is asked for. */
interface Wanted {
  everyMs: number;
  onRead: () => void;
}

/** What has been measured last. */
interface Measured {
  machine: MachineUsage;
  /** By the name of the server in the plan, and processes for some clients also by their own (`memory#3`). */
  servers: Map<string, TreeUsage>;
  /** Of all of them together. */
  totalBytes: number;
  why: WhyNotMeasured | undefined;
}

/** A measurement older than this, in milliseconds, is not shown to the next reader: they wait for a new one. */
const OLD_MS = 30_000;

export interface UsagesOptions {
  clock: Pick<Clock, 'now' | 'after'>;
  reader?: Pick<TreeUsageReader, 'read'>;
  /** Called with what was measured. */
  onMeasured: (servers: ReadonlyMap<string, TreeUsage>) => void;
}

/** Memory and CPU of the servers, measured again and again while that is wanted. */
export class Usages {
  readonly #options: UsagesOptions;
  readonly #reader: Pick<TreeUsageReader, 'read'>;
  readonly #wanted = new Set<Wanted>();
  /** The processes by the names that events give their servers: `memory#3`. `server`: its name in the plan. */
  readonly #roots = new Map<string, TreeRoot & { server: string; isCopy?: true }>();
  #lives = 0;
  #cancel: (() => void) | undefined;
  #isReading = false;
  #readAt = Number.NEGATIVE_INFINITY;
  last: Measured | undefined;

  constructor(options: UsagesOptions) {
    this.#options = options;
    this.#reader = options.reader ?? new TreeUsageReader({ now: options.clock.now });
  }

  /** `process`: the name that the event gives the server; `server`: that in the plan. */
  onStatus(status: Status, process: string, server: string): void {
    if (status.type === 'server-ready' || status.type === 'server-kept') {
      const { pid } = status;
      const before = this.#roots.get(process);
      if (pid === undefined) this.#forget(process);
      // It was ready before, and is only said to be so once more.
      else if (before?.pid !== pid) this.#roots.set(process, { pid, life: ++this.#lives, server });
    } else if (status.type === 'server-copy') this.#ofCopy(status, process, server);
    else if (status.type === 'server-down' || status.type === 'server-starting') this.#forgetAll(process);
    else if (status.type === 'server-state' && (status.to === 'stopped' || status.to === 'idle-stopped'))
      this.#forgetAll(process);
  }

  /** One of several processes: its usage is a part of its server's. */
  #ofCopy(event: CopyEvent, process: string, server: string): void {
    const copy = `${process} ${event.copy}`;
    // The first one was reported as the server.
    if (event.copy === 1) this.#forget(process);
    if (event.to !== 'ready') this.#forget(copy);
    else if (event.pid !== undefined)
      this.#roots.set(copy, { pid: event.pid, life: ++this.#lives, server, isCopy: true });
  }

  /** The server does not run any more. */
  #forgetAll(process: string): void {
    for (const [name, { isCopy }] of this.#roots)
      if (isCopy && name.startsWith(`${process} `)) this.#forget(name);
    this.#forget(process);
  }

  #forget(process: string): void {
    const root = this.#roots.get(process);
    if (!root) return;
    this.#roots.delete(process);
    this.last?.servers.delete(root.server);
    this.last?.servers.delete(process);
  }

  /** See `Measures.measure`. */
  want(everyMs: number, onRead: () => void): () => void {
    const wanted = { everyMs, onRead };
    const isOld = this.#options.clock.now() - this.#readAt > OLD_MS;
    if (this.#wanted.size === 0 && isOld) this.last = undefined;
    this.#wanted.add(wanted);
    this.#schedule();
    return () => {
      this.#wanted.delete(wanted);
      this.#schedule();
    };
  }

  #schedule(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    if (this.#wanted.size === 0 || this.#isReading) return;
    const { clock } = this.#options;
    const everyMs = Math.min(...[...this.#wanted].map((one) => one.everyMs));
    const inMs = Math.max(0, this.#readAt + everyMs - clock.now());
    this.#cancel = clock.after(inMs, () => void this.#read());
  }

  async #read(): Promise<void> {
    const { clock, onMeasured } = this.#options;
    this.#isReading = true;
    this.#readAt = clock.now();
    const roots = new Map(this.#roots);
    const found = await this.#reader.read(roots);
    this.#isReading = false;
    const why = typeof found === 'string' ? found : undefined;
    const servers = new Map<string, TreeUsage>();
    let totalBytes = 0;
    for (const [process, usage] of typeof found === 'string' ? [] : found) {
      const root = roots.get(process)!;
      // It has ended meanwhile.
      if (this.#roots.get(process)?.life !== root.life) continue;
      totalBytes += usage.memoryBytes;
      if (process !== root.server && !root.isCopy) servers.set(process, usage);
      const others = servers.get(root.server);
      servers.set(root.server, others ? sumOf(others, usage) : usage);
    }
    this.last = { machine: machineUsage(), servers, totalBytes, why };
    onMeasured(servers);
    for (const { onRead } of [...this.#wanted]) onRead();
    this.#schedule();
  }

  /** What is known of a server now. */
  of(server: string): TreeUsage | undefined {
    return this.last?.servers.get(server);
  }
}

function sumOf(a: TreeUsage, b: TreeUsage): TreeUsage {
  const cpu = [a.cpuPercent, b.cpuPercent].filter((one) => one !== undefined);
  return {
    memoryBytes: a.memoryBytes + b.memoryBytes,
    cpuPercent: cpu.length === 0 ? undefined : cpu.reduce((sum, one) => sum + one, 0),
    processes: a.processes + b.processes,
  };
}
