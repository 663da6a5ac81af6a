import { statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Plan } from '../../config/plan.js';
import { type ControlClient, NoDaemonError, openControl } from '../../faces/control/client.js';
import { type ErrorId, type Worded, worded } from '../../messages/worded.js';
import { isRunning } from '../../process/identity.js';
import { McpPipeError } from '../../protocol/errors.js';
import {
  HANDOVER_PROTOCOL,
  type HandoverGroup,
  type HandoverOffer,
  type HandoverReleased,
  type HandoverWish,
} from '../../protocol/handover.js';
import type { LeaseHolder } from '../../protocol/lease-words.js';
import type { Status } from '../../protocol/status.js';
import { PROBE, PROBE_KEYS } from '../../redis/probe.js';
import type { RedisLink } from '../../redis/redis.js';
import { withAnySignal } from '../../time/with-any-signal.js';
import { type ControlChoice, controlPathsOf, userId } from '../control-place.js';
import type { Daemon } from '../daemon.js';
import { machineNameOf } from '../machine-name.js';
import type { RunningConfig } from '../running-config.js';
import { withoutPaused } from '../without-paused.js';
import { type Away, mayOverlap, partsOf, withoutAway } from './away.js';
import { HANDOVER } from './handover-defaults.js';

/** This mcp-pipe cannot take over. The running one has everything, or takes it back when this one ends. */
export class TakeOverError extends McpPipeError {
  override readonly code: 'TAKE_OVER_TOO_OLD' | 'TAKE_OVER_REFUSED' | 'TAKE_OVER_FAILED';

  constructor(code: TakeOverError['code'], words: Worded) {
    super(words.message, words);
    this.code = code;
  }
}

/** Hears of each step, for the log. */
export interface TakingListener {
  took(group: HandoverGroup): void;
  /** The other mcp-pipe has ended before: this one takes the rest. */
  leftAlone(): void;
  done(afterMs: number): void;
}

export interface TakingParts {
  running: Pick<RunningConfig, 'takeUp'>;
  daemon: Pick<Daemon, 'whenReady' | 'links'>;
  /** Has the leases, if machines share them. */
  redis?: Pick<RedisLink, 'run' | 'shown'> | undefined;
  hears: TakingListener;
  /** This mcp-pipe is stopping. */
  signal: AbortSignal;
}

export interface TakeOverWish {
  choice: ControlChoice;
  plan: Plan;
  version: string;
  /** See `HandoverWish`. */
  isPartial: boolean;
}

/** JSON-RPC 2.0 §5.1. */
const METHOD_NOT_FOUND = -32601;
const LOOK_EVERY_MS = 20;

/**
 * Asks the mcp-pipe that runs with this configuration to hand over. Undefined: none runs.
 *
 * @throws TakeOverError when it cannot, or does not answer
 */
export async function askToTakeOver({
  choice,
  plan,
  version,
  isPartial,
}: TakeOverWish): Promise<Taking | undefined> {
  const { paths } = controlPathsOf(choice);
  const client = await openControl(paths, { uid: userId(), timeoutMs: HANDOVER.answerMs }).catch((error) => {
    if (error instanceof NoDaemonError && error.code === 'DAEMON_NOT_RUNNING') return undefined;
    throw error;
  });
  if (!client) return undefined;
  try {
    mustBeOwn(client.path);
    const overlap = plan.servers.filter(mayOverlap).map(({ name }) => name);
    const wish: HandoverWish = {
      ...{ protocol: HANDOVER_PROTOCOL, pid: process.pid, version, overlap, isPartial },
      ...partsOf(plan),
    };
    const { result, error } = await inTime(client.ask('handover', wish), HANDOVER.answerMs);
    if (error) throw refusal(error);
    return new Taking(client, result as HandoverOffer, plan, overlap);
  } catch (error) {
    client.close();
    throw error;
  }
}

/** The new side of a handover. */
// D306
export class Taking {
  readonly offer: HandoverOffer;
  /** What the other process has at the beginning. */
  readonly away: Away;
  /** The plan without it. */
  readonly firstPlan: Plan;
  readonly #client: ControlClient;
  readonly #plan: Plan;
  readonly #machine: string;
  readonly #open = new Set<string>();
  /** How often servers have ended since they were ready last. */
  readonly #ends = new Map<string, number>();
  #onChange = () => {};

