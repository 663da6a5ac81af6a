import type { ServerOptions } from '../config/server-options.js';
import { Breaker } from '../policy/breaker.js';
import { breakerLook, breakerStage } from '../policy/breaker-stage.js';
import { concurrencyStage } from '../policy/concurrency-stage.js';
import { QUEUE } from '../policy/limit-defaults.js';
import { Places, type PlacesOptions } from '../policy/places.js';
import { type RateLimiter, WindowCounts } from '../policy/rate-limiter.js';
import { type CallerRates, countedOf, rateStage } from '../policy/rate-stage.js';
import { SharedCounts } from '../policy/shared-counts.js';
import type { GuardedClient, StageFor } from '../policy/stage.js';
import { timeLimit } from '../policy/time-limit.js';
import type { Rate } from '../protocol/grant.js';
import { networkOf } from '../protocol/network.js';
import type { BreakerState } from '../protocol/server-condition.js';
import type { BoundedLink } from '../redis/bounded-link.js';
import type { Clock } from '../time/clock.js';

/** Limits of callers, beside those of servers. */
export interface CallerLimits extends CallerRates {
  /** Calls of a key at a time; where there are no keys, of an address. */
  concurrent?: number | undefined;
  queue?: number | undefined;
}

/** What the plan says of callers. */
export interface LimitsPlan {
  gateway?: CallerLimits | undefined;
  agents?: Readonly<Record<string, { rate?: Rate | undefined; concurrent?: number | undefined }>> | undefined;
}

export interface LimitsOptions {
  clock: Clock;
  /** Counts calls of all processes that name the same Redis. Default: this process alone. */
  redis?: BoundedLink | undefined;
  /** The breaker of a server's process has moved. */
  onBreaker?: (process: string, to: BreakerState, facts: { failures: number; pauseMs: number }) => void;
}

/** More are looked through for those that are at rest. */
const MANY = 1_000;

/** What outlives connections and reloads: counts, places and breakers, by name. The one place where a limiter is made. */
export class Limits {
  readonly limiter: RateLimiter;
  plan: LimitsPlan = {};
  readonly #options: LimitsOptions;
  readonly #places = new Map<string, Places>();
  readonly #breakers = new Map<string, Breaker>();

  constructor(options: LimitsOptions) {
    this.#options = options;
    const { clock, redis } = options;
    const now = () => clock.now();
    this.limiter = redis ? new SharedCounts(redis, now) : new WindowCounts(now);
  }

  readonly rate: StageFor<ServerOptions> = (client, { calls }) => {
    const ofAgent = client.agent === undefined ? undefined : own(this.plan.agents, client.agent)?.rate;
    const counted = [
      ...(client.isAccepted ? countedOf(client, this.plan.gateway ?? {}) : []),
      ...(ofAgent ? [{ name: `agent ${client.agent}`, rate: ofAgent, of: `agent "${client.agent}"` }] : []),
    ];
    return rateStage({ client, limiter: this.limiter, limits: calls, counted });
  };

  /** Looks at the breaker before a call waits for anything. */
  readonly breaker: StageFor<ServerOptions> = ({ server, process = server }, { calls }) => {
    const options = calls?.breaker;
    if (!options) {
      this.#breakers.delete(process);
      return undefined;
    }
    return breakerLook(() => this.#breaker(process, options), server, this.#options.clock);
  };

  /** Lets calls through it, when they have waited. */
  readonly throughBreaker: StageFor<ServerOptions> = ({ server, process = server }, { calls }) => {
    const options = calls?.breaker;
    return options && breakerStage(() => this.#breaker(process, options), server, this.#options.clock);
  };

  /** Places of callers: a key or address, and an agent. */
  readonly callerPlaces: readonly StageFor<ServerOptions>[] = [
    (client) => {
      const { gateway = {} } = this.plan;
      const concurrent = client.grant?.concurrent ?? gateway.concurrent;
      if (!client.isAccepted || concurrent === undefined) return undefined;
      const { key, address } = client;
      const name = key === undefined ? `caller ${networkOf(address)}` : `key ${key}`;
      const options = { concurrent, queue: gateway.queue ?? QUEUE };
      const of = key === undefined ? 'clients at this address' : 'this key';
      return concurrencyStage(() => this.#placesOf(name, options), client.link, of);
    },
    (client) => {
      const concurrent =
        client.agent === undefined ? undefined : own(this.plan.agents, client.agent)?.concurrent;
      if (concurrent === undefined) return undefined;
      const options = { concurrent, queue: QUEUE };
      return concurrencyStage(
        () => this.#placesOf(`agent ${client.agent}`, options),
        turnOf(client),
        `agent "${client.agent}"`,
      );
    },
  ];

  /** Places of a server: of all its processes together, because what is behind them is the same. */
  readonly serverPlaces: StageFor<ServerOptions> = (client, { calls }) => {
    if (calls?.concurrent === undefined) return undefined;
    const { server } = client;
    const options = { concurrent: calls.concurrent, queue: calls.queue ?? QUEUE };
    return concurrencyStage(
      () => this.#placesOf(`server ${server}`, options),
      turnOf(client),
      `server "${server}"`,
    );
  };

  readonly timeLimit: StageFor<ServerOptions> = ({ server }, { calls }) =>
    timeLimit(calls, server, this.#options.clock);

  #placesOf(name: string, options: PlacesOptions): Places {
    let places = this.#places.get(name);
    if (!places) {
      forgetRested(this.#places, ({ running, waiting }) => running + waiting === 0);
      places = new Places(options);
      this.#places.set(name, places);
    }
    const isMore = options.concurrent > places.options.concurrent;
    places.options = options;
    if (isMore) places.admit();
    return places;
  }

  #breaker(process: string, options: Breaker['options']): Breaker {
    let breaker = this.#breakers.get(process);
    if (!breaker) {
      forgetRested(this.#breakers, ({ state, failures }) => state === 'closed' && failures === 0);
      const made: Breaker = new Breaker(options, (to) => {
        const { failures, options: now } = made;
        this.#options.onBreaker?.(process, to, { failures, pauseMs: now.pauseMs });
      });
      breaker = made;
      this.#breakers.set(process, breaker);
    }
    breaker.options = options;
    return breaker;
  }
}

/** Which client takes turns with others at a server: one with many sessions has no more turns than one with one. */
function turnOf({ key, agent, link, isAccepted }: GuardedClient): string {
  if (key !== undefined) return `key ${key}`;
  return isAccepted ? `client ${link}` : `link ${agent ?? link}`;
}

function own<T>(all: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return all && Object.hasOwn(all, name) ? all[name] : undefined;
}

function forgetRested<T>(all: Map<string, T>, isAtRest: (one: T) => boolean): void {
  if (all.size < MANY) return;
  for (const [name, one] of all) if (isAtRest(one)) all.delete(name);
}
