import type { DemandFacts } from '../protocol/demand.js';
import type { LimitFacts } from '../protocol/resource-limits.js';
import type { ServerCondition } from '../protocol/server-condition.js';
import type { CallStats, CopyFacts, LinkStats } from '../protocol/stats.js';
import { asServer, asSingle, canAnswer, having, type LinkRecord } from './link-record.js';
import type { LastExit, ServerHistories } from './server-history.js';
import { type ServerRecord, sumUp } from './server-record.js';
import type { StandingWarning, StandingWarnings } from './standing-warnings.js';

/** Requests to servers. Times are milliseconds since 1970. */
export interface Calls {
  /** Requests that are pending now. */
  inFlight: number;
  /** The oldest pending request. `server` has not answered it; `name` is foreign text, to be cleaned before it is shown. */
  oldest: { server: string; method: string; name: string | undefined; since: number } | undefined;
  /** Requests answered with a result since mcp-pipe started. */
  answered: number;
  /** Requests answered with a JSON-RPC error, or not at all: the server ended, or the time limit passed. */
  failed: number;
  /** When the last request came; undefined before the first. */
  lastAt: number | undefined;
}

/** Facts about a server beside its state. Of a server that several links use, they count what all of these have asked. */
export interface ServerFacts {
  /** The requests that it was asked to answer. */
  calls: Calls;
  /** Number of restarts and attempts to restart within the last hour. */
  restartsLastHour: number;
  /** How it last ended or why it could not be started; kept when it works again. */
  lastExit: LastExit | undefined;
  /** Warnings that apply until an event ends them. */
  warnings: readonly StandingWarning[];
  /** Its processes, when it has several; of a link, those of its only server. */
  copies?: readonly CopyFacts[] | undefined;
  /** Set for a server that is started on demand. */
  demand?: DemandFacts | undefined;
  /** Set for a server with limits. */
  limits?: LimitFacts | undefined;
}

/** The current facts about one server. */
export interface ServerSnapshot extends ServerRecord, ServerFacts {
  /** Set when several links use the server; their snapshots say the same of it. */
  isShared?: true;
}

/** The current facts about an open connection. Times are milliseconds since 1970. */
export interface ConnectionSnapshot {
  /** When the WebSocket opened. */
  openedAt: number;
  /** When the endpoint sent its first request on it. */
  askedAt: number | undefined;
  /** When its first request was answered, `initialize` or any other. */
  answeredAt: number | undefined;
  /** Equal to `openedAt` while no request has come on it. */
  neverAskedSince: number | undefined;
}

/**
 * The current facts about one link. Of several servers, `calls` and `restartsLastHour` are sums, `lastExit` the latest. Of
 * servers that several links use, `calls` has only this link's, and `restartsLastHour` none: nothing counts twice.
 */
export interface LinkSnapshot extends LinkRecord, ServerFacts {
  /** The servers of a link that may have several, in order, and the one server that other links use or whose name is not the link's. */
  members: readonly ServerSnapshot[] | undefined;
  /** Undefined while no connection is open. */
  connection: ConnectionSnapshot | undefined;
}

/** This many failures in a row: the link does not work. */
const FAILED_AFTER = 3;

/**
 * Whether the link does not work: its server failed several times in a row, or the endpoint rejected or dropped it several
 * times in a row. An open connection does not count as failed, because an endpoint that never sends `initialize` gives no
 * other sign that it works. Neither does a link that waits for a lease.
 */
export function hasFailed({ failures, state }: LinkRecord): boolean {
  return (
    failures.server >= FAILED_AFTER ||
    (failures.dial >= FAILED_AFTER && state !== 'open' && state !== 'waiting-for-lease')
  );
}

/** Facts about a link that no event reports. */
interface Beside {
  now: number;
  reading: LinkStats | undefined;
  histories: ServerHistories;
  warnings: StandingWarnings;
  /** Whether several links use the server of this name. */
  isShared: (server: string) => boolean;
  /** What is known of a server that is started on demand; undefined for any other. */
  demandOf: (server: string) => DemandFacts | undefined;
  /** What is known of a server with limits; undefined for any other. */
  limitsOf: (server: string) => LimitFacts | undefined;
  /** The processes of a server that no link reads, if it has several. */
  copiesOf?: ((server: string) => readonly CopyFacts[] | undefined) | undefined;
}

