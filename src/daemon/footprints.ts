import type { Plan } from '../config/plan.js';
import { isOfLife, ServerProcesses, treeRoots } from '../observe/server-processes.js';
import { wantedPackage } from '../packages/wanted-package.js';
import { TreeUsageReader } from '../process/tree-usage.js';
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
import { mayLock } from './packages/lock-step.js';

export interface FootprintsOptions {
  /** The state folder of the configuration; it need not exist. */
  folder: string;
  plan: () => Pick<Plan, 'servers' | 'links'>;
  clock: Pick<Clock, 'after'>;
  /** Milliseconds since 1970. */
  now?: () => number;
  reader?: () => Pick<TreeUsageReader, 'read'>;
}

/** A server that is measured soon. */
interface Due {
  cancel: () => void;
}

/**
 * Measures what each server that is a package takes: once as the configuration has it, and once for each version that is started
 * directly. Of a server with several processes, what one of them takes: there may be more or fewer of them the next time. An
 * observer; for all other servers it does nothing, and it looks at processes only for what is not known yet.
 */
// D352
export class Footprints {
  /** Its name among the observers. */
  readonly name = 'footprints';
  readonly #options: FootprintsOptions;
  readonly #known: Map<string, CommandFootprint>;
  readonly #processes = new ServerProcesses();
  readonly #due = new Map<string, Due>();
  /** Versions at which servers were started directly, by server; of others, as the configuration has them. */
  readonly #versions = new Map<string, string>();

  constructor(options: FootprintsOptions) {
    this.#options = options;
    this.#known = readFootprints(options.folder);
  }

  readonly onStatus = (status: Status): void => {
    const direct = directStart(status);
    if (!direct && !isOfLife(status)) return;
    const name = this.#nameIn(status);
    const change = this.#processes.onStatus(status, name);
    if (direct) this.#versions.set(name, direct.version);
    else if (status.type === 'server-ready') this.#ready(status, name);
    // How it is started is said next.
    else if (status.type === 'server-starting') this.#versions.delete(name);
    if (change === 'ended' && this.#processes.of(name).length === 0) this.#ended(name);
  };

  readonly onClientStatus = this.onStatus;

  /** What the lock saves, by server, of all its processes; those that it is for, and of which both ways were measured. */
  get savings(): Record<string, Saving> {
    const { servers } = this.#options.plan();
    return Object.fromEntries(
      servers.flatMap((server) => {
        const { name, options } = server;
        const key = server.kind === 'stdio' && mayLock(server) ? this.#keyOf(name) : undefined;
        const saving = key && savingOf(this.#known.get(key) ?? {}, options.instances?.count);
        return saving ? [[name, saving]] : [];
      }),
    );
  }

  #ready({ pid, tookMs }: Status & { type: 'server-ready' }, name: string): void {
    this.#ended(name);
    const key = this.#keyOf(name);
    if (pid === undefined || key === undefined) return;
    const version = this.#versions.get(name);
    this.#started(key, version, tookMs);
    if (this.#footprintOf(key, version)?.memoryBytes !== undefined) return;
    const due = { cancel: () => {} };
    const measure = () => void this.#measure(name, key, version, due);
    due.cancel = this.#options.clock.after(FOOTPRINTS.measureAfterMs, measure);
    this.#due.set(name, due);
  }

  #ended(name: string): void {
    this.#due.get(name)?.cancel();
    this.#due.delete(name);
  }

  async #measure(name: string, key: string, version: string | undefined, due: Due): Promise<void> {
    const roots = treeRoots(this.#processes.of(name));
    const found = await (this.#options.reader ?? newReader)().read(roots);
    const taken = typeof found === 'string' ? [] : [...found.values()].map(({ memoryBytes }) => memoryBytes);
    // It may have ended while it was looked for.
    if (taken.length === 0 || this.#due.get(name) !== due) return;
    this.#due.delete(name);
    const memoryBytes = Math.round(taken.reduce((sum, bytes) => sum + bytes, 0) / taken.length);
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
