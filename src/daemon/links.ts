import type { Settings } from '../config/defaults.js';
import type { SourceHost } from '../config/kinds/kind.js';
import { sourceOf as sourceOfPlan } from '../config/kinds/kinds.js';
import { type LinkPlan, type MuxPlan, optionsOn, type ServerPlan } from '../config/plan.js';
import type { ServerOptions } from '../config/server-options.js';
import type { DownstreamOptions, OnLinkStatus } from '../connections/downstream.js';
import type { ListHabits } from '../connections/list-habits.js';
import { claimsOf } from '../leases/claims.js';
import type { TokenTable } from '../leases/in-process.js';
import type { Leases, Rank } from '../leases/lease.js';
import { Mux } from '../links/mux/mux.js';
import { Pipe } from '../links/pipe.js';
import { Rotate } from '../links/rotate/rotate.js';
import type { AskOptions, AskOutcome, AskParams } from '../protocol/ask.js';
import type { EndStart } from '../protocol/end-start.js';
import type { Endpoint } from '../protocol/endpoint.js';
import type { OnCall } from '../protocol/finished-call.js';
import type { Frame } from '../protocol/frame.js';
import type { FrameRing } from '../protocol/frame-ring.js';
import type { LinkTraffic } from '../protocol/link-traffic.js';
import type { Reconnected, WhyRenewed } from '../protocol/renewal.js';
import type { LinkStats } from '../protocol/stats.js';
import type { LinkState, Status, WhyRegrouped, WhyStopped } from '../protocol/status.js';
import type { ServerSource } from '../servers/server-transport.js';
import type { ServerUseOptions } from '../servers/server-use.js';
import { SupervisedServer } from '../servers/supervised-server.js';
import { Traffic } from '../servers/traffic.js';
import type { ServerRuntime } from '../servers/upstream-options.js';
import { type Clock, systemClock } from '../time/clock.js';
import type { GuardFor } from '../transports/guard.js';
import type { StartSpan } from '../transports/traced-requests.js';
import type { Dial } from '../transports/transport.js';
import { dialWebSocket, type WebSocketOptions } from '../transports/websocket.js';
import { boundsOf } from './bounds/bounded-server.js';
import { commandSteps } from './command-steps.js';
import type { KnownServers } from './known-servers.js';
import { sourceHost } from './login/logins-folder.js';
import type { PackagesOfServers } from './packages/lock-step.js';
import type { Policy } from './policy.js';
import { tracedDial, tracedSource } from './traced.js';

/** Options of every link. */
export interface LinkOptions {
  /** Receives every Status of every link as it happens. Must not throw. */
  onStatus: (status: Status) => void;
  /** Called with every frame that is sent; for the trace level. */
  onFrame?: (link: string, to: 'server' | 'endpoint', frame: Frame) => void;
  /** Returns where the last frames of a link are noted, if they are. */
  ringOf?: (link: string) => FrameRing | undefined;
  /** Called with each request of an endpoint that is over. */
  onCall?: OnCall;
  /** The objects that `onCall` and `onClientCall` get are used again, unless they are kept. */
  reusesCalls?: boolean;
  /** Whether they want the arguments of calls that come from now on. */
  takesArguments?: () => boolean;
  /** The same for clients that have connected. */
  onClientCall?: OnCall;
  /** Called when the traffic of a link or client begins to be noted, which it is for `onCall` and `onClientCall`. */
  onTraffic?: (link: string, traffic: LinkTraffic) => void;
  /** Begins a span for each request; undefined: requests are not traced. */
  trace?: StartSpan | undefined;
  /** Called with tokens of logins before they are used. */
  onSecrets?: (secrets: readonly string[]) => void;
  /** Other machines that may renew the same logins. Default: there are none. */
  grants?: SourceHost['grants'];
  /** Where packages are locked; undefined: none is. */
  packages?: PackagesOfServers | undefined;
  /** The rules between clients and servers; undefined: there are none. */
  policy?: Policy | undefined;
  /** Keeps what servers say of themselves, for servers that are started on demand. Default: it is known for this run only. */
  knownServers?: KnownServers | undefined;
  /** Which servers may be started for their lists alone. Default: all at once. */
  learning?: ServerRuntime['learning'];
  /** Version of mcp-pipe that endpoints get. */
  version?: string;
  /** Default: the system's clock. */
  clock?: Clock;
  /** Returns a number in [0, 1). */
  random?: () => number;
  /** Returns how a server is opened. Default: as its kind does. */
  sourceOf?: (server: ServerPlan, settings: Settings) => ServerSource;
  /** Returns how an endpoint is dialled. Default: by WebSocket. */
  dialOf?: (endpoint: Endpoint, options: WebSocketOptions) => Dial;
}