  constructor(client: ControlClient, offer: HandoverOffer, plan: Plan, overlap: readonly string[]) {
    this.#client = client;
    this.offer = offer;
    this.#plan = plan;
    this.#machine = machineNameOf(plan.redis);
    const paused = new Set(offer.paused.map(({ name }) => name));
    const here = withoutPaused(plan, paused);
    const ready = new Set(overlap.filter((name) => here.links.some(({ servers }) => servers.includes(name))));
    this.away = {
      links: new Set(plan.links.map(({ name }) => name)),
      http: (plan.gateway ?? plan.ui ?? plan.metrics) !== undefined,
      ready,
    };
    this.firstPlan = withoutAway(here, this.away);
  }

  /** Call it with each Status of this process. */
  readonly onStatus = (status: Status): void => {
    const { type, link, server = link } = status;
    // As good as open: another link has its servers, or a process that waited as well was faster, and serves the token.
    const isServed = type === 'lease-waiting' && !status.isOwn && this.#isThird(status.holder);
    if (type === 'open' || type === 'regrouped' || isServed) this.#open.add(link);
    else if (type === 'down') this.#open.delete(link);
    else if (type === 'server-ready') this.#ends.delete(server);
    else if (type === 'server-down') this.#ends.set(server, (this.#ends.get(server) ?? 0) + 1);
    else return;
    this.#onChange();
  };

  #isThird(holder: LeaseHolder | undefined): boolean {
    if (holder === undefined) return false;
    const { machine = this.#machine, pid } = holder;
    // Redis may still have a lease of the other process: one that it could not give back.
    return machine !== this.#machine || pid !== this.offer.pid;
  }

  /** Takes everything over, step by step; the other process then ends. @throws TakeOverError */
  async run({ running, daemon, redis, hears, signal }: TakingParts): Promise<void> {
    const startedAt = performance.now();
    await this.#serversReady(daemon, signal);
    if (redis && this.offer.groups.some(({ takes }) => takes.length > 0)) await leasesAreGiven(redis);
    const { groups, stepMs } = this.offer;
    for (const [i, group] of groups.entries()) {
      if (signal.aborted) return;
      const connected = await this.#released(i, stepMs);
      if (connected === 'gone') return this.#alone(running, hears, startedAt);
      await running.takeUp(group.takes, group.http);
      await this.#connected(group, connected, signal);
      if (signal.aborted) return;
      hears.took(group);
    }
    const finished = await this.#asked('handover/finish', {}, HANDOVER.answerMs);
    if (finished !== 'gone') await withTimer(HANDOVER.endMs, (late) => race(this.#client.ended, late));
    hears.done(performance.now() - startedAt);
  }

  /** Call it when this process has taken everything, or has let go of all that it has taken: the other one then takes it back. */
  close(): void {
    this.#client.close();
  }

  /** The running mcp-pipe serves meanwhile. */
  async #serversReady(daemon: TakingParts['daemon'], signal: AbortSignal): Promise<void> {
    const late = await withTimer(HANDOVER.readyMs, (over) =>
      withAnySignal([signal, over], (first) => daemon.whenReady(first)),
    );
    if (late.length > 0 && !signal.aborted)
      throw new TakeOverError(
        'TAKE_OVER_FAILED',
        worded('take-over-servers', { servers: late, afterMs: HANDOVER.readyMs }),
      );
  }

  async #released(group: number, stepMs: number): Promise<readonly string[] | 'gone'> {
    const { gives, http } = this.offer.groups[group]!;
    if (gives.length === 0 && !http) return [];
    const result = await this.#asked('handover/release', { group }, stepMs);
    return result === 'gone' ? result : (result as HandoverReleased).connected;
  }

