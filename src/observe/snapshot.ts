import type { ServerCondition } from '../protocol/server-condition.js';
import type { LinkStats } from '../protocol/stats.js';
import type { Status } from '../protocol/status.js';
import {
  applyStatus,
  asServer,
  asSingle,
  canAnswer,
  changed,
  having,
  type KnownLink,
  type LinkRecord,
  membersOf,
  newLink,
} from './link-record.js';
import { type LastExit, ServerHistories } from './server-history.js';
import { newServer, type ServerRecord, sumUp } from './server-record.js';
import { type StandingWarning, StandingWarnings } from './standing-warnings.js';

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

/** Facts about a server beside its state. */
export interface ServerFacts {
  /** The requests that it was asked to answer. */
  calls: Calls;
  /** Number of restarts and attempts to restart within the last hour. */
  restartsLastHour: number;
  /** How it last ended or why it could not be started; kept when it works again. */
  lastExit: LastExit | undefined;
  /** Warnings that apply until an event ends them. */
  warnings: readonly StandingWarning[];
}

/** The current facts about one server. */
export type ServerSnapshot = ServerRecord & ServerFacts;

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

/** The current facts about one link. Of several servers, `calls` and `restartsLastHour` are sums, `lastExit` the latest. */
export interface LinkSnapshot extends LinkRecord, ServerFacts {
  /** The servers of a link that may have several, in order; else undefined. */
  members: readonly ServerSnapshot[] | undefined;
  /** Undefined while no connection is open. */
  connection: ConnectionSnapshot | undefined;
}

/** The process that owns the control socket at `path`. */
export interface ControlHolder {
  /** Path of the socket, or name of the pipe on Windows. */
  path: string;
  /** Id of the process that listens. */
  pid: number;
  /** Milliseconds since 1970. */
  since: number;
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
}

/** The current facts of one link. */
export function snapshotOf(link: LinkRecord, beside: Beside): LinkSnapshot {
  const { now, reading, warnings } = beside;
  const servers = (link.members ?? [asSingle(link)]).map((server) => serverOf(server, beside));
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
    members: link.members && servers,
    connection: connection && {
      openedAt: at(connection.openForMs)!,
      askedAt: at(connection.askedAgoMs),
      answeredAt: at(connection.answeredAgoMs),
      neverAskedSince: connection.askedAgoMs === undefined ? at(connection.openForMs) : undefined,
    },
    calls: callsOfAll(servers),
    restartsLastHour: servers.reduce((sum, { restartsLastHour }) => sum + restartsLastHour, 0),
    lastExit: latest(servers),
    warnings: warnings.ofLink(link.name),
  };
}

/** A crashing server is shown as `crashing` instead of these conditions. */
const MAY_HIDE_CRASHES: ReadonlySet<ServerCondition> = new Set(['ready', 'starting', 'down']);

function serverOf(server: ServerRecord, { now, reading, histories, warnings }: Beside): ServerSnapshot {
  const { name, state, since, failures } = server;
  const past = histories.of(name, state === 'ready' ? since : undefined, now);
  const { crashingSince, timedOut, restartsLastHour, lastExit } = past;
  const isCrashing = crashingSince !== undefined && MAY_HIDE_CRASHES.has(state);
  const calls = reading?.servers.find((one) => one.name === name)?.calls;
  return {
    ...server,
    ...(isCrashing
      ? { state: 'crashing', since: crashingSince, failures: Math.max(failures, past.failures) }
      : {}),
    calls: {
      inFlight: calls?.inFlight ?? 0,
      oldest: calls?.oldest && {
        server: name,
        ...{ method: calls.oldest.method, name: calls.oldest.name },
        since: Math.round(now - calls.oldest.ageMs),
      },
      answered: calls?.answered ?? 0,
      failed: (calls?.failed ?? 0) + timedOut,
      lastAt: calls?.lastAgoMs === undefined ? undefined : Math.round(now - calls.lastAgoMs),
    },
    ...{ restartsLastHour, lastExit },
    warnings: warnings.ofServer(name),
  };
}

function callsOfAll(servers: readonly ServerSnapshot[]): Calls {
  const sum = (of: (calls: Calls) => number) => servers.reduce((total, { calls }) => total + of(calls), 0);
  const oldest = servers.flatMap(({ calls }) => calls.oldest ?? []).sort((a, b) => a.since - b.since)[0];
  const last = servers.flatMap(({ calls }) => calls.lastAt ?? []);
  return {
    inFlight: sum(({ inFlight }) => inFlight),
    oldest,
    answered: sum(({ answered }) => answered),
    failed: sum(({ failed }) => failed),
    lastAt: last.length > 0 ? Math.max(...last) : undefined,
  };
}

function latest(servers: readonly ServerSnapshot[]): LastExit | undefined {
  return servers.flatMap(({ lastExit }) => lastExit ?? []).sort((a, b) => b.at - a.at)[0];
}

/** The current facts about every link, for health, the live lines on a terminal, and programs. */
export class Snapshot {
  #links: Map<string, LinkRecord>;
  /** Links whose servers have moved to other links; later events of these links are ignored. */
  readonly #dissolved = new Set<string>();
  /** Servers of links with several, in the order of the configuration. */
  #order: readonly string[];
  /** Links of an earlier plan that the present plan does not have; their last events are ignored. */
  #removed: ReadonlySet<string> = new Set();
  /** Links that the present plan replaces: their record starts anew when the old link is closed. */
  readonly #renewed = new Map<string, KnownLink>();
  /** As they were planned last. */
  #planned: readonly KnownLink[];
  /** Servers that are not on their link any more, as `link\nserver`; what they say of their end is ignored. */
  readonly #left = new Set<string>();
  readonly #histories = new ServerHistories();
  readonly #warnings = new StandingWarnings();
  readonly #now: () => number;
  /** Returns the current numbers of a running link; undefined before the daemon has started. Set by the daemon. */
  read: (link: string) => LinkStats | undefined = () => undefined;
  /** The process that owns the control socket; undefined when none is known. */
  control: ControlHolder | undefined;
  /** Its name among the observers. */
  readonly name = 'snapshot';