/** A link of any kind, as the daemon uses it. */
export interface Link {
  /** Name of the link, unique in a plan; used in log and health. */
  readonly name: string;
  /** The current state. */
  readonly state: LinkState;
  /** The names of its servers, at least one. */
  readonly servers: readonly string[];
  /** Starts the link and returns at once. The link uses its servers from now on. */
  start(): void;
  /** Applies the servers' new options; a mux also starts to use the servers that it does not have. */
  update(servers: readonly PlannedServer[]): void;
  /** Numbers that no event reports: calls of the servers, requests on the connection. */
  stats(): LinkStats;
  /** Sends a request of mcp-pipe itself to one of the servers (D27). Resolves with the outcome; never rejects. */
  ask(server: string, method: string, params: AskParams, options: AskOptions): Promise<AskOutcome>;
  /** Connects again between two calls, or dials at once instead of waiting. Returns what is done; it may take a while yet. */
  reconnect(why: WhyRenewed): Reconnected;
  /**
   * Stops the link: pending calls may finish, then the connection is closed, and servers that are not planned are ended.
   *
   * @param forceSignal Skips the waits once it aborts.
   * @param why Reason for callers whose calls come in the meantime.
   */
  stop(forceSignal: AbortSignal, why: WhyStopped): Promise<void>;
}

/** A server of the running plan, as links use it. */
export interface PlannedServer {
  server: SupervisedServer;
  /** Position among the servers of the plan. */
  order: number;
  /** Passed on unchanged to the code that reads each option. */
  options: ServerOptions;
}

/** What all links of a daemon share. */
export interface Shared {
  tokens: TokenTable;
  leases: Leases;
  listHabits: ListHabits;
  /** The current rank of a link; the next plan may change it. */
  rankOf: (link: string) => Rank;
  /** The options of a server as the link of this name has it; undefined when no link of the present plan does. */
  optionsOn: (link: string, server: string) => ServerOptions | undefined;
  /** See `otherLink` of `MuxOptions`. */
  regroup: (mux: Mux, why: WhyRegrouped) => Mux | undefined;
}

/** Whoever uses servers: a link, or a client. */
export interface UsingServers extends Pick<LinkPlan, 'tools' | 'readOnly'> {
  servers: readonly string[];
}

/** The servers of a link, with their options as the link uses them. */
export function usedBy(link: UsingServers, servers: ReadonlyMap<string, PlannedServer>): PlannedServer[] {
  return link.servers.map((name) => {
    const one = servers.get(name)!;
    return { ...one, options: optionsOn(link, { name, options: one.options }) };
  });
}

/** Makes a link of the kind that its plan names. Its servers are not touched before it starts. */
export function linkOf(
  plan: LinkPlan,
  servers: readonly PlannedServer[],
  shared: Shared,
  options: LinkOptions,
): Link {
  const link = everyLink(plan, shared, options);
  const [first, ...others] = servers as [PlannedServer, ...PlannedServer[]];
  switch (plan.kind) {
    case 'pipe':
      return new Pipe({ ...link, server: first.server });
    case 'mux':
      return muxOf(plan, servers, link, shared, options);
    case 'rotate':
      return new Rotate({ ...link, servers: [first, ...others] });
  }
}

function muxOf(
  { prefix, separator, toolNames, labels, mayRegroup }: MuxPlan,
  servers: readonly PlannedServer[],
  link: EveryLink,
  shared: Shared,
  { version = '0.0.0' }: LinkOptions,
): Mux {
  const mux = new Mux({
    ...{ ...link, servers, prefix, separator, toolNames, labels },
    serverInfo: { name: 'mcp-pipe', version },
    otherLink: (why) => (mayRegroup ? shared.regroup(mux, why) : undefined),
  });
  return mux;
}

