import type { Clock } from '../../time/clock.js';
import { CACHE } from './cache-defaults.js';
import type { CacheStore, Looked } from './cache-store.js';

interface Entry {
  result: Buffer;
  /** Clock time in milliseconds. */
  until: number;
}

/** In this process, with a bound: what was not asked for the longest goes first. */
export class MemoryStore implements CacheStore {
  maxBytes: number;
  readonly #clock: Pick<Clock, 'now'>;
  /** Least recently asked for first. */
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;
  #version = 0;

  constructor(maxBytes: number, clock: Pick<Clock, 'now'>) {
    this.maxBytes = maxBytes;
    this.#clock = clock;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(keys: readonly string[]): Looked {
    const version = String(this.#version);
    for (const key of keys) {
      const entry = this.#entries.get(key);
      if (!entry) continue;
      const leftMs = entry.until - this.#clock.now();
      this.#delete(key, entry);
      if (leftMs <= 0) continue;
      this.#add(key, entry);
      return { kept: { result: entry.result, leftMs }, version };
    }
    return { kept: undefined, version };
  }

  put(key: string, version: string, result: Buffer, ttlMs: number): void {
    if (version !== String(this.#version) || sizeOf(result) > this.maxBytes) return;
    const before = this.#entries.get(key);
    if (before) this.#delete(key, before);
    this.#add(key, { result, until: this.#clock.now() + ttlMs });
    for (const [oldest, entry] of this.#entries) {
      if (this.#bytes <= this.maxBytes && this.#entries.size <= CACHE.maxEntries) break;
      this.#delete(oldest, entry);
    }
  }

  forget(): void {
    this.#version += 1;
    this.#entries.clear();
    this.#bytes = 0;
  }

  #add(key: string, entry: Entry): void {
    this.#entries.set(key, entry);
    this.#bytes += sizeOf(entry.result);
  }

  #delete(key: string, entry: Entry): void {
    this.#entries.delete(key);
    this.#bytes -= sizeOf(entry.result);
  }
}

function sizeOf(result: Buffer): number {
  return result.length + CACHE.entryBytes;
}
