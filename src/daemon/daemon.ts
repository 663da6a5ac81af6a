import { setMaxListeners } from 'node:events';
import { defaults, type Settings } from '../config/defaults.js';
import { tokenKey } from '../config/grouping.js';
import type { LinkPlan, MuxPlan, PipePlan, Plan, RotatePlan, TurnPlan } from '../config/plan.js';
import { claimsOf } from '../leases/claims.js';
import { TokenTable } from '../leases/in-process.js';
import type { Leases } from '../leases/lease.js';
import { LeaseQueue } from '../leases/queue.js';
import { launch, type ServerCommand } from '../process/launch.js';
import { StartGate } from '../process/start-gate.js';
import type { Endpoint } from '../protocol/endpoint.js';
import type { Frame } from '../protocol/frame.js';
import type { LinkState, OnStatus, Status, StatusEvent } from '../protocol/status.js';
import type { AskOptions, AskOutcome } from '../session/ask.js';
import type { ServerTransport } from '../session/upstream.js';
import type { DownstreamOptions } from '../strategies/downstream.js';
import { Member } from '../strategies/mux/member.js';
import { Mux } from '../strategies/mux/mux.js';
import { Pipe } from '../strategies/pipe.js';
import type { RotatingServer } from '../strategies/rotate/member.js';
import { Rotate } from '../strategies/rotate/rotate.js';
import { type Clock, systemClock } from '../time/clock.js';
import { stdioTransport } from '../transports/stdio.js';
import { dialWebSocket } from '../transports/websocket.js';

export interface DaemonOptions {
  onStatus: (status: Status) => void;
  /** Sees every frame that is carried: for the trace level only. */
  onFrame?: (link: string, to: 'server' | 'endpoint', frame: Frame) => void;
  /** Of mcp-pipe, as endpoints see it. */
  version?: string;
  /** Who may dial a token now. Default: only the links of this daemon are held apart. */
  leases?: Leases;
  clock?: Clock;
  /** A number in [0, 1). */
  random?: () => number;
}

/** What a daemon needs to know of a link, whatever its kind. */
export interface Link {
  readonly name: string;
  readonly state: LinkState;
  /** The names of its servers; one or more. */
  readonly servers: readonly string[];
  start(): void;
  /** Asks one of its servers beside the endpoint. Never rejects. */
  ask(
    server: string,
    method: string,
    params: Record<string, unknown> | undefined,
    options: AskOptions,
  ): Promise<AskOutcome>;
  stop(hurry: AbortSignal): Promise<void>;
}

/** What the links of a daemon have in common. */
interface Shared {
  tokens: TokenTable;
  leases: Leases;
  /** The links of the plan, in its order. */
  plans: readonly LinkPlan[];
  starts: StartGate;
  /** How many servers there are so far. */
  order: number;
  /** Another link of the same token that may take the servers of `mux` over; `mux` is no link any more then. */
  regroup: (mux: Mux, endpoint: Endpoint) => Mux | undefined;
}

/** A plan that runs. */
export class Daemon {
  #links: readonly Link[];
  /** Links that may be grouped anew, by their token. */
  readonly #groups = new Map<string, Set<Mux>>();
  readonly #hurry = new AbortController();

