import type { IdKey } from '../envelope.js';

/** Up to this many calls whose keys are no numbers are searched one by one, which is fastest; more are kept in a `Map`. */
const FEW = 32;
/** Up to this many calls are found by the number that is their key; more are kept in a `Map`. */
const INDEXED = 512;
/** Among calls that are found by number, at most this many are searched one by one. */
const ASTRAY = 8;
/** Most places, and room of the index. There are as many at first as few calls need; more are made when they are used. */
const MOST = 2 * INDEXED;
const FIRST = 64;
/** Before the first number. */
const NO_INDEX = new Uint16Array(1);

/**
 * Calls by their keys, oldest first: a `Map` that is cheap while not many calls are open. V8's own `Map` allocates a new
 * table each time a few entries have come and gone, and each old table refers to the next one. Once one of them is in
 * old space, all later ones, with their calls, stay until the next full garbage collection. With hundreds of links, or rules
 * that note something of each call, that is much garbage.
 *
 * Clients count their ids, so a call is usually found, or known to be missing, by the lowest bits of its number.
 */
export class OpenCalls<Call, Key = IdKey> {
  /** The places from `#first` to just before `#end` are in use; those of calls that were taken are empty. */
  readonly #keys: (Key | undefined)[] = [];
  readonly #calls: (Call | undefined)[] = [];
  #first = 0;
  #end = 0;
  #size = 0;
  /** Calls are moved to the front when all places up to here have been used. */
  #places = FIRST;
  /** The place of a number, by its lowest bits. Larger when two open calls have met in it. */
  #index = NO_INDEX;
  /** Open calls that the index does not lead to: their keys are no numbers, or two of them met. */
  #astray = 0;
  /** Holds all calls, from when there are too many for the places until none is left. */
  #many: Map<Key, Call> | undefined;

  get size(): number {
    return this.#many ? this.#many.size : this.#size;
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
    if (!this.#many && (this.#size >= INDEXED || (this.#astray >= ASTRAY && this.#size >= FEW))) {
      const all = new Map(this.entries());
      this.clear();
      this.#many = all;
    }
    if (this.#many) {
      this.#many.set(key, call);
      return;
    }
    if (this.#end >= this.#places) this.#moveUp();
    const place = this.#end++;
    this.#keys[place] = key;
    this.#calls[place] = call;
    this.#size += 1;
    if (typeof key === 'number' && this.#index === NO_INDEX) this.#index = new Uint16Array(FIRST);
    if (this.#point(key, place)) return;
    if (typeof key === 'number' && this.#index.length < MOST) {
      this.#index = new Uint16Array(2 * this.#index.length);
      this.#pointAll();
    } else this.#astray += 1;
  }

  /** Removes and returns the call; undefined when there is none. */
  take(key: Key): Call | undefined {
    if (this.#many) return this.#takeOfMany(this.#many, key);
    const place = this.#placeOf(key);
    if (place < 0) return undefined;
    const call = this.#calls[place];
    if (!this.#isPointed(key, place)) this.#astray -= 1;
    this.#keys[place] = undefined;
    this.#calls[place] = undefined;
    this.#size -= 1;
    if (this.#size === 0) {
      this.#first = 0;
      this.#end = 0;
    } else while (this.#calls[this.#first] === undefined) this.#first += 1;
    return call;
  }

  clear(): void {
    this.#many = undefined;
    this.#keys.fill(undefined);
    this.#calls.fill(undefined);
    this.#first = 0;
    this.#end = 0;
    this.#size = 0;
    this.#astray = 0;
  }

  values(): Iterable<Call> {
    if (this.#many) return this.#many.values();
    return this.#calls.slice(this.#first, this.#end).filter((call) => call !== undefined);
  }

  entries(): Iterable<[Key, Call]> {
    if (this.#many) return this.#many;
    const entries: [Key, Call][] = [];
    for (let i = this.#first; i < this.#end; i++) {
      const call = this.#calls[i];
      if (call !== undefined) entries.push([this.#keys[i]!, call]);
    }
    return entries;
  }

  #placeOf(key: Key): number {
    if (typeof key === 'number') {
      const place = this.#index[key & (this.#index.length - 1)]!;
      if (this.#keys[place] === key) return place;
    }
    if (this.#astray > 0) for (let i = this.#first; i < this.#end; i++) if (this.#keys[i] === key) return i;
    return -1;
  }

  #isPointed(key: Key, place: number): boolean {
    return typeof key === 'number' && this.#index[key & (this.#index.length - 1)] === place;
  }

  /** Has the index lead to `place`. Returns false when it cannot, because it leads to another open call. */
  #point(key: Key, place: number): boolean {
    if (typeof key !== 'number') return false;
    const lowest = this.#index.length - 1;
    const at = key & lowest;
    const other = this.#keys[this.#index[at]!];
    if (typeof other === 'number' && other !== key && (other & lowest) === at) return false;
    this.#index[at] = place;
    return true;
  }

  /** After calls have moved, or the index has become larger. */
  #pointAll(): void {
    this.#astray = 0;
    this.#index.fill(0);
    for (let i = this.#first; i < this.#end; i++) {
      const key = this.#keys[i];
      if (key !== undefined && !this.#point(key, i)) this.#astray += 1;
    }
  }

  #moveUp(): void {
    if (2 * this.#size > this.#places) this.#places *= 2;
    else {
      let to = 0;
      for (let i = this.#first; i < this.#end; i++) {
        if (this.#calls[i] === undefined) continue;
        this.#keys[to] = this.#keys[i];
        this.#calls[to] = this.#calls[i];
        to += 1;
      }
      this.#keys.fill(undefined, to, this.#end);
      this.#calls.fill(undefined, to, this.#end);
      this.#first = 0;
      this.#end = to;
      this.#pointAll();
    }
  }

  #takeOfMany(many: Map<Key, Call>, key: Key): Call | undefined {
    const call = many.get(key);
    many.delete(key);
    if (many.size === 0) this.#many = undefined;
    return call;
  }
}