  /** Each link whose token was connected has to be so again. */
  async #connected(group: HandoverGroup, tokens: readonly string[], signal: AbortSignal): Promise<void> {
    const wanted = this.#plan.links.filter(
      ({ name, endpoint }) => group.takes.includes(name) && tokens.includes(endpoint.identity),
    );
    const servers = wanted.flatMap((link) => link.servers);
    const isHopeless = () => servers.some((name) => (this.#ends.get(name) ?? 0) >= HANDOVER.ends);
    const missing = () => wanted.filter(({ name }) => !this.#open.has(name)).map(({ name }) => name);
    const since = performance.now();
    await withTimer(HANDOVER.connectedMs, (late) =>
      withAnySignal(
        [late, signal],
        (first) =>
          new Promise<void>((resolve) => {
            this.#onChange = () => {
              if (first.aborted || isHopeless() || missing().length === 0) resolve();
            };
            first.addEventListener('abort', this.#onChange, { once: true });
            void this.#client.ended.then(() => resolve());
            this.#onChange();
          }),
      ),
    );
    this.#onChange = () => {};
    if (missing().length === 0 || signal.aborted || (await this.#hasEnded())) return;
    throw new TakeOverError(
      'TAKE_OVER_FAILED',
      worded('take-over-links', { links: missing(), afterMs: performance.now() - since }),
    );
  }

  /** The other process has ended by itself, or was ended: nothing keeps its links. */
  async #alone(running: TakingParts['running'], hears: TakingListener, startedAt: number): Promise<void> {
    hears.leftAlone();
    await running.takeUp(
      this.#plan.links.map(({ name }) => name),
      true,
    );
    hears.done(performance.now() - startedAt);
  }

  /** @returns the result; `gone` when the other process has ended. @throws TakeOverError */
  async #asked(method: string, params: object, timeoutMs: number): Promise<unknown> {
    try {
      const { result, error } = await inTime(this.#client.ask(method, params), timeoutMs);
      if (!error) return result;
      if (whyOf(error).why !== 'stopping') throw refusal(error);
      await inTime(this.#client.ended, this.offer.stepMs);
      return 'gone';
    } catch (error) {
      if (!(error instanceof NoDaemonError)) throw error;
      if (error.code !== 'DAEMON_SILENT' && (await this.#hasEnded())) return 'gone';
      throw failed(error.code === 'DAEMON_SILENT' ? 'take-over-late' : 'take-over-ended');
    }
  }

  /** Whether the other process has ended, not only the connection to it. */
  async #hasEnded(): Promise<boolean> {
    const connection = await withTimer(0, (now) =>
      Promise.race([this.#client.ended.then(() => 'ended'), race(new Promise(() => {}), now)]),
    );
    if (connection !== 'ended') return false;
    // Of a process that is killed, the connection ends first; one that is asked to stop lets its calls end.
    const { pid, stepMs } = this.offer;
    for (const until = performance.now() + stepMs; performance.now() < until; ) {
      if (!isRunning({ pid, birth: undefined })) return true;
      await sleep(LOOK_EVERY_MS);
    }
    return false;
  }
}

/** Root may write to the sockets of all, but has other lock files. @throws TakeOverError */
function mustBeOwn(path: string): void {
  const user = userId();
  if (user === undefined || path.startsWith('\\\\')) return;
  const { uid } = statSync(path);
  if (uid !== user)
    throw new TakeOverError('TAKE_OVER_REFUSED', worded('take-over-other-user', { path, uid }));
}

/** A lease that is given back while none are given could be taken by neither process. @throws TakeOverError */
async function leasesAreGiven(redis: Pick<RedisLink, 'run' | 'shown'>): Promise<void> {
  try {
    await redis.run(PROBE, PROBE_KEYS, []);
  } catch (error) {
    const { message: reason } = error as Error;
    throw new TakeOverError('TAKE_OVER_FAILED', worded('take-over-redis', { url: redis.shown, reason }));
  }
}

interface Refusal {
  code: number;
  message: string;
  data?: unknown;
}

function refusal({ code, message, data }: Refusal): TakeOverError {
  if (code === METHOD_NOT_FOUND) return new TakeOverError('TAKE_OVER_TOO_OLD', worded('take-over-too-old'));
  const { why, ...rest } = whyOf({ data });
  const words = REFUSALS[String(why)];
  const params = words ? { message, ...rest } : { message };
  return new TakeOverError('TAKE_OVER_REFUSED', said(words ?? 'take-over-refused', params));
}

function whyOf({ data }: Pick<Refusal, 'data'>): Record<string, unknown> {
  return (data ?? {}) as Record<string, unknown>;
}

const REFUSALS: Readonly<Record<string, ErrorId>> = {
  busy: 'take-over-busy',
  stopping: 'take-over-stopping',
  protocol: 'take-over-protocol',
  container: 'take-over-container',
  partial: 'take-over-partial',
};

const said = worded as (id: ErrorId, params: object) => Worded;

function failed(id: 'take-over-late' | 'take-over-ended'): TakeOverError {
  return new TakeOverError('TAKE_OVER_FAILED', worded(id));
}

/** @throws NoDaemonError when it takes longer */
async function inTime<Result>(answer: Promise<Result>, timeoutMs: number): Promise<Result> {
  return await withTimer(timeoutMs, async (late) => {
    const first = await Promise.race([
      answer.then((value) => ({ value })),
      race(new Promise(() => {}), late),
    ]);
    if (first) return first.value;
    throw new NoDaemonError('DAEMON_SILENT', worded('daemon-silent', { timeoutMs }));
  });
}

async function withTimer<Result>(ms: number, act: (over: AbortSignal) => Promise<Result>): Promise<Result> {
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(), ms);
  try {
    return await act(over.signal);
  } finally {
    clearTimeout(timer);
  }
}

/** Resolves with `promise`, or when `signal` aborts. */
function race(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
    void promise.then(() => resolve());
  });
}
