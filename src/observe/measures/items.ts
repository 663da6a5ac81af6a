import type { ObservedPlan } from '../observer.js';
import { Item } from './item.js';

/** Servers and links that have left the plan are kept, because they may only be paused: so many, the newest. */
const MOST_GONE = 64;

/** The servers and links of the plan, each with what is kept of it. */
export class Items {
  readonly #now: () => number;
  readonly #servers = new Map<string, Item>();
  readonly #links = new Map<string, Item>();
  /** Names of the servers of each link. */
  #serversOf: ReadonlyMap<string, readonly string[]> = new Map();

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
  }

  /** Name in the plan of a server that something is about; of `memory@alice` and `memory#3`, it is `memory`. Undefined for others. */
  serverOf(link: string, server: string | undefined): string | undefined {
    const servers = this.#serversOf.get(link);
    const name = server ?? (servers?.length === 1 ? servers[0]! : link);
    if (this.#servers.has(name)) return name;
    for (let at = name.length - 1; at > 0; at--) {
      if (name[at] !== '@' && name[at] !== '#') continue;
      const entry = name.slice(0, at);
      if (this.#servers.has(entry)) return entry;
    }
    return undefined;
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