  /**
   * @param links Every link that will run, by its name or as planned: a link without events has not failed.
   * @param now Milliseconds since 1970.
   */
  constructor(links: Iterable<string | KnownLink> = [], now: () => number = Date.now) {
    const known = [...links].map((link) => (typeof link === 'string' ? { name: link } : link));
    this.#links = new Map(known.map((link) => [link.name, newLink(link)]));
    this.#order = orderOf(known);
    this.#planned = known;
    this.#now = now;
  }

  /**
   * Call it when another plan is applied.
   *
   * @param renewed Names of the links that are replaced or added; all others go on.
   */
  planned(links: readonly KnownLink[], renewed: readonly string[]): void {
    const names = new Set(links.map(({ name }) => name));
    const before = this.#links;
    this.#removed = new Set([...before.keys(), ...this.#removed].filter((name) => !names.has(name)));
    this.#renewed.clear();
    // A link that was not started yet says nothing of its end, so the new one is shown at once.
    const isRenewed = ({ name }: KnownLink) =>
      renewed.includes(name) && (before.get(name)?.state ?? 'idle') !== 'idle';
    for (const link of links.filter(isRenewed)) this.#renewed.set(link.name, link);
    for (const name of [...renewed, ...this.#removed]) this.#dissolved.delete(name);
    for (const { name, servers = [] } of links)
      for (const server of servers) this.#left.delete(`${name}\n${server}`);
    this.#order = orderOf(links);
    this.#links = new Map(
      links
        .filter(({ name }) => !this.#dissolved.has(name))
        .map((link) => {
          const known = before.get(link.name);
          if (isRenewed(link)) return [link.name, known!];
          const isNew = !known || renewed.includes(link.name);
          return [link.name, isNew ? newLink(link) : this.#withServers(known, link)];
        }),
    );
    this.#planned = links;
  }

  /** Reads a Status; call it for every event. */
  readonly onStatus = (status: Status): void => {
    const { link: name } = status;
    if (status.type === 'regrouped' && status.into !== name) return this.#regroup(name, status);
    if (this.#dissolved.has(name) || this.#removed.has(name)) return;
    if (status.server !== undefined && this.#left.has(`${name}\n${status.server}`)) return;
    this.#renew(name);
    const before = this.#links.get(name) ?? newLink({ name });
    this.#links.set(name, applyStatus(before, status));
    this.#histories.onStatus(status);
    this.#warnings.onStatus(status);
  };

  /** A link that goes on, with the servers of the next plan; those that it has taken over from another link stay. */
  #withServers(link: LinkRecord, { servers = [] }: KnownLink): LinkRecord {
    const { name, members } = link;
    const before = this.#planned.find((one) => one.name === name)?.servers ?? [];
    if (!members || String(before) === String(servers)) return link;
    const gone = before.filter((server) => !servers.includes(server));
    for (const server of gone) this.#left.add(`${name}\n${server}`);
    const come = servers.filter((server) => !members.some((member) => member.name === server));
    const next = [...members.filter((member) => !gone.includes(member.name)), ...come.map(newServer)];
    return { ...link, members: this.#inOrder(next) };
  }

  #inOrder(members: readonly ServerRecord[]): ServerRecord[] {
    const placeOf = ({ name }: ServerRecord) => this.#order.indexOf(name);
    return [...members].sort((a, b) => placeOf(a) - placeOf(b));
  }

  /** The first event after the end of the old link belongs to the new link. */
  #renew(name: string): void {
    const planned = this.#renewed.get(name);
    if (!planned) return;
    const { state } = this.#links.get(name) ?? newLink(planned);
    if (state !== 'closed') return;
    this.#renewed.delete(name);
    this.#warnings.forget(name);
    this.#links.set(name, newLink(planned));
  }

  get links(): readonly LinkSnapshot[] {
    const now = this.#now();
    return [...this.#links.values()].map((link) => this.#of(link, now));
  }

  link(name: string): LinkSnapshot | undefined {
    const link = this.#links.get(name);
    return link && this.#of(link, this.#now());
  }

  /** True when each link has failed three times in a row; false when there are no links. */
  allFailed(): boolean {
    return this.#links.size > 0 && this.links.every(hasFailed);
  }

  #of(link: LinkRecord, now: number): LinkSnapshot {
    const reading = this.read(link.name);
    return snapshotOf(link, { now, reading, histories: this.#histories, warnings: this.#warnings });
  }

  #regroup(name: string, { into, servers, at }: Extract<Status, { type: 'regrouped' }>): void {
    const from = this.#links.get(name)?.members ?? [];
    const to = this.#links.get(into) ?? newLink({ name: into });
    const old = to.members ?? [];
    const moved = servers
      .filter((server) => !old.some((member) => member.name === server))
      .map((server) => from.find((member) => member.name === server) ?? newServer(server));
    const members = this.#inOrder([...old, ...moved]);
    this.#dissolved.add(name);
    this.#links.delete(name);
    this.#links.set(into, changed(to, { members, ...asServer(to, sumUp(members)) }, at));
  }
}

/** Servers of links with several, in the order of the plan. */
function orderOf(links: readonly KnownLink[]): string[] {
  return links.flatMap((link) => membersOf(link) ?? []);
}
