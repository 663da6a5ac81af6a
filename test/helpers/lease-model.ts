import type { Claim } from '../../src/leases/lease.js';
import type { StoredHolder, Taking } from '../../src/leases/lease-store.js';
import { STORE } from '../../src/leases/store-defaults.js';

interface Kept {
  until: number;
  fence: number;
  holder: StoredHolder;
}

/** What `LEASE_SCRIPT` does, step by step, without Redis. */
export class LeaseModel {
  readonly #ttlMs: number;
  readonly #now: () => number;
  readonly #held = new Map<string, Map<string, Kept>>();
  readonly #fences = new Map<string, number>();
  readonly #machines = new Map<string, number>();
  readonly #free = new Map<string, number>();
  #began: number | undefined;

  constructor(ttlMs: number, now: () => number) {
    this.#ttlMs = ttlMs;
    this.#now = now;
  }

  /** Restarted without its data. */
  empty(): void {
    for (const all of [this.#held, this.#fences, this.#machines, this.#free]) all.clear();
    this.#began = undefined;
  }

  take(claims: readonly Claim[], holder: StoredHolder): Taking {
    const now = this.#step(claims);
    this.#machines.set(holder.process, now);
    for (const [machine, at] of this.#machines) if (at <= now - this.#ttlMs) this.#machines.delete(machine);
    for (const [i, { key, slots }] of claims.entries()) {
      const held = this.#of(key);
      if (held.has(holder.id)) continue;
      if (held.size >= slots) {
        const [first] = [...held.values()].sort((a, b) => a.until - b.until);
        return { is: 'full', claim: i, holder: first!.holder };
      }
      if (this.#isEmpty(now))
        return { is: 'later', claim: i, isEmpty: true, forMs: this.#began! + this.#ttlMs - now };
    }
    const { key, slots } = claims[0]!;
    if (!this.#of(key).has(holder.id) && this.#machines.size > slots) {
      const rank = (machine: string) => hash(`${machine}${key}`);
      const better = [...this.#machines.keys()].filter((other) => rank(other) > rank(holder.process)).length;
      if (better >= slots) {
        if (!this.#free.has(key)) this.#free.set(key, now);
        const forMs = this.#free.get(key)! + this.#ttlMs * STORE.yieldsFor - now;
        if (forMs > 0) return { is: 'later', claim: 0, isEmpty: false, forMs };
      }
    }
    this.#free.delete(key);
    const fences = claims.map((claim) => {
      const fence = (this.#fences.get(claim.key) ?? 0) + 1;
      this.#keep(claim.key, holder, fence);
      return fence;
    });
    return { is: 'taken', fences };
  }

  renew(claims: readonly Claim[], holder: StoredHolder, fences: readonly number[]): boolean {
    const now = this.#step(claims);
    for (const [i, { key, slots }] of claims.entries()) {
      const own = this.#of(key).get(holder.id)?.fence;
      if (own === fences[i]) continue;
      const isLost = this.#isEmpty(now) || fences[i]! > (this.#fences.get(key) ?? 0);
      if (own !== undefined || !isLost || this.#of(key).size >= slots) return false;
    }
    for (const [i, { key }] of claims.entries()) this.#keep(key, holder, fences[i]!);
    this.#machines.set(holder.process, now);
    return true;
  }

  release(claims: readonly Claim[], holder: StoredHolder, fences: readonly number[]): void {
    this.#step(claims);
    for (const [i, { key }] of claims.entries())
      if (this.#of(key).get(holder.id)?.fence === fences[i]) this.#of(key).delete(holder.id);
  }

  #isEmpty(now: number): boolean {
    return now < this.#began! + this.#ttlMs;
  }

  /** Forgets whose time is over. */
  #step(claims: readonly Claim[]): number {
    const now = this.#now();
    this.#began ??= now;
    for (const { key } of claims)
      for (const [id, { until }] of this.#of(key)) if (until <= now) this.#of(key).delete(id);
    return now;
  }

  #of(key: string): Map<string, Kept> {
    const held = this.#held.get(key) ?? new Map<string, Kept>();
    this.#held.set(key, held);
    return held;
  }

  #keep(key: string, holder: StoredHolder, fence: number): void {
    this.#fences.set(key, Math.max(fence, this.#fences.get(key) ?? 0));
    this.#of(key).set(holder.id, { until: this.#now() + this.#ttlMs, fence, holder });
  }
}

function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}
