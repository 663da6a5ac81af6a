import { OpenCalls } from '../../protocol/calls/open-calls.js';
import type { Frame } from '../../protocol/frame.js';
import { matchesGlob } from '../../protocol/glob.js';
import { Method } from '../../protocol/mcp.js';
import type { Clock } from '../../time/clock.js';
import type { Found, KnownTools } from '../known-tools.js';
import type { GuardedCall, GuardedClient, Stage, Verdict } from '../stage.js';
import { CACHE } from './cache-defaults.js';
import { type AskedKeys, keysOf } from './cache-key.js';
import type { KeptResult, Looked } from './cache-store.js';
import { keepable, LISTS, READ_RESOURCE, replyWith } from './kept-result.js';
import type { Flight, ServerCache } from './server-cache.js';

/** `"cache"` of a server, read. */
export interface CacheOptions {
  /** How long a result is good whose server does not say it, in milliseconds. */
  ttlMs: number;
  /** Tools whose results are kept; undefined: those that say that they only read. */
  tools?: readonly string[] | undefined;
  /** One caller may get what another has asked for. */
  shared: boolean;
  /** Bytes in memory. */
  maxBytes: number;
  store: 'memory' | 'redis';
}

/** Other requests that change nothing at the server that a kept result could say. */
const READING: ReadonlySet<string> = new Set([
  ...[Method.initialize, Method.ping, Method.subscribe, Method.unsubscribe, Method.setLevel],
  ...[Method.discover, Method.listen, 'prompts/get', 'completion/complete'],
]);

/** A question that goes to the server. */
interface Asked {
  keys: AskedKeys;
  version: string | undefined;
  flight: Flight | undefined;
}

export interface CacheStageOptions {
  client: GuardedClient;
  options: CacheOptions;
  cache: ServerCache;
  known: KnownTools;
  clock: Pick<Clock, 'after'>;
  /** Whose questions have the same answers. */
  caller: string;
  /** Results hold for other machines: whatever process they come from. */
  isForAll: boolean;
}

/** Answers questions whose answers are kept, and keeps those of others. Calls that may change something end what is kept. */
// D309
export class CacheStage implements Stage {
  readonly #options: CacheStageOptions;
  readonly #asked = new OpenCalls<Asked, GuardedCall>();
  /** Calls that may change something. */
  readonly #changing = new OpenCalls<true, GuardedCall>();
  /** Calls that are held back here. */
  #waiting = 0;

  constructor(options: CacheStageOptions) {
    this.#options = options;
  }

  request: NonNullable<Stage['request']> = (call, frame) => {
    const { method } = call;
    if (LISTS.has(method) || method === READ_RESOURCE) return this.#question(call, frame);
    if (READING.has(method)) return undefined;
    if (method !== Method.callTool) return this.#changes(call);
    const readOnly = this.#saysReadOnly(call.tool!);
    const isNamed = this.#isNamed(call.tool!) === true;
    if (isNamed || readOnly !== undefined) return this.#tool(call, frame, readOnly);
    if (this.#waiting >= CACHE.maxWaiting) return this.#tool(call, frame, false);
    return this.#held(call, this.#hint(call.tool!), (hint) => this.#tool(call, frame, hint));
  };

  reply: NonNullable<Stage['reply']> = (call, reply, { isError }) => {
    const { cache, client, options } = this.#options;
    const asked = this.#asked.take(call);
    if (!asked) return undefined;
    const kept = isError ? undefined : keepable(call.method, reply, options.ttlMs);
    // Whether a list can be kept at all, its answer says.
    if (kept && LISTS.has(call.method)) cache.counts.misses += 1;
    asked.flight?.land(kept && { result: kept.result, leftMs: kept.ttlMs });
    // Of a process that has ended meanwhile, nothing is kept.
    const isCommon = kept?.isPublic || options.shared;
    if (kept && asked.version !== undefined && cache.lifeOf(client.life?.()) !== undefined)
      cache.store.put(isCommon ? asked.keys.common : asked.keys.own, asked.version, kept.result, kept.ttlMs);
    return undefined;
  };

  ended: NonNullable<Stage['ended']> = (call) => {
    this.#drop(call);
    // What was read while it ran may be of before or after.
    if (this.#changing.take(call)) this.#options.cache.forget();
  };

  #tool(call: GuardedCall, frame: Frame, readOnly: boolean | undefined): Verdict | Promise<Verdict> {
    const isKept: boolean = this.#isNamed(call.tool!) ?? readOnly === true;
    if (isKept) return this.#question(call, frame);
    return readOnly === true ? undefined : this.#changes(call);
  }

  /** Nothing that was read before it, or while it runs, is kept. */
  #changes(call: GuardedCall): undefined {
    this.#options.cache.forget();
    this.#changing.add(call, true);
  }

