import { defaults } from '../../config/defaults.js';
import type { Plan } from '../../config/plan.js';
import type { Observer } from '../../observe/observer.js';
import { PackageError } from '../../packages/package-error.js';
import type { PackagePlaces } from '../../packages/start-locked.js';
import type { OnStatus, Status } from '../../protocol/status.js';
import { type Clock, systemClock } from '../../time/clock.js';
import { lockToWrite } from './lock-place.js';
import { type PackagesOfServers, placesOf, type Unlocked } from './lock-step.js';

export interface RunPackagesOptions {
  places: PackagePlaces;
  /** How long a server has to run before its package is locked, in milliseconds: one that crashes need not be. */
  stableAfterMs: (server: string) => number;
  clock: Clock;
}

/**
 * Locks packages of servers that run well, one after another, in the background. It hears of each start of a server whose package
 * is not locked, and of what becomes of the process.
 */
// D327
export class RunPackages implements Observer, PackagesOfServers {
  readonly name = 'packages';
  readonly places: PackagePlaces;
  readonly #options: RunPackagesOptions;
  /** Servers that were started as their command says, by name, until they are locked. */
  readonly #unlocked = new Map<string, Unlocked>();
  /** Of those that are ready: cancels the wait. */
  readonly #waiting = new Map<string, () => void>();
  readonly #ending = new AbortController();
  #working: Promise<void> = Promise.resolve();

  constructor(options: RunPackagesOptions) {
    this.#options = options;
    this.places = options.places;
  }

  readonly onUnlocked = (unlocked: Unlocked) => {
    this.#forget(unlocked.server);
    this.#unlocked.set(unlocked.server, unlocked);
  };

  onStatus(status: Status): void {
    if (this.#unlocked.size === 0) return;
    const name = status.server ?? status.link;
    if (status.type === 'server-ready') this.#waits(name);
    // One that is put to sleep has shown that it works; on demand it may sleep for days.
    else if (
      status.type === 'server-state' &&
      !['ready', 'idle-stopped', 'between-turns'].includes(status.to)
    )
      this.#forget(name);
  }

  onClientStatus(status: Status): void {
    this.onStatus(status);
  }

  #waits(name: string): void {
    const unlocked = this.#unlocked.get(name);
    if (unlocked === undefined || this.#waiting.has(name)) return;
    const { clock, stableAfterMs } = this.#options;
    const cancel = clock.after(stableAfterMs(name), () => {
      this.#waiting.delete(name);
      this.#unlocked.delete(name);
      this.#working = this.#working.then(() => this.#lock(unlocked));
    });
    this.#waiting.set(name, cancel);
  }

  #forget(name: string): void {
    this.#waiting.get(name)?.();
    this.#waiting.delete(name);
  }

  /** Never rejects: what fails is said, and tried again after the next start. */
  async #lock({ wanted, command, held, report }: Unlocked): Promise<void> {
    const { signal } = this.#ending;
    if (signal.aborted) return;
    try {
      const { lockOf, readLocks } = await import('../../packages/lock-of.js');
      const { lockPackage, resolvePackage } = await import('../../packages/lock-package.js');
      // A server that asks alike, or another mcp-pipe, has locked it meanwhile.
      if (lockOf({ ...command, mayLock: true }, readLocks(this.places.lockFiles))?.is !== 'unlocked') return;
      const host = { cwd: command.cwd, env: command.env, signal, inBackground: true, ...held };
      const locked = await resolvePackage(wanted, host);
      const lockFile = lockToWrite(this.places.lockFiles);
      await lockPackage(wanted, locked, { store: this.places.store, lockFile }, host);
      const { name, version } = locked;
      report({ type: 'package-locked', package: name, version, before: undefined });
    } catch (error) {
      if (!signal.aborted) sayWhy(error, wanted.specs[0], report);
    }
  }

  /** Ends what is being installed. */
  async close(): Promise<void> {
    for (const name of [...this.#waiting.keys()]) this.#forget(name);
    this.#ending.abort();
    await this.#working;
  }
}

function sayWhy(error: unknown, name: string, report: OnStatus): void {
  const isKnown = error instanceof PackageError;
  const why = isKnown ? error.why : 'failed';
  const word = isKnown ? error.said : ((error as NodeJS.ErrnoException).code ?? String(error));
  report({ type: 'server-package', isNew: true, isDirect: false, package: name, why, word });
}

/** What locks the packages of a run with this configuration. */
export function packagesOf(config: string | undefined, plan: () => Plan): RunPackages {
  const settingsOf = (server: string) =>
    plan().links.find(({ servers }) => servers.includes(server))?.settings;
  return new RunPackages({
    places: placesOf(config),
    stableAfterMs: (server) => (settingsOf(server) ?? defaults).stableAfterMs,
    clock: systemClock,
  });
}
