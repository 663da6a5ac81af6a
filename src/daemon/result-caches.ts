import { createHash } from 'node:crypto';
import type { Plan, ServerPlan } from '../config/plan.js';
import type { ServerOptions } from '../config/server-options.js';
import { CacheStage } from '../policy/cache/cache-stage.js';
import type { CacheStore } from '../policy/cache/cache-store.js';
import { MemoryStore } from '../policy/cache/memory-store.js';
import { ResultsInRedis } from '../policy/cache/results-in-redis.js';
import { type CacheCounts, ServerCache } from '../policy/cache/server-cache.js';
import type { KnownToolsOf } from '../policy/known-tools.js';
import type { GuardedClient, StageFor } from '../policy/stage.js';
import type { BoundedLink } from '../redis/bounded-link.js';
import type { ToolWatch } from '../servers/tool-watch.js';
import type { Clock } from '../time/clock.js';

export interface ResultCachesOptions {
  clock: Pick<Clock, 'now' | 'after'>;
  /** What other machines share; undefined: there are none. */
  redis?: Pick<BoundedLink, 'run' | 'isAway'> | undefined;
}

/** How often questions to a server were answered here, and how many bytes are kept of it in memory. */
export interface CacheState extends CacheCounts {
  server: string;
  bytes: number;
}

interface Kept {
  cache: ServerCache;
  memory: MemoryStore;
  /** In Redis, with what names the server there. */
  redis: { space: string; store: ResultsInRedis } | undefined;
}

/** What is kept of the results of servers, beyond connections. */
// D309, D310
export class ResultCaches {
  readonly #options: ResultCachesOptions;
  readonly #kept = new Map<string, Kept>();
  #plan: Pick<Plan, 'servers' | 'inherited'> = { servers: [] };

  constructor(options: ResultCachesOptions) {
    this.#options = options;
  }

  /** Another plan has been taken: servers, and what callers may do, may be others. */
  planned(plan: Pick<Plan, 'servers' | 'inherited'>): void {
    this.#plan = plan;
    const wanted = new Map(plan.servers.map(({ name, options }) => [name, options.cache]));
    for (const [server, { cache }] of this.#kept) {
      cache.changed();
      if (!wanted.get(server)) this.#kept.delete(server);
    }
  }

  /** Callers are no longer good: another may have the name of one. */
  forget(): void {
    for (const { cache } of this.#kept.values()) cache.forget();
  }

  /** Answers the questions of a client. `known`: see `KnownToolsOf`. */
  stageFor(known: KnownToolsOf): StageFor<ServerOptions> {
    return (client, { cache: options, share }) => {
      if (!options) return undefined;
      const { server } = client;
      // Another process of it has what its caller, or session, has told it.
      const isForAll = options.store === 'redis' && this.#options.redis !== undefined && share === 'server';
      const { cache } = this.#of(server, options.maxBytes, isForAll);
      const { clock } = this.#options;
      return new CacheStage({
        ...{ client, options, cache, clock, isForAll, known: known.of(client), caller: callerOf(client) },
      });
    };
  }

  /** The same watch, which also hears that the server may say something else. */
  watching(server: string, watch: ToolWatch): ToolWatch {
    return {
      ...watch,
      changed: () => {
        watch.changed();
        this.#kept.get(server)?.cache.changed();
      },
      listed: (reply, cursor) => {
        const news = watch.listed(reply, cursor);
        if (news) this.#kept.get(server)?.cache.changed();
        return news;
      },
    };
  }

  get states(): CacheState[] {
    return [...this.#kept].map(([server, { cache, memory }]) => ({
      ...{ server, ...cache.counts, bytes: memory.bytes },
    }));
  }

  #of(server: string, maxBytes: number, isForAll: boolean): Kept {
    let kept = this.#kept.get(server);
    if (!kept) {
      const memory = new MemoryStore(maxBytes, this.#options.clock);
      kept = { memory, cache: new ServerCache(memory), redis: undefined };
      this.#kept.set(server, kept);
    }
    kept.memory.maxBytes = maxBytes;
    kept.cache.store = this.#storeOf(server, kept, isForAll);
    return kept;
  }

  #storeOf(server: string, kept: Kept, isForAll: boolean): CacheStore {
    const planned = isForAll ? this.#plan.servers.find(({ name }) => name === server) : undefined;
    if (!planned) return kept.memory;
    const space = spaceOf(planned, this.#plan.inherited);
    if (kept.redis?.space !== space)
      kept.redis = { space, store: new ResultsInRedis(space, this.#options.redis!) };
    return kept.redis.store;
  }
}

/** Whose questions have the same answers: those of one key, whatever it connects by, or of one link. */
function callerOf({ isAccepted, key, link }: GuardedClient): string {
  return JSON.stringify(!isAccepted ? ['link', link] : key === undefined ? ['anyone'] : ['key', key]);
}

/**
 * Names a server for all machines that start the same one: by its name, and a hash of how it is started or reached, with its secrets.
 * Variables that it merely inherits are those of a machine.
 */
// D310
function spaceOf(server: ServerPlan, inherited: Readonly<Record<string, string>> = {}): string {
  const { options: _, ...opened } = server;
  const text = JSON.stringify(plain(opened, inherited));
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

/** A copy that shows everything: what is printed of a plan leaves secrets out. */
function plain(value: unknown, inherited: Readonly<Record<string, string>>): unknown {
  if (Array.isArray(value)) return value.map((one) => plain(one, inherited));
  if (typeof value !== 'object' || value === null) return typeof value === 'function' ? undefined : value;
  const members = Object.entries(value).flatMap(([key, inner]) => {
    if (key !== 'env') return [[key, plain(inner, inherited)] as const];
    const own = Object.entries(inner as Record<string, unknown>).filter(([name]) => !(name in inherited));
    return [[key, own.sort(([a], [b]) => (a < b ? -1 : 1))] as const];
  });
  return Object.fromEntries(members.sort(([a], [b]) => (a < b ? -1 : 1)));
}