  /** Whether the configuration names it; undefined: it names none. */
  #isNamed(tool: string): boolean | undefined {
    return this.#options.options.tools?.some((glob) => matchesGlob(glob, tool));
  }

  #saysReadOnly(tool: string): boolean | undefined {
    const { known, cache, client } = this.#options;
    const life = client.life?.();
    const told = cache.saysReadOnly(life, tool);
    const own = told === undefined ? known.now(tool)?.readOnly : undefined;
    // The next client need not ask for the list.
    if (own !== undefined) cache.learn(life, [[tool, own]]);
    return told ?? own;
  }

  async #hint(tool: string): Promise<boolean> {
    const { known, cache, client, clock } = this.#options;
    const found = await new Promise<Found | 'late'>((resolve) => {
      const cancel = clock.after(CACHE.hintMs, () => resolve('late'));
      void known.find(tool).then((one) => {
        cancel();
        resolve(one);
      });
    });
    if (found === 'late' || found === 'none' || found === 'unasked' || found.isOld) return false;
    cache.learn(client.life?.(), [[tool, found.readOnly]]);
    return found.readOnly;
  }

  #question(call: GuardedCall, frame: Frame): Verdict | Promise<Verdict> {
    const { client, cache, caller, isForAll, options } = this.#options;
    const { server, process = server } = client;
    const life = cache.lifeOf(client.life?.());
    if (life === undefined) return undefined;
    cache.runs(process, life);
    const of = isForAll ? { process, life: '' } : { process, life };
    const keys = keysOf({ server, ...of, method: call.method }, caller, frame);
    if (!keys) return undefined;
    const key = options.shared ? keys.common : keys.own;
    const flight = cache.flight(key);
    if (flight) return this.#follow(call, keys, flight);
    const looked = cache.store.get(options.shared ? [keys.common] : [keys.own, keys.common]);
    if (!(looked instanceof Promise)) return this.#looked(call, { keys, flight: cache.begin(key) }, looked);
    if (this.#waiting >= CACHE.maxWaiting) return undefined;
    const asking = { keys, flight: cache.begin(key) };
    call.signal.addEventListener('abort', () => asking.flight.land(undefined), { once: true });
    return this.#held(call, looked, (found) => this.#looked(call, asking, found));
  }

  #looked(call: GuardedCall, asking: Omit<Asked, 'version'>, looked: Looked | undefined): Verdict {
    const { flight } = asking;
    if (looked?.kept) {
      flight?.land(looked.kept);
      return this.#answer(call, looked.kept);
    }
    if (flight) flight.version = looked?.version;
    return this.#pass(call, { ...asking, version: looked?.version });
  }

  /** Waits for the answer to an equal question. */
  #follow(call: GuardedCall, keys: AskedKeys, flight: Flight): Verdict | Promise<Verdict> {
    const goesOn = () => this.#pass(call, { keys, version: flight.version, flight: undefined });
    if (keys.hasProgressToken || this.#waiting >= CACHE.maxWaiting) return goesOn();
    return this.#held(call, flight.landed, (kept) => (kept ? this.#answer(call, kept) : goesOn()));
  }

  /** Holds the call back until that is there. */
  #held<Value>(
    call: GuardedCall,
    promise: Promise<Value>,
    then: (value: Value) => Verdict | Promise<Verdict>,
  ): Promise<Verdict> {
    this.#waiting += 1;
    return new Promise((resolve) => {
      let isOver = false;
      const over = (verdict: Verdict | Promise<Verdict>) => {
        if (!isOver) this.#waiting -= 1;
        isOver = true;
        resolve(verdict);
      };
      // Where it is refused now, `ended` is not told.
      const left = () => {
        this.ended(call, 'refused');
        over(undefined);
      };
      call.signal.addEventListener('abort', left, { once: true });
      void promise.then((value) => {
        if (!isOver) over(then(value));
      });
    });
  }

  #pass(call: GuardedCall, asked: Asked): undefined {
    if (!LISTS.has(call.method)) this.#options.cache.counts.misses += 1;
    this.#asked.add(call, asked);
  }

  #drop(call: GuardedCall): void {
    this.#asked.take(call)?.flight?.land(undefined);
  }

  #answer(call: GuardedCall, kept: KeptResult): Verdict {
    this.#options.cache.counts.hits += 1;
    return { answer: replyWith(call.rawId, kept) };
  }
}
