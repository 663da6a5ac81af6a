import type { Settings } from '../../config/defaults.js';
import { availableMemory } from '../../process/available-memory.js';
import {
  machineUsage,
  type TreeRoot,
  type TreeUsage,
  TreeUsageReader,
  type WhyNotMeasured,
} from '../../process/tree-usage.js';
import type { LimitedResource } from '../../protocol/resource-limits.js';
import { isUp } from '../../servers/server-state.js';
import type { SupervisedServer } from '../../servers/supervised-server.js';
import type { Clock } from '../../time/clock.js';
import { BOUNDED } from './bounds-defaults.js';
import { LimitWatch, type OverLimit } from './over-limit.js';

export interface BoundsWatchOptions {
  /** All processes of servers, those for some clients only included. */
  servers: () => readonly SupervisedServer[];
  settings: () => Pick<Settings, 'maxServersMemory' | 'holdTimeoutMs' | 'drainTimeoutMs'>;
  /** With timers that do not keep the process running. */
  clock: Pick<Clock, 'now' | 'after'>;
  reader?: Pick<TreeUsageReader, 'read'>;
  available?: () => number | undefined;
  totalBytes?: number;
}

/** A process of a server that runs: of several, each has the limits for itself. */
interface Watched extends TreeRoot {
  server: SupervisedServer;
  /** Undefined: it may take any amount. */
  limits: LimitWatch | undefined;
  isEnding: boolean;
  /** It and its descendants, at the last look at all processes. */
  pids: readonly number[];
  /** Resident memory at the last look, in bytes. */
  takenBytes?: number;
}

/** What a process takes. */
interface Taking {
  watched: Watched;
  usage: TreeUsage;
}

/**
 * Looks again and again at what the processes of all servers take, all at one look: those over their limits are ended between
 * calls, and while all together take too much, the ones without calls are parked.
 */
// D343
export class BoundsWatch {
  readonly #options: BoundsWatchOptions;
  readonly #reader: Pick<TreeUsageReader, 'read'>;
  /** By their numbers. */
  readonly #watched = new Map<number, Watched>();
  #lives = 0;
  #cancel: (() => void) | undefined;
  #isStopped = false;
  /** Why nothing can be measured here; undefined while something can. */
  unmeasured: WhyNotMeasured | undefined;
  #isShort = false;
  #wholeAt = Number.NEGATIVE_INFINITY;
  #toldAt = { servers: Number.NEGATIVE_INFINITY, machine: Number.NEGATIVE_INFINITY };

  constructor(options: BoundsWatchOptions) {
    this.#options = options;
    this.#reader = options.reader ?? new TreeUsageReader();
  }