/** The current facts of one link. */
export function snapshotOf(link: LinkRecord, beside: Beside): LinkSnapshot {
  const { now, reading, warnings } = beside;
  const servers = (link.members ?? [asSingle(link)]).map((server) => serverOf(server, beside));
  const own = servers.filter(({ isShared }) => !isShared);
  const speaking = having(link.turn, servers);
  const summed = { ...link, ...asServer(link, sumUp(speaking)) };
  const crashing = speaking.find((one) => one.state === 'crashing' && summed.server === 'crashing');
  const { connection } = reading ?? {};
  const at = (agoMs: number | undefined) => (agoMs === undefined ? undefined : Math.round(now - agoMs));
  // An endpoint that connects again need not send `initialize`, and one of MCP 2026-07-28 never does.
  const isServed = link.greeted || connection?.answeredAgoMs !== undefined;
  return {
    ...summed,
    serverSince: crashing ? crashing.since : link.serverSince,
    // D13: a running process alone is not ready.
    ready: link.state === 'open' && canAnswer(summed) && isServed,
    members: link.members || servers.some(({ isShared }) => isShared) ? servers : undefined,
    connection: connection && {
      openedAt: at(connection.openForMs)!,
      askedAt: at(connection.askedAgoMs),
      answeredAt: at(connection.answeredAgoMs),
      neverAskedSince: connection.askedAgoMs === undefined ? at(connection.openForMs) : undefined,
    },
    calls: sumOf(servers.map((server) => (server.isShared ? callsOfLink(server, beside) : server.calls))),
    restartsLastHour: own.reduce((sum, { restartsLastHour }) => sum + restartsLastHour, 0),
    lastExit: latest(servers),
    warnings: warnings.ofLink(link.name),
    ...(servers.length === 1 && servers[0]!.copies ? { copies: servers[0]!.copies } : {}),
    ...(servers.length === 1 && servers[0]!.demand ? { demand: servers[0]!.demand } : {}),
    ...(servers.length === 1 && servers[0]!.limits ? { limits: servers[0]!.limits } : {}),
  };
}

/** The link's own calls to a server that others use as well. */
function callsOfLink({ name }: ServerSnapshot, { reading, now }: Beside): Calls {
  return callsOf(name, reading?.servers.find((one) => one.name === name)?.ofLink, now);
}

/** A crashing server is shown as `crashing` instead of these conditions. */
const MAY_HIDE_CRASHES: ReadonlySet<ServerCondition> = new Set(['ready', 'starting', 'down']);

/** The current facts of one server. */
export function serverOf(server: ServerRecord, beside: Beside): ServerSnapshot {
  const { now, reading, histories, warnings, isShared, demandOf, limitsOf, copiesOf } = beside;
  const { name, state, since, failures } = server;
  const past = histories.of(name, state === 'ready' ? since : undefined, now);
  const { crashingSince, timedOut, restartsLastHour, lastExit } = past;
  const isCrashing = crashingSince !== undefined && MAY_HIDE_CRASHES.has(state);
  const own = reading?.servers.find((one) => one.name === name);
  const calls = callsOf(name, own?.calls, now);
  const demand = demandOf(name);
  const limits = limitsOf(name);
  const copies = own?.copies ?? copiesOf?.(name);
  return {
    ...server,
    ...(copies ? { copies, pid: copies.find((copy) => copy.state === 'ready')?.pid } : {}),
    ...(isCrashing
      ? { state: 'crashing', since: crashingSince, failures: Math.max(failures, past.failures) }
      : {}),
    calls: { ...calls, failed: calls.failed + timedOut },
    ...{ restartsLastHour, lastExit },
    warnings: warnings.ofServer(name),
    ...(demand ? { demand } : {}),
    ...(limits ? { limits } : {}),
    ...(isShared(name) ? { isShared: true } : {}),
  };
}

function callsOf(server: string, calls: CallStats | undefined, now: number): Calls {
  const { inFlight = 0, oldest, answered = 0, failed = 0, lastAgoMs } = calls ?? {};
  return {
    inFlight,
    oldest: oldest && {
      server,
      ...{ method: oldest.method, name: oldest.name },
      since: Math.round(now - oldest.ageMs),
    },
    ...{ answered, failed },
    lastAt: lastAgoMs === undefined ? undefined : Math.round(now - lastAgoMs),
  };
}

function sumOf(calls: readonly Calls[]): Calls {
  const sum = (of: (calls: Calls) => number) => calls.reduce((total, one) => total + of(one), 0);
  const last = calls.flatMap(({ lastAt }) => lastAt ?? []);
  return {
    inFlight: sum(({ inFlight }) => inFlight),
    oldest: calls.flatMap(({ oldest }) => oldest ?? []).sort((a, b) => a.since - b.since)[0],
    answered: sum(({ answered }) => answered),
    failed: sum(({ failed }) => failed),
    lastAt: last.length > 0 ? Math.max(...last) : undefined,
  };
}

function latest(servers: readonly ServerSnapshot[]): LastExit | undefined {
  return servers.flatMap(({ lastExit }) => lastExit ?? []).sort((a, b) => b.at - a.at)[0];
}
