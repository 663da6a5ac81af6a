import type { IdKey } from '../envelope.js';

/** Up to this many calls are searched one by one, which is fastest; more are kept in a `Map`. */
const FEW = 32;
/** Number of places: calls are moved to the front only when all places have been used. */
const PLACES = 2 * FEW;

/**
 * Calls by their keys, oldest first: a `Map` that is cheap while few calls are open. V8's own `Map` allocates a new
 * table each time a few entries have come and gone, and each old table refers to the next one. Once one of them is in
 * old space, all later ones, with their calls, stay until the next full garbage collection. With hundreds of links, or rules
 * that note something of each call, that is much garbage.
 */
export class OpenCalls<Call, Key = IdKey> {
  /** The places from `#first` to just before `#end` are in use. */
  readonly #keys: (Key | undefined)[] = [];
  readonly #calls: (Call | undefined)[] = [];
  #first = 0;
  #end = 0;
  /** Holds all calls, from when there are more than `FEW` until none is left. */
  #many: Map<Key, Call> | undefined;

  get size(): number {
    return this.#many ? this.#many.size : this.#end - this.#first;
  }

  has(key: Key): boolean {
    return this.#many ? this.#many.has(key) : this.#placeOf(key) >= 0;
  }

  get(key: Key): Call | undefined {
    if (this.#many) return this.#many.get(key);
    const place = this.#placeOf(key);
    return place < 0 ? undefined : this.#calls[place];
  }

  /** Adds a call. No call may have this key. */
  add(key: Key, call: Call): void {
    if (!this.#many && this.size === FEW) {
      const all = new Map(this.entries());
      this.clear();
      this.#many = all;
    }
    if (this.#many) {
      this.#many.set(key, call);
      return;
    }
    if (this.#end === PLACES) this.#moveUp();
    this.#keys[this.#end] = key;
    this.#calls[this.#end] = call;
    this.#end += 1;
  }

  /** Removes and returns the call; undefined when there is none. */
  take(key: Key): Call | undefined {
    if (this.#many) return this.#takeOfMany(this.#many, key);
    const place = this.#placeOf(key);
    if (place < 0) return undefined;
    const call = this.#calls[place];
    // Usually the oldest call is taken, and no other call has to move.
    for (let i = place; i > this.#first; i--) {
      this.#keys[i] = this.#keys[i - 1];
      this.#calls[i] = this.#calls[i - 1];
    }
    this.#keys[this.#first] = undefined;
    this.#calls[this.#first] = undefined;
    this.#first += 1;
    if (this.#first === this.#end) {
      this.#first = 0;
      this.#end = 0;
    }
    return call;
  }

  clear(): void {
    this.#many = undefined;
    this.#keys.fill(undefined);
    this.#calls.fill(undefined);
    this.#first = 0;
    this.#end = 0;
  }

  values(): Iterable<Call> {
    return this.#many ? this.#many.values() : (this.#calls.slice(this.#first, this.#end) as Call[]);
  }

  entries(): Iterable<[Key, Call]> {
    if (this.#many) return this.#many;
    return this.#keys.slice(this.#first, this.#end).map((key, i) => [key!, this.#calls[this.#first + i]!]);
  }

  #placeOf(key: Key): number {
    for (let i = this.#first; i < this.#end; i++) if (this.#keys[i] === key) return i;
    return -1;
  }

  #moveUp(): void {
    const keys = this.#keys.slice(this.#first, this.#end);
    const calls = this.#calls.slice(this.#first, this.#end);
    this.clear();
    for (const [i, key] of keys.entries()) {
      this.#keys[i] = key;
      this.#calls[i] = calls[i];
    }
    this.#end = keys.length;
  }

  #takeOfMany(many: Map<Key, Call>, key: Key): Call | undefined {
    const call = many.get(key);
    many.delete(key);
    if (many.size === 0) this.#many = undefined;
    return call;
  }
}
