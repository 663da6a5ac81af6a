import type { Plan } from '../../config/plan.js';
import { serverOfProcess } from '../../observe/process-name.js';
import type { LimitFacts } from '../../protocol/resource-limits.js';
import type { SupervisedServer } from '../../servers/supervised-server.js';
import { idleClock } from '../../time/clock.js';
import { settingsOfAll } from '../start-limits.js';
import type { BoundsWatch } from './bounds-watch.js';

/** Watches what the servers of a run take, while its plan has any limit. Without one nothing is loaded, and nothing looked at. */
export class Bounds {
  readonly #servers: () => readonly SupervisedServer[];
  #plan: Plan | undefined;
  #watch: Promise<BoundsWatch> | undefined;
  /** The same, once it is loaded. */
  #begun: BoundsWatch | undefined;

  constructor(servers: () => readonly SupervisedServer[]) {
    this.#servers = servers;
  }

  /** @param plan the one that runs from now on; undefined: none does any more. */
  planned(plan: Plan | undefined): void {
    this.#plan = plan;
    const isWanted = plan !== undefined && hasBounds(plan);
    if (isWanted) this.#watch ??= this.#begin();
    else {
      void this.#watch?.then((watch) => watch.stop());
      this.#watch = undefined;
      this.#begun = undefined;
    }
  }

  /** What is known of a server with limits, or of a process of it for some clients only; undefined for any other. */
  of(name: string): LimitFacts | undefined {
    const planned = (one: string) => this.#plan?.servers.find((server) => server.name === one);
    const server = planned(serverOfProcess(name, (one) => planned(one) !== undefined) ?? name);
    const { limits, instances } = server?.options ?? {};
    if (!limits) return undefined;
    const takenBytes = this.#begun?.takenBy(name);
    const held = this.#begun?.heldOf(name);
    const unwatched = this.#begun?.unmeasured;
    return {
      ...{ ...limits, copies: instances?.count ?? 1 },
      ...(takenBytes === undefined ? {} : { takenBytes }),
      ...(held === undefined ? {} : { held }),
      ...(unwatched === undefined ? {} : { unwatched }),
    };
  }

  async #begin(): Promise<BoundsWatch> {
    const { BoundsWatch } = await import('./bounds-watch.js');
    const watch = new BoundsWatch({
      servers: this.#servers,
      settings: () => settingsOfAll(this.#plan ?? { links: [] }),
      clock: idleClock,
    });
    watch.start();
    this.#begun = watch;
    return watch;
  }
}

function hasBounds(plan: Plan): boolean {
  return settingsOfAll(plan).maxServersMemory > 0 || plan.servers.some(({ options }) => options.limits);
}
