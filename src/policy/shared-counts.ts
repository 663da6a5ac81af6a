import { createHash } from 'node:crypto';
import type { Rate } from '../protocol/grant.js';
import type { BoundedLink } from '../redis/bounded-link.js';
import { MAX_NAMES, MOST_ASKED } from './limit-defaults.js';
import { type CountOf, type Exceeded, type Quota, type RateLimiter, WindowCounts } from './rate-limiter.js';
import { RATE_SCRIPT } from './rate-script.js';

/**
 * Counts the calls of all processes that name one Redis together. What Redis has answered is known here as well: so a name
 * that has nothing left is not asked for again, and while Redis does not answer, this process counts on from there, alone.
 */
// D316
export class SharedCounts implements RateLimiter {
  readonly #link: Pick<BoundedLink, 'run' | 'isAway'>;
  readonly #now: () => number;
  readonly #here: WindowCounts;
  /** Calls that Redis was asked about and has not answered, by the key of each name. */
  readonly #pending = new Map<string, number>();
  #asked = 0;
  /** Names that this process has begun to count in Redis, by the length of their windows, and since when. */
  readonly #begun = new Map<number, { since: number; names: number }>();
  readonly #mostNames: number;

  /**
   * @param now clock time in milliseconds
   * @param mostNames further ones are counted here alone: a client that makes names up, of tools for one, fills no Redis
   */
  constructor(link: Pick<BoundedLink, 'run' | 'isAway'>, now: () => number, mostNames = MAX_NAMES) {
    this.#link = link;
    this.#now = now;
    this.#here = new WindowCounts(now);
    this.#mostNames = mostNames;
  }

  takeAll(counts: readonly CountOf[]): Exceeded | undefined | Promise<Exceeded | undefined> {
    if (this.#link.isAway) return this.#here.takeAll(counts);
    const shared = counts.filter((count) => this.#isShared(count));
    if (shared.length === counts.length) return this.#takeShared(counts);
    // The others are counted for all machines nevertheless.
    const own = counts.filter((count) => !shared.includes(count));
    const placed = (of: readonly CountOf[], exceeded: Exceeded | undefined) =>
      exceeded && { ...exceeded, at: counts.indexOf(of[exceeded.at]!) };
    const rest = (exceeded: Exceeded | undefined) =>
      placed(shared, exceeded) ?? placed(own, this.#here.takeAll(own));
    const first = shared.length > 0 ? this.#takeShared(shared) : undefined;
    return first instanceof Promise ? first.then(rest) : rest(first);
  }

  /** Whether a name is counted in Redis, or may begin to be. */
  #isShared({ name, rate }: CountOf): boolean {
    if (this.#here.window(name, rate)?.storedEnd) return true;
    const now = this.#now();
    let begun = this.#begun.get(rate.perMs);
    if (!begun || now - begun.since >= rate.perMs) begun = { since: now, names: 0 };
    this.#begun.set(rate.perMs, begun);
    if (begun.names >= this.#mostNames) return false;
    begun.names += 1;
    return true;
  }

  #takeShared(counts: readonly CountOf[]): Exceeded | undefined | Promise<Exceeded | undefined> {
    // A flood of calls that are refused is none for Redis.
    const spent = this.#spent(counts, () => 0);
    if (spent) return spent;
    const keys = counts.map(keyOf);
    if (this.#asked < MOST_ASKED) {
      return this.#ask(counts, keys).then((known) => (known === 'away' ? this.#here.takeAll(counts) : known));
    }
    // A thousand calls in one batch do not all wait: beyond some, what is known here decides, and Redis is told.
    const refused = this.#spent(counts, (at) => this.#pending.get(keys[at]!) ?? 0);
    if (refused) return refused;
    void this.#ask(counts, keys).then((known) => known === 'away' && this.#here.takeAll(counts));
    return undefined;
  }

  look(name: string, rate: Rate): Quota {
    return this.#here.look(name, rate);
  }

  /** The first name that has no call left, as far as is known here, when so many further ones have been made. */
  #spent(counts: readonly CountOf[], further: (at: number) => number): Exceeded | undefined {
    for (let at = 0; at < counts.length; at++) {
      const quota = this.look(counts[at]!.name, counts[at]!.rate);
      if (quota.remaining <= further(at)) return { at, quota: { ...quota, isWithin: false, remaining: 0 } };
    }
    return undefined;
  }

  /** Counts a call in Redis; `away`: it is counted nowhere. */
  async #ask(counts: readonly CountOf[], keys: readonly string[]): Promise<Exceeded | undefined | 'away'> {
    const args = counts.flatMap(({ name, rate }) => [rate.calls, rate.perMs, ...this.#known(name, rate)]);
    this.#asked += 1;
    for (const key of keys) this.#pending.set(key, (this.#pending.get(key) ?? 0) + 1);
    const reply = await this.#link.run(RATE_SCRIPT, keys, args);
    this.#asked -= 1;
    for (const key of keys) this.#answered(key);
    const numbers = reply && numbersIn(reply.answer);
    if (!numbers) return 'away';
    const [exceeded = 0, ...rest] = numbers;
    for (let i = 0; i * 3 < rest.length; i++) {
      const { name, rate } = counts[i]!;
      const [calls, storedEnd, leftMs] = rest.slice(i * 3) as [number, number, number];
      this.#here.learn(name, rate, calls, leftMs, storedEnd);
    }
    if (exceeded === 0) return undefined;
    const { name, rate } = counts[exceeded - 1]!;
    return { at: exceeded - 1, quota: { ...this.look(name, rate), isWithin: false } };
  }

  #answered(key: string): void {
    const left = (this.#pending.get(key) ?? 0) - 1;
    if (left > 0) this.#pending.set(key, left);
    else this.#pending.delete(key);
  }

  /** What is known of a name's window, as the script takes it. */
  #known(name: string, rate: Rate): [calls: number, leftMs: number, storedEnd: number] {
    const window = this.#here.window(name, rate);
    if (!window) return [0, 0, 0];
    return [window.calls, Math.ceil(window.endsAt - this.#now()), window.storedEnd];
  }
}

/** Names of keys and addresses are not in Redis. */
function keyOf({ name, rate }: CountOf): string {
  return `mcp-pipe:rate:${rate.perMs}:${createHash('sha256').update(name).digest('hex').slice(0, 32)}`;
}

function numbersIn(answer: unknown): number[] | undefined {
  return Array.isArray(answer) && answer.every((one) => Number.isFinite(one)) ? answer : undefined;
}
