import { PROBE, PROBE_KEYS } from '../redis/probe.js';
import type { RedisLink, Script } from '../redis/redis.js';
import type { Clock } from '../time/clock.js';

/** How often it is asked whether it answers, in ms: what depends on it may not ask for hours. */
const LOOK_EVERY_MS = 10_000;

/** A script that was refused may not be asked for again: it is taken to be well after this long, in ms, if Redis takes the probe. */
const REFUSED_FOR_MS = 60_000;

/** Whether Redis answers, and since when, in ms since 1970; `reason` is that of the connection or of Redis, without secrets. */
export type RedisState =
  | { is: 'unknown' }
  | { is: 'up'; since: number }
  | { is: 'down'; since: number; reason: string };

/** A connection that knows whether it works, by each answer that others wait for and by a question of its own now and then. */
export class WatchedRedis implements RedisLink {
  /** Hears of each change. */
  onChange: (state: RedisState) => void = () => {};
  readonly #link: RedisLink;
  readonly #clock: Pick<Clock, 'now' | 'after'>;
  /** Scripts that Redis refuses, and when it did last: it may answer others. */
  readonly #refused = new Map<string, { reason: string; at: number }>();
  #state: RedisState = { is: 'unknown' };
  #cancel = () => {};

  constructor({ link, clock }: { link: RedisLink; clock: Pick<Clock, 'now' | 'after'> }) {
    this.#link = link;
    this.#clock = clock;
  }

  get shown(): string {
    return this.#link.shown;
  }

  get state(): RedisState {
    return this.#state;
  }

  /** Begins to ask. */
  start(): void {
    void this.#look();
  }

  async run(script: Script, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    try {
      const answer = await this.#link.run(script, keys, args);
      this.#refused.delete(script.name);
      if (this.#refused.size === 0) this.#moveTo(undefined);
      return answer;
    } catch (error) {
      const { name, code, message } = error as NodeJS.ErrnoException;
      if (isOfOneKey(message)) throw error;
      // Redis has answered, with an error: what this script does, it does not do.
      const reason = message || code || name;
      if (name === 'ReplyError') this.#refused.set(script.name, { reason, at: this.#clock.now() });
      this.#moveTo(reason);
      throw error;
    }
  }

  /** What answers makes no sense to `what`, with the reason; undefined: it does again. While it is down, that says more. */
  note(what: string, reason: string | undefined): void {
    if (reason === undefined && !this.#refused.delete(what)) return;
    if (reason !== undefined && (this.#state.is === 'down' || isOfOneKey(reason))) return;
    if (reason !== undefined) this.#refused.set(what, { reason, at: Number.POSITIVE_INFINITY });
    const [still] = this.#refused.values();
    this.#moveTo(still?.reason);
  }

  async close(): Promise<void> {
    this.#cancel();
    this.onChange = () => {};
    await this.#link.close();
  }

  async #look(): Promise<void> {
    const before = this.#clock.now() - REFUSED_FOR_MS;
    for (const [name, { at }] of this.#refused) if (at <= before) this.#refused.delete(name);
    await this.run(PROBE, PROBE_KEYS, []).catch(() => {});
    this.#cancel = this.#clock.after(LOOK_EVERY_MS, () => void this.#look());
  }

  #moveTo(reason: string | undefined): void {
    const is = reason === undefined ? 'up' : 'down';
    if (this.#state.is === is) return;
    this.#state =
      reason === undefined ? { is: 'up', since: Date.now() } : { is: 'down', since: Date.now(), reason };
    this.onChange(this.#state);
  }
}

/** Another program has put something else at a key: that is told by what needs the key, and says nothing of Redis. */
function isOfOneKey(reason: string): boolean {
  return reason.startsWith('WRONGTYPE');
}
