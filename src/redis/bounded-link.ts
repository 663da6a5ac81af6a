import type { Clock } from '../time/clock.js';
import { PROBE, PROBE_KEYS } from './probe.js';
import type { RedisLink, Script } from './redis.js';
import { LONGEST_TRY_MS, STAYS_MS, TRY_AGAIN_MS, WITHIN_MS } from './redis-defaults.js';

export interface BoundedLinkOptions {
  link: Pick<RedisLink, 'run' | 'shown'>;
  clock: Pick<Clock, 'now' | 'after'>;
  /** How long an answer is waited for, in ms. */
  withinMs?: number | undefined;
  /** How often it is tried again while it does not answer, in ms. */
  tryAgainMs?: number | undefined;
}

/** Why Redis is not asked at present. */
export interface Away {
  /** Of the link or the system, without secrets. */
  reason: string;
}

/** Hears that it is away, or answers again (undefined). */
type Listener = (away: Away | undefined) => void;

/**
 * Redis for what must not wait for it: counts of calls, for one. A question that is not answered within a short time is answered with
 * undefined, and so is each one after it at once, until Redis answers in time again; nobody's call is the one to find that out.
 */
// D316
export class BoundedLink {
  readonly #link: BoundedLinkOptions['link'];
  readonly #clock: BoundedLinkOptions['clock'];
  readonly #withinMs: number;
  readonly #tryAgainMs: number;
  readonly #listeners = new Set<Listener>();
  /** Questions that wait for their answer: all end when the first is late. */
  readonly #waiting = new Set<() => void>();
  /** The first question goes with the connection, which may take longer. */
  #state: 'unused' | 'connecting' | 'answers' | 'away' | 'closed' = 'unused';
  #away: Away | undefined;
  #cancelTry = () => {};
  /** After how long it is tried again. */
  #tryMs = 0;
  /** When it answered again last. */
  #backAt = Number.NEGATIVE_INFINITY;

  constructor({ link, clock, withinMs = WITHIN_MS, tryAgainMs = TRY_AGAIN_MS }: BoundedLinkOptions) {
    this.#link = link;
    this.#clock = clock;
    this.#withinMs = withinMs;
    this.#tryAgainMs = tryAgainMs;
  }

  /** Its address without secrets. */
  get shown(): string {
    return this.#link.shown;
  }

  /** Undefined: it answers, or has not been asked. */
  get away(): Away | undefined {
    return this.#away;
  }

  /** A question would be answered with undefined at once. */
  get isAway(): boolean {
    return this.#state === 'away' || this.#state === 'closed';
  }

  /** Returns a function that ends it. */
  onChange(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /**
   * Runs a script once. Never rejects, and never takes longer than the bound.
   *
   * @returns undefined: it has not answered in time, or with an error; the script may have run all the same
   */
  run(
    script: Script,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<{ answer: unknown } | undefined> {
    this.connect();
    if (this.isAway) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const end = (result: { answer: unknown } | undefined) => {
        cancelTimer();
        this.#waiting.delete(giveUp);
        resolve(result);
      };
      const giveUp = () => end(undefined);
      this.#waiting.add(giveUp);
      const cancelTimer = this.#clock.after(this.#withinMs, () => {
        // Where this process itself was late, the answer may be here already: it is read first.
        setImmediate(() => {
          if (!this.#waiting.has(giveUp)) return;
          if (this.#state === 'connecting') return giveUp();
          this.#left({ reason: `no answer within ${this.#withinMs} ms` });
        });
      });
      this.#link.run(script, keys, args).then(
        (answer) => end({ answer }),
        (error: Error) => {
          if (this.#waiting.has(giveUp) && this.#state === 'answers') this.#left({ reason: error.message });
          giveUp();
        },
      );
    });
  }

  /** Connects, if it has not. Does not wait for it. */
  connect(): void {
    if (this.#state !== 'unused') return;
    this.#state = 'connecting';
    this.#link.run(PROBE, PROBE_KEYS, []).then(
      () => {
        if (this.#state === 'connecting') this.#state = 'answers';
      },
      (error: Error) => {
        if (this.#state === 'connecting') this.#left({ reason: error.message });
      },
    );
  }

  /** Asks nothing from now on. The link itself stays open. */
  close(): void {
    this.#state = 'closed';
    this.#cancelTry();
    for (const giveUp of [...this.#waiting]) giveUp();
  }

  #left(away: Away): void {
    if (this.isAway) return;
    this.#state = 'away';
    this.#away = away;
    // It takes what it is tried with and refuses what is asked, or is late each second time: that is not to be told each second.
    const isRelapse = this.#clock.now() - this.#backAt < STAYS_MS;
    this.#tryMs = isRelapse ? Math.min(2 * this.#tryMs, LONGEST_TRY_MS) : this.#tryAgainMs;
    for (const giveUp of [...this.#waiting]) giveUp();
    for (const listener of [...this.#listeners]) listener(away);
    this.#tryLater();
  }

  #tryLater(): void {
    this.#cancelTry = this.#clock.after(this.#tryMs, () => {
      const asked = this.#clock.now();
      this.#link.run(PROBE, PROBE_KEYS, []).then(
        () => this.#tried(this.#clock.now() - asked <= this.#withinMs),
        () => this.#tried(false),
      );
    });
  }

  #tried(isInTime: boolean): void {
    if (this.#state !== 'away') return;
    if (!isInTime) return this.#tryLater();
    this.#state = 'answers';
    this.#away = undefined;
    this.#backAt = this.#clock.now();
    for (const listener of [...this.#listeners]) listener(undefined);
  }
}