/** As of `ServerRuntime`, for servers here and elsewhere. */
export type MayStart = (signal: AbortSignal, where: 'local' | 'remote') => Promise<EndStart>;

/** Makes a server of the plan, for the links that name it. It is not started. @param entry its name in the plan, of an instance */
export function serverOf(
  plan: ServerPlan,
  settings: Settings,
  mayStart: MayStart,
  options: LinkOptions,
  entry = plan.name,
): SupervisedServer {
  const { clock = systemClock, random = Math.random, onSecrets, grants, learning } = options;
  const bounds = boundsOf(plan, clock);
  const own = commandSteps(plan, options.packages);
  const steps = bounds ? [...own, bounds.step] : own;
  const host = sourceHost(onSecrets, { grants, steps });
  const { sourceOf = (of, its) => sourceOfPlan(of, its, host) } = options;
  const opened = sourceOf(plan, settings);
  const plain = bounds?.around(opened) ?? opened;
  const source = {
    ...(options.trace ? tracedSource(plain, options.trace) : plain),
    ...{ options: plan.options, tools: options.policy?.watch(entry), bounds },
    known: options.knownServers?.storeOf(plan, entry),
  };
  const where = source.address === undefined ? 'local' : 'remote';
  const runtime = { mayStart: (signal: AbortSignal) => mayStart(signal, where), learning, clock, random };
  return new SupervisedServer(source, runtime, settings);
}

/** Options that every kind of link takes. */
type EveryLink = Omit<DownstreamOptions, 'onStatus' | 'settings'> &
  Pick<ServerUseOptions, 'onFrame' | 'traffic'> & {
    guardFor: GuardFor;
    agent: string | undefined;
    onStatus: OnLinkStatus;
    settings: Settings;
  };

function everyLink(plan: LinkPlan, shared: Shared, options: LinkOptions): EveryLink {
  const { name, endpoint, settings, account, proxy, onListChange } = plan;
  const { tokens, leases, rankOf, listHabits } = shared;
  const { clock = systemClock, random = Math.random, dialOf = dialWebSocket } = options;
  const { onFrame, onCall, reusesCalls, takesArguments, trace } = options;
  const ring = options.ringOf?.(name);
  const caller = plan.agent === undefined ? undefined : { agent: plan.agent };
  const traffic =
    ring || onCall
      ? new Traffic({ link: name, ring, onCall, reusesCalls, caller, takesArguments })
      : undefined;
  if (traffic) options.onTraffic?.(name, traffic);
  const onStatus: OnLinkStatus = (event, server, alsoLinks = []) =>
    options.onStatus({
      ...{ at: Date.now(), link: name },
      ...(server === undefined ? {} : { server }),
      ...(alsoLinks.length === 0 ? {} : { alsoLinks }),
      ...event,
    });
  const { dialTimeoutMs, closeTimeoutMs, maxFrameBytes, maxQueuedBytes } = settings;
  const { keepaliveIntervalMs, keepaliveTimeoutMs } = settings;
  const dial = dialOf(endpoint, {
    ...{
      dialTimeoutMs,
      closeTimeoutMs,
      maxFrameBytes,
      maxQueuedBytes,
      keepaliveIntervalMs,
      keepaliveTimeoutMs,
    },
    ...{ clock, proxy },
    onInvalidMessage: (why, excerpt, bytes) =>
      onStatus({ type: 'invalid-message', from: 'endpoint', why, excerpt, bytes }),
  });
  return {
    ...{ name, endpoint, tokens, leases, clock, random, onStatus, settings, onListChange, listHabits },
    dial: trace ? tracedDial(dial, name, endpoint.host, trace) : dial,
    claims: claimsOf(endpoint, settings, account),
    rank: () => rankOf(name),
    agent: plan.agent,
    guardFor: (server) =>
      options.policy?.guard({ link: name, server, agent: plan.agent, isAccepted: false }, () =>
        shared.optionsOn(name, server),
      ),
    ...(onFrame ? { onFrame: (to, frame) => onFrame(name, to, frame) } : {}),
    ...(traffic ? { traffic } : {}),
  };
}