  start(): void {
    // What they say is learned when they are ready: without it none can be parked.
    for (const { parking } of this.#options.servers()) parking.learn();
    this.#schedule(BOUNDED.lookEveryMs);
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel?.();
  }

  #schedule(inMs: number): void {
    if (!this.#isStopped) this.#cancel = this.#options.clock.after(inMs, () => void this.look());
  }

  /** One look, and what follows from it. It is at all processes, or at those that are near their memory. */
  async look(): Promise<void> {
    const all = this.#running();
    const now = this.#options.clock.now();
    const near = all.filter(({ limits }) => limits?.isNear);
    const isWhole = near.length === 0 || this.#isShort || now - this.#wholeAt >= BOUNDED.lookEveryMs;
    if (isWhole) this.#wholeAt = now;
    const some = isWhole ? all : near;
    const only = isWhole ? undefined : near.flatMap(({ pids }) => pids);
    const roots = new Map(some.map((watched) => [String(watched.pid), watched]));
    const found = roots.size === 0 ? new Map<string, TreeUsage>() : await this.#reader.read(roots, only);
    if (this.#isStopped) return;
    if (typeof found === 'string') {
      if (found !== this.unmeasured)
        this.#options.servers()[0]?.report({ type: 'limits-unwatched', why: found });
      this.unmeasured = found;
      return this.#schedule(BOUNDED.lookEveryMs);
    }
    this.unmeasured = undefined;
    const taking: Taking[] = some.flatMap((watched) => {
      const usage = found.get(String(watched.pid));
      return usage ? [{ watched, usage }] : [];
    });
    for (const one of taking) this.#compare(one);
    if (isWhole) this.#isShort = this.#afford(taking);
    const isNear = some.some(({ limits }) => limits?.isNear);
    this.#schedule(isNear || this.#isShort ? BOUNDED.nearLookEveryMs : BOUNDED.lookEveryMs);
  }

  /** Resident memory of the processes of a server with limits at the last look, in bytes; undefined: it does not run. */
  takenBy(server: string): number | undefined {
    const known = [...this.#watched.values()].flatMap(({ server: { name }, limits, takenBytes }) =>
      name === server && limits && takenBytes !== undefined ? [takenBytes] : [],
    );
    return known.length === 0 ? undefined : known.reduce((sum, bytes) => sum + bytes, 0);
  }

  /** What the kernel holds each process of a server to; undefined: none runs that has been looked at. */
  heldOf(server: string): readonly LimitedResource[] | undefined {
    const each = [...this.#watched.values()].flatMap(({ server: { name, bounds }, pid }) =>
      name === server && bounds ? [bounds.held(pid)] : [],
    );
    const [first, ...others] = each;
    return first && [...first].filter((of) => others.every((held) => held.has(of)));
  }

  /** The processes that run now; what is known of one goes on while it is the same. */
  #running(): readonly Watched[] {
    const before = new Map(this.#watched);
    this.#watched.clear();
    for (const server of this.#options.servers()) {
      server.parking.learn();
      const { bounds } = server;
      for (const pid of processesOf(server)) {
        const was = before.get(pid);
        const limits = bounds && new LimitWatch(bounds.limits, () => bounds.held(pid));
        const fresh = () => ({ server, pid, life: ++this.#lives, limits, isEnding: false, pids: [pid] });
        this.#watched.set(pid, was?.server === server ? was : fresh());
      }
    }
    return [...this.#watched.values()];
  }

  #compare({ watched, usage }: Taking): void {
    watched.pids = usage.pids ?? watched.pids;
    watched.takenBytes = usage.memoryBytes;
    const over = watched.limits?.look(usage, this.#options.clock.now());
    if (!over) return;
    // While its calls are waited for, it may come to where nothing is waited for any more.
    if (!over.isAtOnce && (watched.isEnding || this.#isReplacing(watched.server))) return;
    watched.isEnding = true;
    void this.#end(watched, over);
  }

  /** Of several processes one is replaced after the other: the others take its calls. */
  #isReplacing(server: SupervisedServer): boolean {
    if (server.hub.copyFacts?.some(({ state }) => state === 'starting')) return true;
    return [...this.#watched.values()].some((one) => one.isEnding && one.server === server);
  }

  async #end({ server, pid }: Watched, { reached, isAtOnce }: OverLimit): Promise<void> {
    const { drainTimeoutMs, holdTimeoutMs } = this.#options.settings();
    const { hub, bounds } = server;
    const end = async () => bounds?.end(pid, reached, isAtOnce);
    if (isAtOnce || !isUp(server.state)) return end();
    const waitMs = Math.min(drainTimeoutMs, holdTimeoutMs / 2);
    // The others go on.
    if (await hub.copies?.replace(pid, waitMs, end)) return;
    // Calls that come meanwhile wait for the next process, and for no longer than for a restart (D161).
    await hub.quiesce(waitMs);
    await end();
  }

  /** Parks one server where all together take too much, or the machine has too little. Returns whether it is so. */
  #afford(taking: readonly Taking[]): boolean {
    const { maxServersMemory } = this.#options.settings();
    const usedBytes = taking.reduce((sum, { usage }) => sum + usage.memoryBytes, 0);
    if (maxServersMemory > 0 && usedBytes > maxServersMemory) {
      this.#park(taking, { of: 'servers', bytes: usedBytes, boundBytes: maxServersMemory });
      return true;
    }
    const { available = availableMemory, totalBytes = machineUsage().totalBytes } = this.#options;
    const bytes = available();
    const boundBytes = Math.max(BOUNDED.leastFreeBytes, totalBytes * BOUNDED.leastFreeShare);
    if (bytes === undefined || bytes >= boundBytes) return false;
    this.#park(taking, { of: 'machine', bytes, boundBytes });
    return true;
  }

  /** The next look shows whether another one has to follow. */
  #park(
    taking: readonly Taking[],
    short: { of: 'servers' | 'machine'; bytes: number; boundBytes: number },
  ): void {
    const bytesOf = new Map<SupervisedServer, number>();
    for (const { watched, usage } of taking)
      bytesOf.set(watched.server, (bytesOf.get(watched.server) ?? 0) + usage.memoryBytes);
    const byMemory = [...bytesOf].sort(([, a], [, b]) => b - a).map(([server]) => server);
    // One that is on its way out gives its memory back by itself.
    if ([...this.#watched.values()].some(({ isEnding }) => isEnding)) return;
    if (byMemory.some(({ parking }) => parking.park('memory'))) return;
    const now = this.#options.clock.now();
    const [largest] = byMemory;
    if (!largest || now - this.#toldAt[short.of] < BOUNDED.tellEveryMs) return;
    this.#toldAt[short.of] = now;
    largest.report({ type: 'memory-short', ...short });
  }
}

/** Its process, or those of several that have not ended. */
function processesOf({ hub, upstream }: SupervisedServer): readonly number[] {
  const { pid } = upstream.facts;
  const pids = hub.copyFacts?.map((copy) => copy.pid) ?? [pid];
  return pids.filter((one) => one !== undefined);
}
