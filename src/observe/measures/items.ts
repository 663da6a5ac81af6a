import type { ObservedPlan } from '../observer.js';
import { serverOfProcess } from '../process-name.js';
import { Item } from './item.js';

/** Servers and links that have left the plan are kept, because they may only be paused: so many, the newest. */
const MOST_GONE = 64;

/** Processes for some clients only come and go: so many are kept, the newest. */
const MOST_PROCESSES = 64;

/** A server of the plan. `process`: its own name, or that of a process for some clients only: `memory@alice`, `memory#3`. */
export interface ServerName {
  server: string;
  process: string;
}

/** The servers and links of the plan, each with what is kept of it. */
export class Items {
  readonly #now: () => number;
  readonly #servers = new Map<string, Item>();
  readonly #links = new Map<string, Item>();
  /** Processes of servers for some clients only, by name. */
  readonly #processes = new Map<string, Item>();
  /** Names of the servers of each link, and of a link of the plan that uses each server. */
  #serversOf: ReadonlyMap<string, readonly string[]> = new Map();
  #linkOf: ReadonlyMap<string, string> = new Map();

  /** @param now Time of the timeline. */
  constructor(now: () => number) {
    this.#now = now;
  }

  get servers(): ReadonlyMap<string, Item> {
    return this.#servers;
  }

  get links(): ReadonlyMap<string, Item> {
    return this.#links;
  }

  /** What is kept of those that the plan goes on with stays. */
  planned({ links, servers = [] }: Pick<ObservedPlan, 'links' | 'servers'>): void {
    const now = this.#now();
    const names = [...links.flatMap((link) => link.servers), ...servers.map(({ name }) => name)];
    keepOnly(this.#servers, new Set(names), now);
    keepOnly(this.#links, new Set(links.map(({ name }) => name)), now);
    const gone = [...this.#serversOf].filter(([name]) => this.#links.has(name));
    this.#serversOf = new Map([...gone, ...links.map((link) => [link.name, link.servers] as const)]);
    // The first link of each: later entries of a map win.
    this.#linkOf = new Map(
      links.flatMap((link) => link.servers.map((server) => [server, link.name] as const)).toReversed(),
    );
  }

  /** A server of the plan, or a process of one for some clients only. */
  server(name: string): Item | undefined {
    return this.#servers.get(name) ?? this.#processes.get(name);
  }

  /** The server itself, or its process for some clients only, which is made when it is new. */
  process({ server, process }: ServerName): Item {
    if (process === server) return this.#servers.get(server)!;
    const known = this.#processes.get(process);
    if (known) return known;
    const made = new Item(this.#now());
    this.#processes.set(process, made);
    if (this.#processes.size > MOST_PROCESSES) this.#processes.delete(this.#processes.keys().next().value!);
    return made;
  }

  /** Name of a link of the plan that uses the server. */
  linkOf(server: string): string | undefined {
    return this.#linkOf.get(server);
  }

  /** The server that something is about; undefined for one that the plan does not have. */
  serverOf(link: string, server: string | undefined): ServerName | undefined {
    const servers = this.#serversOf.get(link);
    const process = server ?? (servers?.length === 1 ? servers[0]! : link);
    const planned = serverOfProcess(process, (name) => this.#servers.has(name));
    return planned === undefined ? undefined : { server: planned, process };
  }
}

function keepOnly(items: Map<string, Item>, names: ReadonlySet<string>, at: number): void {
  for (const name of names) if (!items.has(name)) items.set(name, new Item(at));
  const gone: string[] = [];
  for (const [name, item] of items) {
    item.goneAt = names.has(name) ? undefined : (item.goneAt ?? at);
    if (item.goneAt !== undefined) gone.push(name);
  }
  gone.sort((a, b) => items.get(b)!.goneAt! - items.get(a)!.goneAt!);
  for (const name of gone.slice(MOST_GONE)) items.delete(name);
}
