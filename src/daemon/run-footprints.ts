import { kindOf } from '../config/kinds/kinds.js';
import type { Plan } from '../config/plan.js';
import type { ObservedPlan, Observer } from '../observe/observer.js';
import type { Status } from '../protocol/status.js';
import { idleClock } from '../time/clock.js';
import type { Saving } from './footprint-file.js';
import type { Footprints, FootprintsOptions } from './footprints.js';

/** Measures servers that are packages, from the first plan that has one; its code is loaded with that. An observer. */
export class RunFootprints implements Observer {
  /** Its name among the observers. */
  readonly name = 'footprints';
  readonly #options: FootprintsOptions;
  #loading: Promise<void> | undefined;
  #loaded: Footprints | undefined;

  constructor(plan: Pick<Plan, 'servers'>, options: Omit<FootprintsOptions, 'clock'>) {
    this.#options = { ...options, clock: idleClock };
    this.onPlan(plan);
  }

  readonly onPlan = (plan: ObservedPlan | Pick<Plan, 'servers'>): void => {
    // Plans of a run have their servers whole.
    const { servers } = plan as Pick<Plan, 'servers'>;
    if (servers.some((server) => server.kind === 'stdio' && kindOf(server).fetches?.(server)))
      this.#loading ??= this.#load();
  };

  readonly onStatus = (status: Status): void => {
    if (this.#loaded) this.#loaded.onStatus(status);
    else void this.#loading?.then(() => this.#loaded?.onStatus(status));
  };

  readonly onClientStatus = this.onStatus;

  /** What the lock saves, by server; those of which both ways were measured. */
  get savings(): Record<string, Saving> {
    return this.#loaded?.savings ?? {};
  }

  async #load(): Promise<void> {
    const { Footprints } = await import('./footprints.js');
    this.#loaded = new Footprints(this.#options);
  }
}
