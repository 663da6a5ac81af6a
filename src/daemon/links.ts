import type { Settings } from '../config/defaults.js';
import { sourceOf as sourceOfPlan } from '../config/kinds/kinds.js';
import {
  type LinkPlan,
  type MuxPlan,
  type PipePlan,
  type Plan,
  type RotatePlan,
  type ServerPlan,
  serversOf,
} from '../config/plan.js';
import type { DownstreamOptions } from '../connections/downstream.js';
import { claimsOf } from '../leases/claims.js';
import type { TokenTable } from '../leases/in-process.js';
import type { Leases, Rank } from '../leases/lease.js';
import { Mux } from '../links/mux/mux.js';
import { MuxServer } from '../links/mux/mux-server.js';
import { Pipe } from '../links/pipe.js';
import { RotatingMember } from '../links/rotate/member.js';
import { Rotate } from '../links/rotate/rotate.js';
import type { AskOptions, AskOutcome } from '../protocol/ask.js';
import type { Endpoint } from '../protocol/endpoint.js';
import type { Frame } from '../protocol/frame.js';
import type { LinkStats } from '../protocol/stats.js';
import type { LinkState, Status, StatusEvent, WhyRegrouped } from '../protocol/status.js';
import {
  type ConfiguredServer,
  type ServerRuntime,
  type ServerSource,
  SupervisedServer,
} from '../servers/supervised-server.js';
import { type Clock, systemClock } from '../time/clock.js';
import type { Dial } from '../transports/transport.js';
import { dialWebSocket, type WebSocketOptions } from '../transports/websocket.js';

/** Options of every link. */
export interface LinkOptions {
  /** Receives every Status of every link as it happens. Must not throw. */
  onStatus: (status: Status) => void;
  /** Called with every frame that is sent; for the trace level. */
  onFrame?: (link: string, to: 'server' | 'endpoint', frame: Frame) => void;
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
  /** Starts the link and returns at once. */
  start(): void;
  /** Numbers that no event reports: calls of the servers, requests on the connection. */
  stats(): LinkStats;
  /** Sends a request of mcp-pipe itself to one of the servers (D27). Resolves with the outcome; never rejects. */
  ask(
    server: string,
    method: string,
    params: Record<string, unknown> | undefined,
    options: AskOptions,
  ): Promise<AskOutcome>;
  /**
   * Stops the link: pending calls may finish, then the connection is closed and the servers are ended.
   *
   * @param forceSignal Skips the waits once it aborts.
   */
  stop(forceSignal: AbortSignal): Promise<void>;
}

/** What all links of a daemon share. */
export interface Shared {
  tokens: TokenTable;
  leases: Leases;
  /** The plan of the links. */
  plan: Pick<Plan, 'servers' | 'links'>;
  /** See `ServerRuntime`. */
  mayStart: ServerRuntime['mayStart'];
  /** The current rank of a link; the next plan may change it. */
  rankOf: (link: string) => Rank;
  /** See `MuxOptions.another`. */
  regroup: (mux: Mux, why: WhyRegrouped) => Mux | undefined;
}

/** Makes a link of the kind that its plan names. */
export function linkOf(plan: LinkPlan, shared: Shared, options: LinkOptions): Link {
  switch (plan.kind) {
    case 'pipe':
      return pipeOf(plan, shared, options);
    case 'mux':
      return muxOf(plan, shared, options);
    case 'rotate':
      return rotateOf(plan, shared, options);
  }
}

function pipeOf(plan: PipePlan, shared: Shared, options: LinkOptions): Pipe {
  const [server] = configuredServers(plan, shared, options);
  const link = everyLink(plan, shared, options);
  return new Pipe({ ...link, server: new SupervisedServer(server, link, link.onStatus) });
}

function muxOf(plan: MuxPlan, shared: Shared, options: LinkOptions): Mux {
  const { prefix, separator, toolNames } = plan;
  const link = everyLink(plan, shared, options);
  const orderOf = (name: string) => shared.plan.servers.findIndex((server) => server.name === name);
  const members = configuredServers(plan, shared, options).map(
    (server) => new MuxServer({ ...link, ...server, order: orderOf(server.name) }),
  );
  const mux = new Mux({
    ...link,
    ...{ members, prefix, separator, toolNames },
    serverInfo: { name: 'mcp-pipe', version: options.version ?? '0.0.0' },
    otherLink: (why) => (plan.mayRegroup ? shared.regroup(mux, why) : undefined),
  });
  return mux;
}

function rotateOf(plan: RotatePlan, shared: Shared, options: LinkOptions): Rotate {
  const link = everyLink(plan, shared, options);
  const member = (server: Configured) => new RotatingMember(server, link);
  const [first, ...others] = configuredServers(plan, shared, options);
  return new Rotate({ ...link, members: [member(first), ...others.map(member)] });
}

type Configured = ConfiguredServer & Pick<ServerPlan, 'options'>;

/** The servers of a link: how each is opened, and its options, unchanged. */
function configuredServers(
  link: LinkPlan,
  { plan }: Shared,
  { sourceOf = sourceOfPlan }: LinkOptions,
): readonly [Configured, ...Configured[]] {
  const configured = (server: ServerPlan) => ({
    ...sourceOf(server, link.settings),
    options: server.options,
  });
  const [first, ...others] = serversOf(plan, link);
  return [configured(first!), ...others.map(configured)];
}

/** Options that every kind of link takes. */
type EveryLink = Omit<DownstreamOptions, 'onStatus' | 'settings'> &
  ServerRuntime & {
    onStatus: (event: StatusEvent, server?: string) => void;
    settings: Settings;
  };

function everyLink(plan: LinkPlan, shared: Shared, options: LinkOptions): EveryLink {
  const { name, endpoint, settings, account, proxy } = plan;
  const { tokens, leases, mayStart, rankOf } = shared;
  const { clock = systemClock, random = Math.random, dialOf = dialWebSocket, onFrame } = options;
  const onStatus = (event: StatusEvent, server?: string) =>
    options.onStatus({ at: Date.now(), link: name, ...(server === undefined ? {} : { server }), ...event });
  return {
    ...{ name, endpoint, tokens, leases, clock, random, onStatus, settings },
    dial: dialOf(endpoint, {
      ...settings,
      ...{ clock, proxy },
      onInvalidMessage: (why, excerpt, bytes) =>
        onStatus({ type: 'invalid-message', from: 'endpoint', why, excerpt, bytes }),
    }),
    mayStart,
    claims: claimsOf(endpoint, settings, account),
    rank: {
      get priority() {
        return rankOf(name).priority;
      },
      get order() {
        return rankOf(name).order;
      },
    },
    ...(onFrame ? { onFrame: (to, frame) => onFrame(name, to, frame) } : {}),
  };
}
