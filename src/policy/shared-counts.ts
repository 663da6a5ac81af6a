import { createHash } from 'node:crypto';
import type { Rate } from '../protocol/grant.js';
import type { BoundedLink } from '../redis/bounded-link.js';
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

  /** @param now clock time in milliseconds */
  constructor(link: Pick<BoundedLink, 'run' | 'isAway'>, now: () => number) {
    this.#link = link;
    this.#now = now;
    this.#here = new WindowCounts(now);
  }

  takeAll(counts: readonly CountOf[]): Exceeded | undefined | Promise<Exceeded | undefined> {
    if (this.#link.isAway) return this.#here.takeAll(counts);
    for (let at = 0; at < counts.length; at++) {
      const quota = this.look(counts[at]!.name, counts[at]!.rate);
      // A flood of calls that are refused is none for Redis.
      if (!quota.isWithin) return { at, quota };
    }
    return this.#asked(counts);
  }

  look(name: string, rate: Rate): Quota {
    return this.#here.look(name, rate);
  }

  async #asked(counts: readonly CountOf[]): Promise<Exceeded | undefined> {
    const args = counts.flatMap(({ name, rate }) => [rate.calls, rate.perMs, ...this.#known(name, rate)]);
    const reply = await this.#link.run(RATE_SCRIPT, counts.map(keyOf), args);
    const numbers = reply && numbersIn(reply.answer);
    if (!numbers) return this.#here.takeAll(counts);
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
