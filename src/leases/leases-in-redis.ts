import type { LeaseHolder } from '../protocol/lease-words.js';
import type { RedisLink } from '../redis/redis.js';
import type { Claim } from './lease.js';
import { LEASE_SCRIPT } from './lease-script.js';
import type { LeaseStore, Offers, StoredHolder, Taking } from './lease-store.js';
import { STORE } from './store-defaults.js';

/** Keys of all claims. */
const SHARED = ['mcp-pipe:past', 'mcp-pipe:machines', 'mcp-pipe:ends'];

/** Leases in one Redis or Valkey. */
// D297
export class LeasesInRedis implements LeaseStore {
  readonly #redis: RedisLink;
  readonly #ttlMs: number;

  constructor(redis: RedisLink, ttlMs: number = STORE.ttlMs) {
    this.#redis = redis;
    this.#ttlMs = ttlMs;
  }

  get shown(): string {
    return this.#redis.shown;
  }

  async take(claims: readonly Claim[], holder: StoredHolder): Promise<Taking> {
    const [is, ...rest] = await this.#step('take', claims, holder);
    if (is === 'evicts')
      throw new Error(`it may drop leases: its maxmemory-policy is ${rest[0]}, and has to be noeviction`);
    const claim = Number(rest[0]) - 1;
    if (is === 'taken') return { is, fences: rest.map(Number) };
    if (is === 'full') return { is, claim, holder: holderIn(String(rest[1])) };
    return { is: 'later', claim, isEmpty: Number(rest[1]) === 1, forMs: Number(rest[2]) };
  }

  async renew(claims: readonly Claim[], holder: StoredHolder, fences: readonly number[]): Promise<boolean> {
    const [is] = await this.#step('renew', claims, holder, fences);
    return is === 'renewed';
  }

  async release(claims: readonly Claim[], holder: StoredHolder, fences: readonly number[]): Promise<void> {
    await this.#step('release', claims, holder, fences);
  }

  async offers({ process }: Pick<StoredHolder, 'process'>): Promise<Offers> {
    const args = ['offers', '', process, this.#ttlMs, STORE.offeredForMs, STORE.offers];
    const [machines, ...names] = (await this.#redis.run(LEASE_SCRIPT, SHARED, args)) as (string | number)[];
    return { machines: Number(machines), claims: names.map(String) };
  }

  /** This process asks for nothing more: no slot is left free for it. @throws Error as `take` */
  async leave({ process }: Pick<StoredHolder, 'process'>): Promise<void> {
    await this.#redis.run(LEASE_SCRIPT, SHARED, ['leave', '', process, this.#ttlMs, 0, '']);
  }

  async #step(
    step: string,
    claims: readonly Claim[],
    { id, process, machine, pid, link, since }: StoredHolder,
    fences: readonly number[] = [],
  ): Promise<(string | number)[]> {
    const keys = claims.flatMap(({ kind, key }) =>
      ['holders', 'fence', 'about', 'free'].map((what) => `mcp-pipe:${kind}:${key}:${what}`),
    );
    const about = JSON.stringify({ machine, pid, link, since });
    const ofClaims = claims.flatMap(({ slots }, i) => [slots, fences[i] ?? 0]);
    const patience = Math.round(STORE.yieldsFor * this.#ttlMs);
    const answer = await this.#redis.run(
      LEASE_SCRIPT,
      [...SHARED, ...keys],
      [step, id, process, this.#ttlMs, patience, about, ...ofClaims],
    );
    return answer as (string | number)[];
  }
}

/** What `LEASE_SCRIPT` keeps of a holder: its fence and JSON. */
export function holderIn(text: string): LeaseHolder | undefined {
  try {
    const { machine, pid, link, since } = JSON.parse(text.replace(/^\d+ /, '')) as LeaseHolder;
    const isWhole =
      [pid, since].every(Number.isFinite) && typeof link === 'string' && typeof machine === 'string';
    return isWhole ? { machine: machine as string, pid, link, since } : undefined;
  } catch {
    return undefined;
  }
}
