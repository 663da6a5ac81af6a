import {
  type MachineUsage,
  machineUsage,
  type TreeUsage,
  TreeUsageReader,
  type WhyNotMeasured,
} from '../../process/tree-usage.js';
import type { Status } from '../../protocol/status.js';
import type { Clock } from '../../time/clock.js';
import { ServerProcesses, treeRoots } from '../server-processes.js';

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
  readonly #processes = new ServerProcesses();
  /** Names in the plan, by the names that events give the servers that run: `memory#3`. */
  readonly #servers = new Map<string, string>();
  #cancel: (() => void) | undefined;
  #isReading = false;
  #readAt = Number.NEGATIVE_INFINITY;
  last: Measured | undefined;

  constructor(options: UsagesOptions) {
    this.#options = options;
    this.#reader = options.reader ?? new TreeUsageReader();
  }

  /** `process`: the name that the event gives the server; `server`: that in the plan. */
  onStatus(status: Status, process: string, server: string): void {
    const change = this.#processes.onStatus(status, process);
    if (change === 'began') this.#servers.set(process, server);
    else if (change === 'ended' && this.#processes.of(process).length === 0) {
      this.#servers.delete(process);
      this.last?.servers.delete(server);
      this.last?.servers.delete(process);
    }
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
    const roots = treeRoots(this.#processes.all);
    const found = await this.#reader.read(roots);
    this.#isReading = false;
    const why = typeof found === 'string' ? found : undefined;
    const servers = new Map<string, TreeUsage>();
    const add = (name: string, usage: TreeUsage) => {
      const others = servers.get(name);
      servers.set(name, others ? sumOf(others, usage) : usage);
    };
    const running = new Set(this.#processes.all.map(({ life }) => life));
    let totalBytes = 0;
    for (const [pid, usage] of typeof found === 'string' ? [] : found) {
      const { server: process, life } = roots.get(pid)!;
      // It has ended meanwhile.
      if (!running.has(life)) continue;
      const server = this.#servers.get(process)!;
      totalBytes += usage.memoryBytes;
      add(server, usage);
      if (process !== server) add(process, usage);
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