  constructor(plan: Plan, options: DaemonOptions) {
    const shared: Shared = {
      tokens: new TokenTable(),
      leases: options.leases ?? new LeaseQueue(),
      plans: plan.links,
      starts: startGate(plan, options),
      order: 0,
      regroup: (mux, endpoint) => this.#regroup(mux, endpoint),
    };
    // Each link listens several times while it stops; the warning about more than ten is meant for leaks.
    setMaxListeners(0, this.#hurry.signal);
    this.#links = plan.links.map((link) => linkOf(link, shared, options));
    for (const [i, link] of this.#links.entries()) {
      const { endpoint } = plan.links[i]!;
      if (!(link instanceof Mux)) continue;
      const key = tokenKey(endpoint);
      const group = this.#groups.get(key) ?? new Set();
      this.#groups.set(key, group.add(link));
    }
  }

  /** Fewer than planned once the endpoint has shown that it allows fewer connections. */
  get links(): readonly Link[] {
    return this.#links;
  }

  start(): void {
    for (const link of this.links) link.start();
  }

  /** Stops every link in good order; idempotent. Takes at most the drain time plus the time servers need to end. */
  async stop(): Promise<void> {
    await Promise.all(this.links.map((link) => link.stop(this.#hurry.signal)));
  }

  #regroup(mux: Mux, endpoint: Endpoint): Mux | undefined {
    const group = this.#groups.get(tokenKey(endpoint));
    const others = [...(group ?? [])].filter((other) => other !== mux);
    // One that is open loses nothing; failing that, the first.
    const into = others.find(({ state }) => state === 'open') ?? others[0];
    if (!into) return undefined;
    group?.delete(mux);
    this.#links = this.#links.filter((link) => link !== mux);
    return into;
  }

  /** Cuts the waits of a running `stop` short. */
  hurry(): void {
    this.#hurry.abort();
  }
}

/** The one switch over the kind of a link. */
function linkOf(plan: LinkPlan, shared: Shared, options: DaemonOptions): Link {
  switch (plan.kind) {
    case 'pipe':
      return pipeOf(plan, shared, options);
    case 'mux':
      return muxOf(plan, shared, options);
    case 'rotate':
      return rotateOf(plan, shared, options);
  }
}

/** The settings are the same for every link of a configuration. */
function startGate({ links }: Plan, { clock = systemClock }: DaemonOptions): StartGate {
  const { maxParallelStarts, startSlotMs } = links[0]?.settings ?? defaults;
  return new StartGate(maxParallelStarts, startSlotMs, clock);
}

/** What has to be free before a link dials, and who goes first. */
function placeOf(
  plan: LinkPlan,
  { plans }: Pick<Shared, 'plans'>,
): Pick<DownstreamOptions, 'claims' | 'rank'> {
  const { endpoint, settings, priority = 0, account } = plan;
  return {
    claims: claimsOf(endpoint, settings, account),
    rank: { priority, order: plans.indexOf(plan) },
  };
}

function pipeOf(plan: PipePlan, shared: Shared, options: DaemonOptions): Pipe {
  const { tokens, leases, starts } = shared;
  const { name, server, endpoint, settings } = plan;
  const { clock = systemClock, random = Math.random, onFrame } = options;
  const onStatus = (event: StatusEvent) => options.onStatus({ at: Date.now(), link: name, ...event });
  return new Pipe({
    name,
    command: [server.command, ...server.args].join(' '),
    endpoint,
    dial: dialWebSocket(endpoint, {
      ...settings,
      clock,
      onNoise: (why, excerpt, bytes) => onStatus({ type: 'noise', from: 'endpoint', why, excerpt, bytes }),
    }),
    startServer: serverStarter(server, settings, onStatus),
    mayStart: (signal) => starts.enter(signal),
    handshake: plan.handshake,
    tokens,
    leases,
    ...placeOf(plan, shared),
    clock,
    random,
    onStatus,
    ...(onFrame ? { onFrame: (to, frame) => onFrame(name, to, frame) } : {}),
    settings,
  });
}

function muxOf(plan: MuxPlan, shared: Shared, options: DaemonOptions): Mux {
  const { name, endpoint, settings, prefix, separator, members } = plan;
  const { clock = systemClock, random = Math.random, onFrame, version = '0.0.0' } = options;
  const onStatus = (event: StatusEvent, server?: string) =>
    options.onStatus({ at: Date.now(), link: name, ...(server === undefined ? {} : { server }), ...event });
  const mux = new Mux({
    name,
    endpoint,
    dial: dialWebSocket(endpoint, {
      ...settings,
      clock,
      onNoise: (why, excerpt, bytes) => onStatus({ type: 'noise', from: 'endpoint', why, excerpt, bytes }),
    }),
    members: members.map(({ name, server, handshake, tools }) => {
      shared.order += 1;
      return new Member({
        name,
        order: shared.order,
        command: [server.command, ...server.args].join(' '),
        tools,
        handshake,
        start: (onStatus) => serverStarter(server, settings, onStatus)(),
        mayStart: (signal) => shared.starts.enter(signal),
        clock,
        random,
        settings,
      });
    }),
    serverInfo: { name: 'mcp-pipe', version },
    prefix,
    separator,
    tokens: shared.tokens,
    leases: shared.leases,
    ...placeOf(plan, shared),
    clock,
    random,
    onStatus,
    ...(onFrame ? { onFrame: (to, frame) => onFrame(name, to, frame) } : {}),
    another: () => (plan.mayRegroup ? shared.regroup(mux, endpoint) : undefined),
    settings,
  });
  return mux;
}

function rotateOf(plan: RotatePlan, shared: Shared, options: DaemonOptions): Rotate {
  const { tokens, leases, starts } = shared;
  const { name, endpoint, settings, members } = plan;
  const { clock = systemClock, random = Math.random, onFrame } = options;
  const onStatus = (event: StatusEvent, server?: string) =>
    options.onStatus({ at: Date.now(), link: name, ...(server === undefined ? {} : { server }), ...event });
  const turn = ({ name, server, handshake, dwellMs }: TurnPlan): RotatingServer => ({
    ...{ name, handshake, dwellMs },
    command: [server.command, ...server.args].join(' '),
    start: (onStatus) => serverStarter(server, settings, onStatus)(),
  });
  const [first, ...others] = members;
  return new Rotate({
    name,
    endpoint,
    dial: dialWebSocket(endpoint, {
      ...settings,
      clock,
      onNoise: (why, excerpt, bytes) => onStatus({ type: 'noise', from: 'endpoint', why, excerpt, bytes }),
    }),
    members: [turn(first), ...others.map(turn)],
    mayStart: (signal) => starts.enter(signal),
    tokens,
    leases,
    ...placeOf(plan, shared),
    clock,
    random,
    onStatus,
    ...(onFrame ? { onFrame: (to, frame) => onFrame(name, to, frame) } : {}),
    settings,
  });
}

/** Starts one process each time. Rejects with a LaunchError. */
export function serverStarter(
  server: ServerCommand,
  settings: Settings,
  onStatus: OnStatus,
): () => Promise<ServerTransport> {
  return async () =>
    stdioTransport(await launch(server), {
      ...settings,
      onStderr: (line) => onStatus({ type: 'server-stderr', line }),
    });
}
