import type { Plan } from '../config/plan.js';
import { mayBeParked } from '../config/server-options.js';
import type { Observer } from '../observe/observer.js';
import { serverOfProcess } from '../observe/process-name.js';
import type { Snapshot } from '../observe/snapshot.js';
import type { DemandFacts } from '../protocol/demand.js';
import type { Status } from '../protocol/status.js';
import { type Clock, idleClock } from '../time/clock.js';
import { KeepTimes, type WarmServer } from './keep-times.js';
import { LastMemory } from './last-memory.js';

interface DemandWatchOptions {
  /** The server of the plan, of this name. */
  serverOf: (name: string) => WarmServer | undefined;
  /** Default: those of the system, with timers that do not keep the process running. */
  clock?: Pick<Clock, 'after' | 'now'>;
  /** Milliseconds since 1970. */
  wallNow?: () => number;
}

/** Follows the servers that are started on demand: keeps them running at their times, and knows what people see of them. */
export class DemandWatch {
  readonly #serverOf: DemandWatchOptions['serverOf'];
  readonly #times: KeepTimes;
  readonly #memory: LastMemory;
  #names: ReadonlySet<string> = new Set();

  constructor({ serverOf, clock = idleClock, wallNow = Date.now }: DemandWatchOptions) {
    this.#serverOf = serverOf;
    this.#times = new KeepTimes({ clock, wallNow });
    this.#memory = new LastMemory({ clock });
  }

  /** Another plan runs. */
  planned({ servers }: Pick<Plan, 'servers'>): void {
    const all = servers.filter(({ options }) => mayBeParked(options));
    this.#names = new Set(all.map(({ name }) => name));
    this.#times.planned(
      all.flatMap(({ name, options: { start, keep } }) => {
        const server = start === 'demand' ? this.#serverOf(name) : undefined;
        return server ? [{ server, keep }] : [];
      }),
    );
  }

  /** What hears of these servers. */
  observer(snapshot: Pick<Snapshot, 'serverOf'>): Observer {
    const onStatus = (status: Status, name: string) => {
      if (this.#isOne(name)) this.#memory.onStatus(status, name);
    };
    return {
      name: 'demand',
      onStatus: (status) => onStatus(status, snapshot.serverOf(status)),
      // A process of some clients only: `memory@alice`.
      onClientStatus: (status) => onStatus(status, status.server ?? status.link),
    };
  }

  /** Undefined: it is started with mcp-pipe. */
  of(name: string): DemandFacts | undefined {
    if (!this.#isOne(name)) return undefined;
    const { isWithin = false, changesAt } = this.#times.of(name) ?? {};
    const memoryBytes = this.#memory.of(name);
    return {
      isKept: isWithin,
      ...(changesAt === undefined ? {} : { keepChangesAt: changesAt }),
      ...(memoryBytes === undefined ? {} : { memoryBytes }),
    };
  }

  /** The machine has slept. */
  woke(): void {
    this.#times.look();
  }

  stop(): void {
    this.#times.stop();
    this.#memory.stop();
  }

  #isOne(name: string): boolean {
    return this.#names.size > 0 && serverOfProcess(name, (one) => this.#names.has(one)) !== undefined;
  }
}
