/** A result that is kept. */
export interface KeptResult {
  /** The bytes of `result`, as the server wrote them. Never changed. */
  readonly result: Buffer;
  /** How long it is still good, in milliseconds; above 0. */
  readonly leftMs: number;
}

/** What a store says of some keys. */
export interface Looked {
  /** Of the first of the keys that has one. */
  readonly kept: KeptResult | undefined;
  /** Of what is kept now: a result that is asked for from now on is put with it. */
  readonly version: string;
}

/**
 * Keeps results of one server, by keys that are hashes. No member throws or rejects: a store that is away is one that keeps
 * nothing.
 */
export interface CacheStore {
  /** Undefined: it cannot be asked now, and nothing may be put. A promise settles within a short time. */
  get(keys: readonly string[]): Looked | undefined | Promise<Looked | undefined>;
  /** Keeps the result for so long, unless `forget` was called since its version was. */
  put(key: string, version: string, result: Buffer, ttlMs: number): void;
  /** From now on nothing of before is found, nor kept by a `put` of a version of before. */
  forget(): void;
  /** In memory here, in bytes. */
  readonly bytes: number;
}
