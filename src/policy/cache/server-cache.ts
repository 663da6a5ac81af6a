import { MAX_TOOLS } from '../policy-defaults.js';
import type { CacheStore, KeptResult } from './cache-store.js';

/** A question that the server has, and equal ones that wait for its answer. */
export class Flight {
  /** Resolves with the answer if others may have it; else with undefined. */
  readonly landed: Promise<KeptResult | undefined>;
  /** Of what was kept when it was asked; undefined: the store could not be asked. */
  version: string | undefined;
  readonly #land: (kept: KeptResult | undefined) => void;
  readonly #onLanded: () => void;

  constructor(onLanded: () => void) {
    let land!: (kept: KeptResult | undefined) => void;
    this.landed = new Promise((resolve) => {
      land = resolve;
    });
    this.#land = land;
    this.#onLanded = onLanded;
  }

  /** The first time counts. */
  land(kept: KeptResult | undefined): void {
    this.#onLanded();
    this.#land(kept);
  }
}

/** How often questions were answered here, and not. */
export interface CacheCounts {
  /** From what is kept, or together with an equal one. */
  hits: number;
  misses: number;
}

/** What is kept of one server, by all its clients. */
export class ServerCache {
  store: CacheStore;
  readonly counts: CacheCounts = { hits: 0, misses: 0 };
  readonly #flights = new Map<string, Flight>();
  /** Whether tools say that they only read, of the process that has told it last. */
  #hints = new Map<string, boolean>();
  #hintsOf: unknown;
  readonly #lives = new WeakMap<object, string>();
  /** The present process, by its name. */
  readonly #current = new Map<string, string>();
  #lastLife = 0;

  constructor(store: CacheStore) {
    this.store = store;
  }

  /** Names a process or session of the server; undefined: none runs. */
  lifeOf(life: unknown): string | undefined {
    if (typeof life !== 'object' || life === null) return undefined;
    const known = this.#lives.get(life);
    if (known !== undefined) return known;
    const made = String(++this.#lastLife);
    this.#lives.set(life, made);
    return made;
  }

  /** The process of this name is this one now. If it was another one, what that has said is of no use any more. */
  runs(process: string, life: string): void {
    const before = this.#current.get(process);
    if (before === life) return;
    this.#current.set(process, life);
    if (before !== undefined) this.forget();
  }

  /** The server may say something else from now on. */
  forget(): void {
    // Who asks from now on is not to get an answer to a question of before.
    this.#flights.clear();
    this.store.forget();
  }

  /** Its tools may be others. */
  changed(): void {
    this.#hints.clear();
    this.forget();
  }

  learn(life: unknown, tools: Iterable<readonly [string, boolean]>): void {
    if (this.#hintsOf !== life) this.#hints = new Map();
    this.#hintsOf = life;
    for (const [name, readOnly] of tools)
      if (this.#hints.size < MAX_TOOLS) this.#hints.set(name, readOnly && this.#hints.get(name) !== false);
  }

  /** Whether the tool says that it only reads; undefined: that is not known of this process. */
  saysReadOnly(life: unknown, tool: string): boolean | undefined {
    return this.#hintsOf === life ? this.#hints.get(tool) : undefined;
  }

  flight(key: string): Flight | undefined {
    return this.#flights.get(key);
  }

  /** The next equal questions may wait for the answer to this one. */
  begin(key: string): Flight {
    const flight: Flight = new Flight(() => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
    });
    this.#flights.set(key, flight);
    return flight;
  }
}
