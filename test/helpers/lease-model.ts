import { nameOf } from '../../src/leases/claims.js';
import type { Claim } from '../../src/leases/lease.js';
import { KEPT_MS } from '../../src/leases/lease-script.js';
import type { Offers, StoredHolder, Taking } from '../../src/leases/lease-store.js';
import { STORE } from '../../src/leases/store-defaults.js';

interface Kept {
  until: number;
  fence: number;
  holder: StoredHolder;
}

/** All that the store keeps. */
interface Data {
  held: Map<string, Map<string, Kept>>;
  fences: Map<string, number>;
  machines: Map<string, number>;
  free: Map<string, { since: number; giver?: string }>;
  ends: Map<string, number>;
  began: number | undefined;
  clock: number | undefined;
  now: number | undefined;
  run: number;
}

const empty = (): Data => ({
  ...{ held: new Map(), fences: new Map(), machines: new Map(), free: new Map(), ends: new Map() },
  ...{ began: undefined, clock: undefined, now: undefined, run: 0 },
});

/** What `LEASE_SCRIPT` does, step by step, without Redis. */
export class LeaseModel {
  readonly #ttlMs: number;
  readonly #now: () => number;
  /** Which of the script's rules hold; a test leaves some out, to show what they are good for. */
  readonly #rules: { knowsRun: boolean; knowsJumps: boolean };
  #data = empty();
  /** Of the server that keeps the data. */
  #run = 1;

  constructor(ttlMs: number, now: () => number, rules = { knowsRun: true, knowsJumps: true }) {
    this.#ttlMs = ttlMs;
    this.#now = now;
    this.#rules = rules;
  }

  /** Restarted without its data. */
  empty(): void {
    this.#data = empty();
    this.#run += 1;
  }

  /** Returns what restarts the server with the data of now: an old file, or a replica that had not got the last writes. */
  snapshot(): () => void {
    const data = structuredClone(this.#data);
    return () => {
      this.#data = structuredClone(data);
      this.#run += 1;
    };
  }

  take(claims: readonly Claim[], holder: StoredHolder): Taking {
    const now = this.#step(claims);
    const { machines, free } = this.#data;
    this.#seen(holder.process, now);
    for (const [i, { key, slots }] of claims.entries()) {
      const held = this.#of(key);
      if (!held.has(holder.id) && held.size >= slots) {
        const [first] = [...held.values()].sort((a, b) => a.until - b.until);
        return { is: 'full', claim: i, holder: first!.holder };
      }
      if (this.#isEmpty(now))
        return { is: 'later', claim: i, isEmpty: true, forMs: this.#data.began! + this.#ttlMs - now };
    }
    const { key, slots } = claims[0]!;
    if (!this.#of(key).has(holder.id) && machines.size > slots && machines.size <= 64) {
      const rank = (machine: string) => hash(`${machine}${key}`);
      const { since, giver } = free.get(key) ?? { since: now };
      const others = [...machines.keys()].filter((other) => other !== giver);
      const better = others.filter((other) => rank(other) > rank(holder.process)).length;
      if (better >= slots) {
        if (!free.has(key)) free.set(key, { since });
        const forMs = since + this.#ttlMs * STORE.yieldsFor - now;
        if (forMs > 0) return { is: 'later', claim: 0, isEmpty: false, forMs };
      }
    }
    free.delete(key);
    const fences = claims.map((claim) => {
      const fence = Math.max((this.#data.fences.get(claim.key) ?? 0) + 1, Math.floor(now / 1_000));
      this.#keep(claim, holder, fence, now);
      return fence;
    });
    return { is: 'taken', fences };
  }

  renew(claims: readonly Claim[], holder: StoredHolder, fences: readonly number[]): boolean {
    const now = this.#step(claims);
    for (const [i, { key, slots }] of claims.entries()) {
      const own = this.#of(key).get(holder.id)?.fence;
      if (own === fences[i]) continue;
      const isLost = this.#isEmpty(now) || fences[i]! > (this.#data.fences.get(key) ?? 0);
      const hasRoom = own === undefined ? this.#of(key).size < slots : own < fences[i]!;
      if (!isLost || !hasRoom) return false;
    }
    for (const [i, claim] of claims.entries()) this.#keep(claim, holder, fences[i]!, now);
    this.#data.machines.set(holder.process, now);
    return true;
  }

  release(claims: readonly Claim[], holder: StoredHolder, fences: readonly number[]): void {
    const now = this.#step(claims);
    for (const [i, claim] of claims.entries()) {
      if (this.#of(claim.key).get(holder.id)?.fence !== fences[i]) continue;
      this.#of(claim.key).delete(holder.id);
      this.#data.free.set(claim.key, { since: now, giver: holder.process });
      this.#data.ends.set(nameOf(claim), now);
    }
  }

  offers({ process }: Pick<StoredHolder, 'process'>): Offers {
    const now = this.#step([]);
    this.#seen(process, now);
    const claims: string[] = [];
    for (const [name, at] of this.#data.ends)
      if (at <= now && claims.length < STORE.offers) claims.push(name);
    for (const name of claims) {
      // In a sorted set it moves to the end as well.
      this.#data.ends.delete(name);
      this.#data.ends.set(name, now + STORE.offeredForMs);
    }
    return { claims, machines: this.#data.machines.size };
  }

  #seen(machine: string, now: number): void {
    const { machines } = this.#data;
    machines.set(machine, now);
    for (const [other, at] of machines) if (at <= now - this.#ttlMs) machines.delete(other);
  }

  #isEmpty(now: number): boolean {
    if (this.#rules.knowsRun && this.#data.run !== this.#run) {
      this.#data.run = this.#run;
      this.#data.began = now;
    }
    return now < this.#data.began! + this.#ttlMs;
  }

  /** Counts time, and forgets whose time is over. */
  #step(claims: readonly Claim[]): number {
    const clock = this.#now();
    const passed = clock - (this.#data.clock ?? clock);
    const counted = Math.max(0, Math.min(passed, this.#ttlMs * STORE.longestStep));
    const now = (this.#data.now ?? clock) + (this.#rules.knowsJumps ? counted : passed);
    const isForgotten = this.#rules.knowsJumps && passed > KEPT_MS / 2;
    if (passed > KEPT_MS) for (const all of [this.#data.held, this.#data.fences]) all.clear();
    this.#data = { ...this.#data, clock, now, began: isForgotten ? now : (this.#data.began ?? now) };
    for (const { key } of claims)
      for (const [id, { until }] of this.#of(key)) if (until <= now) this.#of(key).delete(id);
    return now;
  }

  #of(key: string): Map<string, Kept> {
    const held = this.#data.held.get(key) ?? new Map<string, Kept>();
    this.#data.held.set(key, held);
    return held;
  }

  #keep(claim: Claim, holder: StoredHolder, fence: number, now: number): void {
    const { fences, ends } = this.#data;
    fences.set(claim.key, Math.max(fence, fences.get(claim.key) ?? 0));
    const held = this.#of(claim.key);
    held.set(holder.id, { until: now + this.#ttlMs, fence, holder });
    const name = nameOf(claim);
    if (held.size >= claim.slots) ends.set(name, Math.min(...[...held.values()].map(({ until }) => until)));
    else if (!ends.has(name)) ends.set(name, now);
  }
}

function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}
