import type { Plan } from '../config/plan.js';
import { wantedPackage } from '../packages/wanted-package.js';
import { type TreeRoot, TreeUsageReader } from '../process/tree-usage.js';
import type { Status } from '../protocol/status.js';
import type { Clock } from '../time/clock.js';
import { FOOTPRINTS } from './footprint-defaults.js';
import {
  type CommandFootprint,
  commandKey,
  type Footprint,
  readFootprints,
  type Saving,
  savingOf,
  writeFootprints,
} from './footprint-file.js';

export interface FootprintsOptions {
  /** The state folder of the configuration; it need not exist. */
  folder: string;
  plan: () => Pick<Plan, 'servers' | 'links'>;
  clock: Pick<Clock, 'after'>;
  /** Milliseconds since 1970. */
  now?: () => number;
  reader?: () => Pick<TreeUsageReader, 'read'>;
}

/** A process that is measured soon. */
interface Due extends TreeRoot {
  cancel: () => void;
}

/**
 * Measures what each server that is a package takes: once as the configuration has it, and once for each version that is started
 * directly. An observer; for all other servers it does nothing, and it looks at processes only for what is not known yet.
 */
// D352
export class Footprints {
  /** Its name among the observers. */
  readonly name = 'footprints';
  readonly #options: FootprintsOptions;
  readonly #known: Map<string, CommandFootprint>;
  readonly #due = new Map<string, Due>();
  /** Versions at which servers were started directly, by server; of others, as the configuration has them. */
  readonly #versions = new Map<string, string>();
  #lives = 0;

  constructor(options: FootprintsOptions) {
    this.#options = options;
    this.#known = readFootprints(options.folder);
  }

  readonly onStatus = (status: Status): void => {
    const { type } = status;
    const direct = directStart(status);
    if (direct) this.#versions.set(this.#nameIn(status), direct.version);
    else if (type === 'server-ready') this.#ready(status);
    else if (type === 'server-starting') {
      // How it is started is said next.
      this.#versions.delete(this.#nameIn(status));
      this.#ended(this.#nameIn(status));
    } else if (type === 'server-down') this.#ended(this.#nameIn(status));
    else if (type === 'server-state' && (status.to === 'stopped' || status.to === 'idle-stopped'))
      this.#ended(this.#nameIn(status));
  };

  readonly onClientStatus = this.onStatus;

  /** What the lock saves, by server; those of which both ways were measured. */
  get savings(): Record<string, Saving> {
    const { servers } = this.#options.plan();
    return Object.fromEntries(
      servers.flatMap(({ name }) => {
        const key = this.#keyOf(name);
        const saving = key && savingOf(this.#known.get(key) ?? {});
        return saving ? [[name, saving]] : [];
      }),
    );
  }

  #ready(status: Status & { type: 'server-ready' }): void {
    const { pid, tookMs } = status;
    const name = this.#nameIn(status);
    this.#ended(name);
    const key = this.#keyOf(name);
    if (pid === undefined || key === undefined) return;
    const version = this.#versions.get(name);
    this.#started(key, version, tookMs);
    if (this.#footprintOf(key, version)?.memoryBytes !== undefined) return;
    const life = ++this.#lives;
    const measure = () => void this.#measure(name, key, version, life);
    const cancel = this.#options.clock.after(FOOTPRINTS.measureAfterMs, measure);
    this.#due.set(name, { pid, life, cancel });
  }

  #ended(name: string): void {
    this.#due.get(name)?.cancel();
    this.#due.delete(name);
  }

  async #measure(name: string, key: string, version: string | undefined, life: number): Promise<void> {
    const root = this.#due.get(name);
    if (root?.life !== life) return;
    const found = await (this.#options.reader ?? newReader)().read(new Map([[name, root]]));
    const memoryBytes = typeof found === 'string' ? undefined : found.get(name)?.memoryBytes;
    // It may have ended while it was looked for.
    if (memoryBytes === undefined || this.#due.get(name)?.life !== life) return;
    this.#due.delete(name);
    const before = this.#footprintOf(key, version);
    if (before) this.#note(key, version, { ...before, memoryBytes, at: this.#now() });
  }

  #started(key: string, version: string | undefined, tookMs: number): void {
    const before = this.#footprintOf(key, version);
    if (before && tookMs > before.startMs * FOOTPRINTS.shorterStart) return;
    this.#note(key, version, { at: this.#now(), ...before, startMs: Math.round(tookMs) });
  }

  /** Undefined for another version than the one that was measured. */
  #footprintOf(key: string, version: string | undefined): Footprint | undefined {
    const { written, direct } = this.#known.get(key) ?? {};
    if (version === undefined) return written;
    return direct?.version === version ? direct : undefined;
  }

  #note(key: string, version: string | undefined, footprint: Footprint): void {
    const before = this.#known.get(key) ?? {};
    // The newest stand last: of too many, the first are dropped.
    this.#known.delete(key);
    this.#known.set(
      key,
      version === undefined
        ? { ...before, written: footprint }
        : { ...before, direct: { ...footprint, version } },
    );
    writeFootprints(this.#options.folder, this.#known);
  }

  /** The server, or a process of it for some clients only, which no server of the plan is named by. */
  #nameIn({ link, server }: Status): string {
    if (server !== undefined) return server;
    const servers = this.#options.plan().links.find(({ name }) => name === link)?.servers;
    return servers?.length === 1 ? servers[0]! : link;
  }

  /** Undefined for a server that is no package. */
  #keyOf(name: string): string | undefined {
    const server = this.#options.plan().servers.find((one) => one.name === name);
    if (server?.kind !== 'stdio') return undefined;
    const { command, args } = server.launch;
    return wantedPackage(command, args) ? commandKey(server.launch) : undefined;
  }

  #now(): number {
    return (this.#options.now ?? Date.now)();
  }
}

/** What is said of a server just before it is started directly (`server-package`); undefined for all else. */
function directStart(status: { type: string; isDirect?: boolean; version?: string }) {
  const { type, isDirect, version } = status;
  return type === 'server-package' && isDirect && version !== undefined ? { version } : undefined;
}

function newReader(): TreeUsageReader {
  return new TreeUsageReader();
}
